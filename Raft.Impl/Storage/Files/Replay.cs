using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// Applies the records of a log, from the first segment that is kept on. Entries of deleted segments are absent; a later snapshot must
/// cover them. It keeps the last entries only.
/// </summary>
/// <param name="cacheBytes">The most bytes of entries that are kept (<see cref="LogEntry.Size"/>).</param>
internal sealed class Replay(long cacheBytes)
{
    private readonly List<LogEntry> _entries = [];
    private LogIndex _first = LogIndex.Zero.Next;
    private long _bytes;
    private LogIndex _absentUpTo;
    private bool _hasBegun;

    /// <summary>The state after the records so far.</summary>
    public LogState State { get; private set; }

    /// <summary>The number of the last write.</summary>
    public long Sequence { get; private set; }

    /// <summary>The last entries after the snapshot.</summary>
    /// <exception cref="InvalidDataException">Some entries after the snapshot are absent.</exception>
    public EntryList Entries => _absentUpTo <= State.Snapshot.LastIndex
        ? EntryList.Of([.. _entries])
        : throw new InvalidDataException(
            $"The log lacks the entries {State.Snapshot.LastIndex.Next} to {_absentUpTo}, which no snapshot covers.");

    /// <summary>How many entries after the snapshot precede <see cref="Entries"/>.</summary>
    public int Dropped => (int)(_first - State.Snapshot.LastIndex.Next);

    /// <summary>The terms of all entries after the snapshot.</summary>
    public TermRuns Terms { get; } = new();

    /// <summary>Applies a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="isFirst">Whether it is the first of a segment.</param>
    /// <exception cref="InvalidDataException">It does not follow the records before it.</exception>
    public void Apply(LogRecord record, bool isFirst)
    {
        if (record.IsState != isFirst)
        {
            throw new InvalidDataException(
                isFirst ? "The segment does not begin with the state." : "A state stands in the middle of a segment.");
        }

        if (record.IsState)
        {
            Begin(record);
        }
        else
        {
            Add(record);
        }
    }

    /// <summary>Begins a directory from which no segment was deleted.</summary>
    public void BeginEmpty() => _hasBegun = true;

    private void Begin(LogRecord record)
    {
        var state = new LogState(record.Term, record.VotedFor, record.Snapshot ?? default, record.LastIndex);
        if (!_hasBegun)
        {
            (State, Sequence, _absentUpTo, _hasBegun) = (state, record.Sequence, record.LastIndex, true);
            _first = record.LastIndex.Next;
        }
        else if (state != State || record.Sequence != Sequence)
        {
            throw new InvalidDataException(
                $"The segment begins with the state after write {record.Sequence}, which is not that after the last write, {Sequence}.");
        }
    }

    private void Add(LogRecord record)
    {
        if (record.Sequence != Sequence + 1)
        {
            throw new InvalidDataException($"Write {record.Sequence} follows write {Sequence}.");
        }

        var (snapshot, last) = (State.Snapshot, State.LastIndex);
        if (record.Snapshot is { } newer)
        {
            if (newer.LastIndex < snapshot.LastIndex || (record.KeepsLog && newer.LastIndex > last))
            {
                throw new InvalidDataException(
                    $"Write {record.Sequence} stores a snapshot to {newer.LastIndex}, which does not fit the log up to {last}.");
            }

            last = record.KeepsLog ? last : newer.LastIndex;
            snapshot = newer;
        }

        if (record.Log is { } suffix && !WriteRules.Continues(suffix, snapshot.LastIndex, last))
        {
            throw new InvalidDataException(
                $"Write {record.Sequence} stores entries from {suffix.First} on, but the log ends at {last}.");
        }

        if (record.Snapshot is not null)
        {
            Discard(snapshot.LastIndex, record.KeepsLog, last);
        }

        if (record.Log is { } change)
        {
            Replace(change);
            Drop();
            last = change.First + (change.Entries.Count - 1);
        }

        State = new LogState(record.Term, record.VotedFor, snapshot, last);
        Sequence = record.Sequence;
    }

    private void Discard(LogIndex upTo, bool keepsLog, LogIndex last)
    {
        if (keepsLog)
        {
            DropFirst((int)Math.Clamp(upTo.Next - _first, 0, _entries.Count));
            _first = LogIndex.Max(_first, upTo.Next);
            Terms.ForgetBefore(upTo.Next);
        }
        else
        {
            _entries.Clear();
            Terms.Clear();
            (_first, _bytes, _absentUpTo, State) = (last.Next, 0, LogIndex.Zero, State with { LastIndex = last });
        }
    }

    private void Replace(LogSuffix change)
    {
        var kept = (int)Math.Clamp(change.First - _first, 0, _entries.Count);
        for (var i = kept; i < _entries.Count; i++)
        {
            _bytes -= _entries[i].Size;
        }

        _entries.RemoveRange(kept, _entries.Count - kept);
        _first = LogIndex.Min(_first, change.First);
        _absentUpTo = LogIndex.Min(_absentUpTo, change.First.Previous);
        _entries.AddRange(change.Entries);
        _bytes += change.Entries.Size;
        Terms.Replace(change.First, change.Entries.Span);
    }

    // A quarter of the cache at a time, so that the cost of moving the others is amortised.
    private void Drop()
    {
        if (_bytes <= cacheBytes + (cacheBytes / 4))
        {
            return;
        }

        var (dropped, bytes) = (0, _bytes);
        while (bytes > cacheBytes)
        {
            bytes -= _entries[dropped++].Size;
        }

        DropFirst(dropped);
    }

    private void DropFirst(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _bytes -= _entries[i].Size;
        }

        _entries.RemoveRange(0, count);
        _first += count;
    }
}
