using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// Applies the records of a log, from the first segment that is kept on. Entries of deleted segments are absent; a later snapshot must
/// cover them.
/// </summary>
internal sealed class Replay
{
    private readonly List<LogEntry> _entries = [];
    private LogIndex _absentUpTo;
    private bool _hasBegun;

    /// <summary>The state after the records so far.</summary>
    public LogState State { get; private set; }

    /// <summary>The number of the last write.</summary>
    public long Sequence { get; private set; }

    /// <summary>The entries after the snapshot.</summary>
    /// <exception cref="InvalidDataException">Some are absent.</exception>
    public EntryList Entries => _absentUpTo <= State.Snapshot.LastIndex
        ? EntryList.Of([.. _entries])
        : throw new InvalidDataException(
            $"The log lacks the entries {State.Snapshot.LastIndex.Next} to {_absentUpTo}, which no snapshot covers.");

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
            last = change.First + (change.Entries.Count - 1);
        }

        State = new LogState(record.Term, record.VotedFor, snapshot, last);
        Sequence = record.Sequence;
    }

    // The index of the first entry in the list.
    private LogIndex First => State.LastIndex.Next + -_entries.Count;

    private void Discard(LogIndex upTo, bool keepsLog, LogIndex last)
    {
        var covered = keepsLog ? Math.Clamp(upTo.Next - First, 0, _entries.Count) : _entries.Count;
        _entries.RemoveRange(0, (int)covered);
        if (!keepsLog)
        {
            (_absentUpTo, State) = (LogIndex.Zero, State with { LastIndex = last });
        }
    }

    private void Replace(LogSuffix change)
    {
        var kept = Math.Max(change.First - First, 0);
        _entries.RemoveRange((int)kept, _entries.Count - (int)kept);
        _absentUpTo = LogIndex.Min(_absentUpTo, change.First.Previous);
        _entries.AddRange(change.Entries);
    }
}
