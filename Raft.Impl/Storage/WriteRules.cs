using Raft.Impl.Core;

namespace Raft.Impl.Storage;

/// <summary>Which writes a storage takes, and which it refuses because they do not fit what it holds.</summary>
internal static class WriteRules
{
    /// <summary>Checks a write.</summary>
    /// <param name="write">The write.</param>
    /// <param name="snapshotIndex">The last index of the stored snapshot.</param>
    /// <param name="snapshotTerm">Its last term.</param>
    /// <param name="logEnd">The last index of the stored log.</param>
    /// <param name="keepsLog">
    /// Whether the stored log agrees with the snapshot of the write, so that it keeps what follows it (Figure 13, receiver 6).
    /// </param>
    /// <exception cref="InvalidDataException">It would leave a gap in the log, or go back to an older snapshot.</exception>
    public static void Check(RaftWrite write, LogIndex snapshotIndex, Term snapshotTerm, LogIndex logEnd, bool keepsLog)
    {
        if (write.Snapshot is { } older && older.LastIndex < snapshotIndex)
        {
            throw new InvalidDataException(
                $"Write {write.Sequence} stores a {older}, but there is one further on: snapshot to {snapshotIndex}@{snapshotTerm}.");
        }

        var (start, startTerm, last) = write.Snapshot is { } snapshot
            ? (snapshot.LastIndex, snapshot.LastTerm, keepsLog ? logEnd : snapshot.LastIndex)
            : (snapshotIndex, snapshotTerm, logEnd);
        if (write.Log is { } suffix && !Continues(suffix, start, last))
        {
            throw new InvalidDataException(
                $"Write {write.Sequence} stores entries from {suffix.First} on, but after the {new Snapshot(start, startTerm, default)} "
                + $"the log ends at {last}.");
        }
    }

    /// <summary>Whether entries neither reach into the snapshot nor leave a gap in the log.</summary>
    /// <param name="suffix">The entries.</param>
    /// <param name="start">The last index of the snapshot.</param>
    /// <param name="logEnd">The last index of the log.</param>
    public static bool Continues(LogSuffix suffix, LogIndex start, LogIndex logEnd) =>
        suffix.First > start && suffix.First <= logEnd.Next;
}
