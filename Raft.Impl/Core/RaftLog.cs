namespace Raft.Impl.Core;

/// <summary>
/// The log of a server: a snapshot, and the entries that follow it. Only what follows the snapshot is held in memory; what is discarded is
/// released. The time that an operation takes does not depend on how long the log is (amortised).
/// </summary>
public sealed class RaftLog : IEquatable<RaftLog>
{
    private LogEntry[] _entries;
    private int _start;
    private int _count;

    // What was appended or given out last: a leader's write and its messages to all followers, or a message and the write that follows
    // it, are the same entries. They share one list.
    private EntryList _recent = EntryList.Empty;
    private LogIndex _recentFirst;

    /// <summary>A log of a snapshot and the entries that follow it.</summary>
    public RaftLog(Snapshot snapshot, ReadOnlySpan<LogEntry> entries)
    {
        Snapshot = snapshot;
        _entries = entries.ToArray();
        _count = entries.Length;
    }

    /// <summary>What replaced the beginning of the log; <see cref="Snapshot.None"/> where nothing was discarded.</summary>
    public Snapshot Snapshot { get; private set; }

    /// <summary>The index of the first entry that is kept, or would be.</summary>
    public LogIndex FirstIndex => Snapshot.LastIndex.Next;

    /// <summary>The index of the last entry; the snapshot's where no entry follows it.</summary>
    public LogIndex LastIndex => Snapshot.LastIndex + _count;

    /// <summary>The term of the last entry; zero in an empty log.</summary>
    public Term LastTerm => _count > 0 ? Entries[^1].Term : Snapshot.LastTerm;

    /// <summary>The entries that are kept, oldest first.</summary>
    public ReadOnlySpan<LogEntry> Entries => _entries.AsSpan(_start, _count);

    /// <summary>The number of entries that memory is held for.</summary>
    public int Capacity => _entries.Length;

    /// <summary>The entry at an index between <see cref="FirstIndex"/> and <see cref="LastIndex"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The log does not hold that index.</exception>
    public LogEntry this[LogIndex index] =>
        index >= FirstIndex && index <= LastIndex
            ? Entries[Offset(index)]
            : throw new ArgumentOutOfRangeException(nameof(index), index, $"The log holds {FirstIndex} to {LastIndex}.");

    /// <summary>The term of the entry at an index; null where the log does not reach there, or no longer goes back to there.</summary>
    public Term? TermAt(LogIndex index) =>
        index == Snapshot.LastIndex ? Snapshot.LastTerm
        : index >= FirstIndex && index <= LastIndex ? Entries[Offset(index)].Term
        : null;

    /// <summary>
    /// The index of the first entry that is of a term or a later one; if no entry is, the index after the last one.
    /// </summary>
    public LogIndex FirstOf(Term term)
    {
        // The terms of a log never fall.
        var entries = Entries;
        var (low, high) = (0, entries.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = entries[middle].Term < term ? (middle + 1, high) : (low, middle);
        }

        return FirstIndex + low;
    }

    /// <summary>Entries from an index on: as many as both limits allow, but at least one where the log reaches that index.</summary>
    /// <param name="first">The index of the first of them.</param>
    /// <param name="limit">The most entries.</param>
    /// <param name="bytes">The most bytes that they may count together (<see cref="LogEntry.Size"/>).</param>
    internal EntryList From(LogIndex first, int limit = int.MaxValue, long bytes = long.MaxValue)
    {
        var entries = Slice(first, limit, bytes);
        if (entries.Length == 0)
        {
            return EntryList.Empty;
        }

        if (first != _recentFirst || entries.Length != _recent.Count)
        {
            (_recent, _recentFirst) = (EntryList.Of(entries), first);
        }

        return _recent;
    }

    /// <summary>What <see cref="From"/> gives, without a copy. It must not be kept beyond the next change of the log.</summary>
    internal ReadOnlySpan<LogEntry> Slice(LogIndex first, int limit = int.MaxValue, long bytes = long.MaxValue)
    {
        if (first > LastIndex)
        {
            return [];
        }

        var rest = Entries[Offset(first)..];
        var taken = 0;
        for (var size = 0L; taken < rest.Length && taken < limit; taken++)
        {
            size += rest[taken].Size;
            if (size > bytes && taken > 0)
            {
                break;
            }
        }

        return rest[..taken];
    }

    /// <summary>Adds entries at the end.</summary>
    internal void Append(EntryList entries)
    {
        (_recent, _recentFirst) = (entries, LastIndex.Next);
        Append(entries.Span);
    }

    /// <summary>Adds entries at the end.</summary>
    internal void Append(params ReadOnlySpan<LogEntry> entries)
    {
        var needed = _count + entries.Length;
        if (_start + needed > _entries.Length)
        {
            // What was discarded makes room, if it is at least half: then each entry is moved once for one that was discarded.
            var target = needed <= _entries.Length / 2 ? _entries : new LogEntry[Math.Max(needed, Math.Max(4, _count * 2))];
            Entries.CopyTo(target);
            if (target == _entries)
            {
                _entries.AsSpan(_count).Clear();
            }

            (_entries, _start) = (target, 0);
        }

        entries.CopyTo(_entries.AsSpan(_start + _count));
        _count = needed;
    }

    /// <summary>Removes the entry at an index, and all that follow it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The log does not hold that index.</exception>
    internal void TruncateFrom(LogIndex first)
    {
        if (first < FirstIndex || first > LastIndex.Next)
        {
            throw new ArgumentOutOfRangeException(nameof(first), first, $"The log holds {FirstIndex} to {LastIndex}.");
        }

        _recent = EntryList.Empty;
        var kept = Offset(first);
        _entries.AsSpan(_start + kept, _count - kept).Clear();
        _count = kept;
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
            var discarded = (int)(snapshot.LastIndex - Snapshot.LastIndex);
            _entries.AsSpan(_start, discarded).Clear();
            _start += discarded;
            _count -= discarded;
            ReleaseMemory();
        }
        else
        {
            (_entries, _start, _count) = ([], 0, 0);
        }

        _recent = EntryList.Empty;
        Snapshot = snapshot;
        return agrees;
    }

    /// <summary>A copy that shares nothing that can change.</summary>
    public RaftLog Clone() => new(Snapshot, Entries);

    /// <inheritdoc/>
    public bool Equals(RaftLog? other) =>
        other is not null && Snapshot.Equals(other.Snapshot) && Entries.SequenceEqual(other.Entries);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RaftLog);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        ((LastIndex.GetHashCode() * 31) + LastTerm.GetHashCode()) * 31 + Snapshot.LastIndex.GetHashCode();

    // Where less than a quarter is used: the entries move once for three that were discarded.
    private void ReleaseMemory()
    {
        if (_count < _entries.Length / 4)
        {
            (_entries, _start) = (Entries.ToArray(), 0);
        }
    }

    private int Offset(LogIndex index) => (int)(index - FirstIndex);
}
