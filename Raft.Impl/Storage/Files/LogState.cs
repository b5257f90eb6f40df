using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// What a storage holds after a write, without the entries and the bytes of the snapshot. The first record of each segment repeats it, so
/// that the segments before may be deleted.
/// </summary>
/// <param name="Term">The stored term.</param>
/// <param name="VotedFor">The stored vote; null: none.</param>
/// <param name="Snapshot">The stored snapshot.</param>
/// <param name="LastIndex">The index of the last entry; the snapshot's last index if none follows it.</param>
internal readonly record struct LogState(Term Term, ServerId? VotedFor, SnapshotReference Snapshot, LogIndex LastIndex);

/// <summary>A snapshot's file, and its place in the log; all zero if there is no snapshot.</summary>
/// <param name="Number">The number of the file.</param>
/// <param name="LastIndex">The last index that it covers.</param>
/// <param name="LastTerm">The term of the entry there.</param>
/// <param name="Length">The bytes of the service's state.</param>
/// <param name="Checksum">Their checksum.</param>
internal readonly record struct SnapshotReference(long Number, LogIndex LastIndex, Term LastTerm, long Length, uint Checksum)
{
    /// <summary>Whether there is a snapshot.</summary>
    public bool Exists => Number > 0;

    /// <summary>The name of its file.</summary>
    public string FileName => FileHeader.NameOf(FileKind.Snapshot, Number);
}
