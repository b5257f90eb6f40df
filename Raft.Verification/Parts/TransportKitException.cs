namespace Raft.Verification.Parts;

/// <summary>A transport does not pass a check of <see cref="TransportKit"/>. The message says what it did.</summary>
/// <param name="message">The message.</param>
public sealed class TransportKitException(string message) : Exception(message);

/// <summary>
/// A check of <see cref="TransportKit"/> was left out: the test cannot cause the fault that the check needs. The message says which. It is
/// an exception, so that a check that has checked nothing does not count as passed.
/// </summary>
/// <param name="message">The message.</param>
public sealed class TransportKitLeftOutException(string message) : Exception(message);
