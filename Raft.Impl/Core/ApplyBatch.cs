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

    /// <summary>Whether it holds neither a snapshot nor a no-op.</summary>
    public bool HasOnlyCommands
    {
        get
        {
            if (snapshot is not null)
            {
                return false;
            }

            foreach (ref readonly var entry in entries.Span)
            {
                if (entry.IsNoOp)
                {
                    return false;
                }
            }

            return true;
        }
    }

    private int Snapshots => snapshot is null ? 0 : 1;

    /// <summary>Whether all of it is within limits: the number of messages, and the bytes of their entries.</summary>
    public bool Fits(int mostEntries, long mostBytes) => Count <= mostEntries && entries.Size <= mostBytes;

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
