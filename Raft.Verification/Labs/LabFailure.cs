using Raft.Verification.Specifications;

namespace Raft.Verification.Labs;

/// <summary>An expectation of a lab test failed.</summary>
/// <param name="message">What was expected and what was observed.</param>
public sealed class LabFailure(string message) : PropertyFailure("LabTest", message);
