namespace Raft.Verification.Mutants;

/// <summary>A mutant cannot be read, applied or compiled; the message says what to do about it.</summary>
/// <param name="message">What is wrong, and where.</param>
internal sealed class MutantException(string message) : Exception(message);
