using Raft.Verification.Specifications;

namespace Raft.Verification.Labs;

/// <summary>A lab test expected something else than it saw.</summary>
/// <param name="message">What was expected, and what was seen.</param>
public sealed class LabFailure(string message) : PropertyFailure("LabTest", message);
