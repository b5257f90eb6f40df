using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>
/// Checks each entry that is read back: it must be the one that is durable. A failure is a violation, because monitors read too, and a node
/// takes no notice of an observer that fails.
/// </summary>
/// <param name="reader">The reader of the storage.</param>
/// <param name="image">What is durable.</param>
/// <param name="scheduler">Gets the violation.</param>
/// <param name="id">The server.</param>
internal sealed class CheckedReader(ILogReader reader, StorageImage image, Scheduler scheduler, ServerId id) : ILogReader
{
    // What is read after a violation no longer matters.
    private static readonly EntryList _anything = EntryList.Of([LogEntry.NoOp(new Term(1))]);

    /// <inheritdoc/>
    public EntryList Read(LogIndex first, int limit, long bytes)
    {
        EntryList entries;
        try
        {
            entries = reader.Read(first, limit, bytes);
        }
        catch (IOException exception)
        {
            scheduler.Violate(nameof(Persistence), $"{id} cannot read entry {first} back: {exception.Message}");
            return _anything;
        }

        for (var i = 0; i < entries.Count; i++)
        {
            var index = first + i;
            LogEntry? durable = index >= image.Log.FirstIndex && index <= image.Log.LastIndex ? image.Log[index] : null;
            if (entries[i] != durable)
            {
                var stored = durable?.ToString() ?? "nothing";
                scheduler.Violate(nameof(Persistence), $"{id} reads {entries[i]} back at index {index}, where {stored} is durable.");
                return _anything;
            }
        }

        return entries;
    }

    /// <summary>A state whose entries are read back through this.</summary>
    public static DurableState In(DurableState state, StorageImage image, Scheduler scheduler, ServerId id) =>
        state.Stored is { } stored
            ? state with
            {
                Stored = new StoredEntries(
                    new CheckedReader(stored.Reader, image, scheduler, id), stored.CacheBytes, stored.Count, stored.Size, stored.Terms),
            }
            : state;
}
