using Raft.Impl.Storage;

namespace Raft.Verification.Parts;

/// <summary>A storage that <see cref="StorageKit"/> checks: where its data is, and how its disk fails.</summary>
public interface IStorageUnderTest
{
    /// <summary>Makes the storage as a new process would, on the data that earlier ones have written.</summary>
    IRaftStorage Create();

    /// <summary>
    /// Crashes the machine: what is not durable may be lost, and the storage is not used any more. False if that cannot be simulated; then
    /// the check is left out, and says so. To close the storage is no crash: it shows nothing of what a crash would lose.
    /// </summary>
    Task<bool> CrashAsync(IRaftStorage storage);

    /// <summary>Makes the next write fail. False if that cannot be simulated; then the check is left out, and says so.</summary>
    bool FailNextWrite();

    /// <summary>
    /// Makes the disk so slow that no write that is issued from now on completes, until the result is disposed of. Null if that cannot be
    /// simulated; then the check is left out, and says so.
    /// </summary>
    IDisposable? HoldWrites();

    /// <summary>
    /// Makes the next part of a snapshot that is written fail, or its end (<see cref="ISnapshotWriter"/>). False if that cannot be
    /// simulated; then the check is left out, and says so.
    /// </summary>
    bool FailNextSnapshotWrite() => false;
}
