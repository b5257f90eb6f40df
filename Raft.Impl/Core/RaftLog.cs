namespace Raft.Impl.Core;

/// <summary>
/// The log of a server: a snapshot, and the entries that follow it. Only what follows the snapshot is held in memory; what is discarded is
/// released. The time that an operation takes does not depend on how long the log is (amortised).
/// </summary>
public sealed class RaftLog : IEquatable<RaftLog>
{
    private EntryBlocks _entries;

    // What was appended or given out last: a leader's write and its messages to all followers, or a message and the write that follows
    // it, are the same entries. They share one list.
    private EntryList _recent = EntryList.Empty;
    private LogIndex _recentFirst;

    /// <summary>A log of a snapshot and the entries that follow it.</summary>
    public RaftLog(Snapshot snapshot, ReadOnlySpan<LogEntry> entries)
    {
        Snapshot = snapshot;
        _entries = new EntryBlocks(entries);
    }

    private RaftLog(Snapshot snapshot, EntryBlocks entries)
    {
        Snapshot = snapshot;
        _entries = entries.Clone();
    }

    /// <summary>What replaced the beginning of the log; <see cref="Snapshot.None"/> where nothing was discarded.</summary>
    public Snapshot Snapshot { get; private set; }

    /// <summary>The index of the first entry that is kept, or would be.</summary>
    public LogIndex FirstIndex => Snapshot.LastIndex.Next;

    /// <summary>The index of the last entry; the snapshot's where no entry follows it.</summary>
    public LogIndex LastIndex => Snapshot.LastIndex + _entries.Count;

    /// <summary>The term of the last entry; zero in an empty log.</summary>
    public Term LastTerm => _entries.Count > 0 ? _entries[^1].Term : Snapshot.LastTerm;

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

    /// <summary>The term of the entry at an index; null where the log does not reach there, or no longer goes back to there.</summary>
    public Term? TermAt(LogIndex index) =>
        index == Snapshot.LastIndex ? Snapshot.LastTerm
        : index >= FirstIndex && index <= LastIndex ? _entries[Offset(index)].Term
        : null;

    /// <summary>
    /// The index of the first entry that is of a term or a later one; if no entry is, the index after the last one.
    /// </summary>
    public LogIndex FirstOf(Term term)
    {
        // The terms of a log never fall.
        var (low, high) = (0, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _entries[middle].Term < term ? (middle + 1, high) : (low, middle);
        }

        return FirstIndex + low;
    }

    /// <summary>Entries from an index on: as many as both limits allow, but at least one where the log reaches that index.</summary>
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

        if (first != _recentFirst || count != _recent.Count)
        {
            (_recent, _recentFirst) = (_entries.ToList(Offset(first), count), first);
        }

        return _recent;
    }

    /// <summary>How many entries <see cref="From"/> gives.</summary>
    internal int CountFrom(LogIndex first, int limit, long bytes)
    {
        var most = (int)Math.Min(LastIndex.Next - first, limit);
        var count = 0;
        for (var size = 0L; count < most; count++)
        {
            size += _entries[Offset(first) + count].Size;
            if (size > bytes && count > 0)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>What the entries between two indexes count where bytes are limited, both included.</summary>
    internal long SizeOf(LogIndex first, LogIndex last)
    {
        var size = 0L;
        for (var index = first; index <= last; index = index.Next)
        {
            size += _entries[Offset(index)].Size;
        }

        return size;
    }

    /// <summary>Adds entries at the end.</summary>
    internal void Append(EntryList entries)
    {
        (_recent, _recentFirst) = (entries, LastIndex.Next);
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

        _recent = EntryList.Empty;
        _entries.RemoveFrom(Offset(first));
    }

    /// <summary>
    /// Puts a snapshot in the place of the beginning of the log. Entries that follow its last index stay, if the log holds the entry at
    /// that index with that term; otherwise none stay (Figure 13, receiver 6 and 7).
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
            _entries = new EntryBlocks([]);
        }

        _recent = EntryList.Empty;
        Snapshot = snapshot;
        return agrees;
    }

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

    private int Offset(LogIndex index) => (int)(index - FirstIndex);
}
