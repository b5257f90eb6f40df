namespace Raft.Verification.Parts;

/// <summary>A storage does not pass a check of <see cref="StorageKit"/>. The message says what it did, and what would be right.</summary>
/// <param name="message">The message.</param>
public sealed class StorageKitException(string message) : Exception(message);

/// <summary>
/// A check of <see cref="StorageKit"/> was left out: it does not apply to the storage, or the test cannot do to its disk what the check
/// needs. The message says which. It is an exception, so that a check that has checked nothing does not count as passed.
/// </summary>
/// <param name="message">The message.</param>
public sealed class StorageKitLeftOutException(string message) : Exception(message);
