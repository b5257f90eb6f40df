namespace Raft.Impl.Core;

/// <summary>
/// The log of a server: a snapshot, and the entries that follow it. At most those entries are held in memory; discarded ones are released.
/// If the storage reads entries back, older ones may be in the storage only. The time of an operation is at most logarithmic in the length
/// of the log, amortised. Only Raft.Impl can change a log.
/// </summary>
public sealed class RaftLog : IEquatable<RaftLog>
{
    // Where entries may be read back from; null: all stay in memory.
    private readonly StoredPrefix? _stored;
    private EntryBlocks _entries;

    // The lists that were appended or returned last. A leader's write and its messages to all followers hold the same entries; so do a
    // message and the write that it causes. They share the last list. A follower learns from the next message that these entries are
    // committed, and its service gets the list before that one.
    private (EntryList Entries, LogIndex First) _last = (EntryList.Empty, LogIndex.Zero);
    private (EntryList Entries, LogIndex First) _beforeLast = (EntryList.Empty, LogIndex.Zero);

    /// <summary>A log of a snapshot and the entries that follow it.</summary>
    public RaftLog(Snapshot snapshot, ReadOnlySpan<LogEntry> entries)
    {
        Snapshot = snapshot;
        _entries = new EntryBlocks(entries);
    }

    /// <summary>The log that a server reads from its storage.</summary>
    internal RaftLog(DurableState durable)
    {
        Snapshot = durable.Snapshot;
        _stored = durable.Stored is { } stored ? new StoredPrefix(stored, FirstIndex) : null;
        _entries = new EntryBlocks(durable.Entries.Span, _stored);
    }

    private RaftLog(Snapshot snapshot, EntryBlocks entries)
    {
        Snapshot = snapshot;
        _stored = entries.Stored;
        _entries = entries.Clone();
    }

    /// <summary>The snapshot that replaced the beginning of the log; <see cref="Snapshot.None"/> if nothing was discarded.</summary>
    public Snapshot Snapshot { get; private set; }

    /// <summary>The index after the snapshot: that of the first entry, if there is one.</summary>
    public LogIndex FirstIndex => Snapshot.LastIndex.Next;

    /// <summary>The index of the last entry; the snapshot's last index if no entry follows it.</summary>
    public LogIndex LastIndex => Snapshot.LastIndex + _entries.Count;

    /// <summary>The term of the last entry; zero in an empty log.</summary>
    public Term LastTerm => _entries.Count > 0 ? _entries.TermAt(_entries.Count - 1) : Snapshot.LastTerm;

    /// <summary>The entries that are kept, oldest first.</summary>
    public EntryBlocks Entries => _entries;

    /// <summary>The number of entries that memory is held for.</summary>
    public int Capacity => _entries.Capacity;

    /// <summary>The entry at an index between <see cref="FirstIndex"/> and <see cref="LastIndex"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The log does not hold that index.</exception>
    public LogEntry this[LogIndex index] =>
        index >= FirstIndex && index <= LastIndex
            ? _entries[Offset(index)]
            : throw new ArgumentOutOfRangeException(nameof(index), index, $"The log holds {FirstIndex} to {LastIndex}.");

    /// <summary>The term of the entry at an index; null if the log ends before that index, or has discarded that entry.</summary>
    public Term? TermAt(LogIndex index) =>
        index == Snapshot.LastIndex ? Snapshot.LastTerm
        : (ulong)(index - FirstIndex) < (ulong)_entries.Count ? _entries.TermAt(Offset(index))
        : null;

    /// <summary>
    /// The index of the first entry of a term or of a later one; the index after the last entry if there is none.
    /// </summary>
    public LogIndex FirstOf(Term term)
    {
        // The terms of a log never fall.
        var (low, high) = (0, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _entries.TermAt(middle) < term ? (middle + 1, high) : (low, middle);
        }

        return FirstIndex + low;
    }

    /// <summary>Entries from an index on: as many as both limits allow, but at least one if the log holds that index.</summary>
    /// <param name="first">The index of the first of them.</param>
    /// <param name="limit">The most entries.</param>
    /// <param name="bytes">The most bytes that they may count together (<see cref="LogEntry.Size"/>).</param>
    internal EntryList From(LogIndex first, int limit = int.MaxValue, long bytes = long.MaxValue)
    {
        var count = CountFrom(first, limit, bytes);
        if (count == 0)
        {
            return EntryList.Empty;
        }

        var entries = ListFrom(first, count);
        Remember(entries, first);
        return entries;
    }

    /// <summary>
    /// Entries from an index on, within the same limits, but no more than are contiguous in memory: a long list that was appended is
    /// returned as it is, not copied. What is read back is copied anyway.
    /// </summary>
    internal EntryList RunFrom(LogIndex first, int limit, long bytes)
    {
        var run = _entries.IsInMemory(Offset(first)) ? _entries.RunAt(Offset(first)).Length : int.MaxValue;
        var count = CountFrom(first, Math.Min(limit, run), bytes);
        return count == 0 ? EntryList.Empty : ListFrom(first, count);
    }

    /// <summary>What the entries between two indexes count where bytes are limited, both included.</summary>
    internal long SizeOf(LogIndex first, LogIndex last)
    {
        var size = 0L;
        for (var index = first; index <= last; index = index.Next)
        {
            size += _entries.ReadRunAt(Offset(index))[0].Size;
        }

        return size;
    }

    /// <summary>Adds entries at the end.</summary>
    internal void Append(EntryList entries)
    {
        Remember(entries, LastIndex.Next);
        _entries.Append(entries);
    }

    /// <summary>Adds entries at the end.</summary>
    internal void Append(params ReadOnlySpan<LogEntry> entries) => _entries.Append(entries);

    /// <summary>Removes the entry at an index, and all that follow it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The log does not hold that index.</exception>
    internal void TruncateFrom(LogIndex first)
    {
        if (first < FirstIndex || first > LastIndex.Next)
        {
            throw new ArgumentOutOfRangeException(nameof(first), first, $"The log holds {FirstIndex} to {LastIndex}.");
        }

        ForgetLists();
        _entries.RemoveFrom(Offset(first));
    }

    /// <summary>
    /// Replaces the beginning of the log by a snapshot. If the log holds the snapshot's last entry, with its term, the entries that follow
    /// are kept; otherwise all are discarded (Figure 13, receiver 6 and 7).
    /// </summary>
    /// <returns>Whether the entries that follow were kept.</returns>
    internal bool ReplaceBy(Snapshot snapshot)
    {
        var agrees = TermAt(snapshot.LastIndex) == snapshot.LastTerm;
        if (agrees)
        {
            _entries.RemoveFirst((int)(snapshot.LastIndex - Snapshot.LastIndex));
        }
        else
        {
            _entries = new EntryBlocks([], _stored?.BeginAt(snapshot.LastIndex.Next));
        }

        ForgetLists();
        Snapshot = snapshot;
        return agrees;
    }

    /// <summary>
    /// Releases the oldest entries from memory if the cache is full (<see cref="StoredEntries.CacheBytes"/>). The storage holds them.
    /// </summary>
    /// <param name="upTo">The last index that may be released. It is durable and committed.</param>
    internal void Release(LogIndex upTo) => _entries.Release((int)Math.Max(0, upTo.Next - FirstIndex));

    /// <summary>A copy that shares nothing that can change.</summary>
    public RaftLog Clone() => new(Snapshot, Entries);

    /// <inheritdoc/>
    public bool Equals(RaftLog? other) =>
        other is not null && Snapshot.Equals(other.Snapshot) && _entries.Equals(other._entries);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RaftLog);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        ((LastIndex.GetHashCode() * 31) + LastTerm.GetHashCode()) * 31 + Snapshot.LastIndex.GetHashCode();

    private EntryList ListFrom(LogIndex first, int count) =>
        (first, count) == (_last.First, _last.Entries.Count) ? _last.Entries
        : (first, count) == (_beforeLast.First, _beforeLast.Entries.Count) ? _beforeLast.Entries
        : _entries.ToList(Offset(first), count);

    private void Remember(EntryList entries, LogIndex first)
    {
        if (!ReferenceEquals(entries, _last.Entries))
        {
            (_beforeLast, _last) = (_last, (entries, first));
        }
    }

    private void ForgetLists() => _last = _beforeLast = (EntryList.Empty, LogIndex.Zero);

    private int CountFrom(LogIndex first, int limit, long bytes)
    {
        var most = (int)Math.Min(LastIndex.Next - first, limit);
        var (count, size) = (0, 0L);
        while (count < most)
        {
            foreach (ref readonly var entry in _entries.ReadRunAt(Offset(first) + count))
            {
                size += entry.Size;
                if (count == most || (size > bytes && count > 0))
                {
                    return count;
                }

                count++;
            }
        }

        return count;
    }

    private int Offset(LogIndex index) => (int)(index - FirstIndex);
}
