using Raft.Impl.Core;

namespace Raft.Impl.Service;

/// <summary>How much is applied at a time, and when a snapshot replaces the log.</summary>
public sealed record ApplierOptions
{
    /// <summary>The most entries that the state machine gets at a time; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public int MaxBatchEntries { get; init => field = (int)AtLeastOne(value, nameof(MaxBatchEntries)); } = 1024;

    /// <summary>
    /// The most bytes of entries that the state machine gets at a time (<see cref="LogEntry.Overhead"/> counts too); at least 1. A larger
    /// entry comes alone.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public long MaxBatchBytes { get; init => field = AtLeastOne(value, nameof(MaxBatchBytes)); } = 1 << 20;

    /// <summary>A snapshot is taken once this many entries were applied since the last one; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public long SnapshotEntries { get; init => field = AtLeastOne(value, nameof(SnapshotEntries)); } = 100_000;

    /// <summary>A snapshot is taken once this many bytes of entries were applied since the last one; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public long SnapshotBytes { get; init => field = AtLeastOne(value, nameof(SnapshotBytes)); } = 16 << 20;

    private static long AtLeastOne(long value, string name) =>
        value >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 1, not {value}.");
}
