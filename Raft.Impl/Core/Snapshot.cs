namespace Raft.Impl.Core;

/// <summary>
/// The state of the service up to an index. It replaces the log up to that index (§7). The first two members are the paper's
/// "last included index" and "last included term".
/// </summary>
/// <param name="LastIndex">The index of the last entry that the snapshot replaces.</param>
/// <param name="LastTerm">The term of that entry.</param>
/// <param name="Data">The service's state, in the service's own form.</param>
public sealed record Snapshot(LogIndex LastIndex, Term LastTerm, SnapshotData Data)
{
    /// <summary>The most bytes of data: 2^50. In memory, it can have only as many as an array can hold.</summary>
    public static long MaxBytes => 1L << 50;

    /// <summary>The snapshot of a log that was never compacted: it holds nothing.</summary>
    public static Snapshot None { get; } = new(LogIndex.Zero, Term.Zero, default);

    /// <summary>Its place in the log, without the data.</summary>
    public override string ToString() => $"snapshot to {LastIndex}@{LastTerm}";
}
