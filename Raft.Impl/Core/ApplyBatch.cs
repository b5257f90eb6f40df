using System.Collections;

namespace Raft.Impl.Core;

/// <summary>
/// What the service must apply after a step: at most one snapshot, then entries. It holds entries of the log as they are, and makes each
/// message when it is asked for it. Immutable.
/// </summary>
/// <param name="snapshot">The snapshot; null if there is none.</param>
/// <param name="first">The index of the first entry.</param>
/// <param name="entries">The entries.</param>
internal sealed class ApplyBatch(Snapshot? snapshot, LogIndex first, EntryList entries) : IReadOnlyList<ApplyMessage>
{
    /// <summary>Nothing to apply.</summary>
    public static ApplyBatch Empty { get; } = new(null, LogIndex.Zero, EntryList.Empty);

    /// <inheritdoc/>
    public int Count => Snapshots + entries.Count;

    private int Snapshots => snapshot is null ? 0 : 1;

    /// <inheritdoc/>
    public ApplyMessage this[int index]
    {
        get
        {
            var offset = index - Snapshots;
            return offset == -1 && snapshot is not null
                ? new ApplyMessage(snapshot)
                : new ApplyMessage(first + offset, entries[offset]);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<ApplyMessage> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
