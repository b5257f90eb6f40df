namespace Raft.Verification.Scenarios.Lab;

/// <summary>A lab test expected something else than it saw.</summary>
/// <param name="message">What was expected, and what was seen.</param>
public sealed class LabFailure(string message) : Exception(message);
