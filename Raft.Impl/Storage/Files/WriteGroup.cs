using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>Writes that become durable together. A later group uses the object again.</summary>
internal sealed class WriteGroup
{
    private const int _mostKept = 1 << 20;
    private readonly ByteWriter _records = new(_mostKept);
    private readonly List<PendingWrite> _writes = [];

    /// <summary>Its writes, oldest first.</summary>
    public IReadOnlyList<PendingWrite> Writes => _writes;

    /// <summary>Their records, one after the other.</summary>
    public ReadOnlyMemory<byte> Records => _records.Memory;

    /// <summary>The state before the first of them.</summary>
    public LogState Before => _writes[0].Before;

    /// <summary>The highest index of their entries.</summary>
    public LogIndex HighestIndex { get; private set; }

    /// <summary>Whether one of them stores a snapshot.</summary>
    public bool HasSnapshot { get; private set; }

    /// <summary>Adds a write.</summary>
    /// <param name="write">The write.</param>
    /// <param name="record">The bytes of its record.</param>
    public void Add(PendingWrite write, ReadOnlySpan<byte> record)
    {
        _writes.Add(write);
        _records.Append(record);
        HighestIndex = LogIndex.Max(HighestIndex, write.HighestIndex);
        HasSnapshot |= write.SnapshotData is not null;
    }

    /// <summary>Removes all writes.</summary>
    public void Clear()
    {
        _writes.Clear();
        _records.Clear();
        (HighestIndex, HasSnapshot) = (LogIndex.Zero, false);
    }
}

/// <summary>A write that is not durable yet.</summary>
/// <param name="Number">The node's number of the write.</param>
/// <param name="Sequence">The number of its record.</param>
/// <param name="Before">The state before it.</param>
/// <param name="Snapshot">The snapshot after it.</param>
/// <param name="SnapshotData">The data of that snapshot, if the write stores it; null: it does not.</param>
/// <param name="Log">The new end of the log; null: no change.</param>
/// <param name="ReplacesLog">Whether its snapshot replaces the log that was there.</param>
/// <param name="Completion">Completes when it is durable.</param>
internal readonly record struct PendingWrite(
    long Number,
    long Sequence,
    LogState Before,
    SnapshotReference Snapshot,
    SnapshotData? SnapshotData,
    LogSuffix? Log,
    bool ReplacesLog,
    TaskCompletionSource Completion)
{
    /// <summary>The highest index of its entries; zero if it has none.</summary>
    public LogIndex HighestIndex => Log is { Entries.Count: > 0 and var count } log ? log.First + (count - 1) : LogIndex.Zero;
}
