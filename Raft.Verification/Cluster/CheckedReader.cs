using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>
/// Checks each entry that is read back: it must be the one that is durable. A failure is a violation, unless the disk has just returned a
/// wrong bit: then the storage must refuse the entry, and the node must stop. Monitors get what is durable, so that they neither see a
/// fault nor change what the storage has in memory; once the node is done with the files, <see cref="Check"/> holds them against it.
/// </summary>
/// <param name="reader">The reader of the storage.</param>
/// <param name="image">What is durable.</param>
/// <param name="scheduler">Gets the violation.</param>
/// <param name="id">The server.</param>
internal sealed class CheckedReader(ILogReader reader, StorageImage image, Scheduler scheduler, ServerId id) : ILogReader
{
    // The most entries that a monitor gets at once.
    private const int _mostObserved = 128;

    // What is read after a violation no longer matters.
    private static readonly EntryList _anything = EntryList.Of([LogEntry.NoOp(new Term(1))]);

    /// <summary>Whether the disk has returned a wrong bit since this read began.</summary>
    public bool IsMisread { get; set; }

    /// <summary>Whether the storage has refused an entry because of a wrong bit.</summary>
    public bool HasRefused { get; private set; }

    /// <inheritdoc/>
    public EntryList Read(LogIndex first, int limit, long bytes)
    {
        if (StoredBytes.AreObserved)
        {
            return Durable(first, limit);
        }

        IsMisread = false;
        try
        {
            return Checked(first, reader.Read(first, limit, bytes));
        }
        catch (IOException) when (IsMisread)
        {
            HasRefused = true;
            throw;
        }
        catch (IOException exception)
        {
            return Unreadable(first, exception.Message);
        }
    }

    /// <summary>Reads all entries before an index, as they are on the disk.</summary>
    public void Check(LogIndex end)
    {
        using var observed = StoredBytes.BeginObserving();
        try
        {
            for (var index = image.Log.FirstIndex; index < end;)
            {
                index += Checked(index, reader.Read(index, (int)(end - index), long.MaxValue)).Count;
            }
        }
        catch (IOException exception)
        {
            Unreadable(image.Log.FirstIndex, exception.Message);
        }
    }

    /// <summary>A state whose entries are read back through this.</summary>
    public DurableState In(DurableState state) => state.Stored is { } stored
        ? state with { Stored = new StoredEntries(this, stored.CacheBytes, stored.Count, stored.Size, stored.Terms) }
        : state;

    private EntryList Durable(LogIndex first, int limit)
    {
        var log = image.Log;
        return first >= log.FirstIndex && first <= log.LastIndex
            ? log.Entries.ToList((int)(first - log.FirstIndex), (int)Math.Min(Math.Min(limit, _mostObserved), log.LastIndex.Next - first))
            : Unreadable(first, $"{log.FirstIndex} to {log.LastIndex} are durable.");
    }

    private EntryList Checked(LogIndex first, EntryList entries)
    {
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

    private EntryList Unreadable(LogIndex first, string why)
    {
        scheduler.Violate(nameof(Persistence), $"{id} cannot read entry {first} back: {why}");
        return _anything;
    }
}
