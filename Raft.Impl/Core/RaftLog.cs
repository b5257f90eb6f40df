namespace Raft.Impl.Core;

/// <summary>
/// The log of a server: a snapshot, and the entries that follow it. Only what follows the snapshot is held in memory; what
/// is discarded is released.
/// </summary>
public sealed class RaftLog : IEquatable<RaftLog>
{
    private LogEntry[] _entries;
    private int _count;

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
    public Term LastTerm => _count > 0 ? _entries[_count - 1].Term : Snapshot.LastTerm;

    /// <summary>The entries that are kept, oldest first.</summary>
    public ReadOnlySpan<LogEntry> Entries => _entries.AsSpan(0, _count);

    /// <summary>The number of entries that memory is held for.</summary>
    public int Capacity => _entries.Length;

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

    /// <summary>At most <paramref name="limit"/> entries, from an index on.</summary>
    public EntryList From(LogIndex first, int limit = int.MaxValue) =>
        first > LastIndex
            ? EntryList.Empty
            : EntryList.Of(Entries.Slice(Offset(first), (int)Math.Min(LastIndex - first + 1, limit)));

    /// <summary>Adds entries at the end.</summary>
    public void Append(params ReadOnlySpan<LogEntry> entries)
    {
        if (_count + entries.Length > _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(_count + entries.Length, Math.Max(4, _entries.Length * 2)));
        }

        entries.CopyTo(_entries.AsSpan(_count));
        _count += entries.Length;
    }

    /// <summary>Removes the entry at an index, and all that follow it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The log does not hold that index.</exception>
    public void TruncateFrom(LogIndex first)
    {
        if (first < FirstIndex || first > LastIndex.Next)
        {
            throw new ArgumentOutOfRangeException(nameof(first), first, $"The log holds {FirstIndex} to {LastIndex}.");
        }

        var kept = Offset(first);
        _entries.AsSpan(kept, _count - kept).Clear();
        _count = kept;
    }

    /// <summary>
    /// Puts a snapshot in the place of the beginning of the log. Entries that follow its last index stay, if the log holds the
    /// entry at that index with that term; otherwise none stay (Figure 13, receiver 6 and 7).
    /// </summary>
    /// <returns>Whether the entries that follow were kept.</returns>
    public bool ReplaceBy(Snapshot snapshot)
    {
        var agrees = TermAt(snapshot.LastIndex) == snapshot.LastTerm;
        _entries = agrees ? Entries[(int)(snapshot.LastIndex - Snapshot.LastIndex)..].ToArray() : [];
        _count = _entries.Length;
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

    private int Offset(LogIndex index) => (int)(index - FirstIndex);
}
