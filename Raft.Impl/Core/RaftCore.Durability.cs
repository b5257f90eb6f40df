namespace Raft.Impl.Core;

// Figure 2: persistent state is "updated on stable storage before responding to RPCs". Writes may be in flight while the server continues;
// whatever depends on one is sent, or counted, once it is durable. What need not wait does not.
public sealed partial class RaftCore
{
    private readonly WritesInFlight _writes = new();
    private long _lastVoteWrite;

    // Everything up to here is durable in this server's own log.
    private LogIndex DurableIndex => LogIndex.Min(_log.LastIndex, _writes.ChangedFrom?.Previous ?? _log.LastIndex);

    private void AppendToLog(ReadOnlySpan<LogEntry> entries, Effects effects)
    {
        effects.ChangedFrom ??= _log.LastIndex.Next;
        _log.Append(entries);
        foreach (var entry in entries)
        {
            _unappliedBytes += entry.Size;
        }
    }

    private void DeleteFromLog(LogIndex first, Effects effects)
    {
        Invariant(_role != Role.Leader, $"{Id} leads term {_currentTerm}, but would delete entry {first} (Leader Append-Only)");
        Invariant(first > _commitIndex, $"{Id} would delete entry {first}, which is committed (up to {_commitIndex})");
        effects.ChangedFrom = first;
        foreach (var entry in _log.From(first))
        {
            _unappliedBytes -= entry.Size;
        }

        _log.TruncateFrom(first);
    }

    // What tells the term or the vote is sent once both are durable.
    private void SendWhenVoteDurable(Message message, Effects effects) => effects.Send(message, VoteWrite(effects));

    // What tells that the log holds what it should, up to an index, is sent once that is durable too.
    private void SendWhenLogDurable(Message message, LogIndex upTo, Effects effects) =>
        effects.Send(message, Math.Max(VoteWrite(effects), LogWrite(upTo, effects)));

    private void WriteChanges(Effects effects)
    {
        var changesVote = effects.ChangesVote(_currentTerm, _votedFor);
        if (changesVote || effects.ChangedFrom is not null || effects.NewSnapshot is not null)
        {
            var sequence = _writes.Begin(effects.LogIsWrittenFrom);
            _lastVoteWrite = changesVote ? sequence : _lastVoteWrite;
            var log = effects.ChangedFrom is { } first ? new LogSuffix(first, _log.From(first)) : null;
            effects.Write = new RaftWrite(sequence, _currentTerm, _votedFor, effects.NewSnapshot, log);
        }
    }

    private void OnWriteDurable(long sequence, Effects effects)
    {
        _writes.Complete(sequence);
        CountOwnVote(effects);
        AdvanceCommitIndex(effects);
    }

    // The write in flight that the current term and vote wait for; zero: there is none.
    private long PendingVote => _writes.LastDurable < _lastVoteWrite ? _lastVoteWrite : 0;

    // The same, with the write of this step.
    private long VoteWrite(Effects effects) => effects.ChangesVote(_currentTerm, _votedFor) ? _writes.LastBegun + 1 : PendingVote;

    // The last write, of this step or in flight, that changes the log at or before an index; zero: there is none.
    private long LogWrite(LogIndex index, Effects effects) =>
        effects.LogIsWrittenFrom <= index ? _writes.LastBegun + 1 : _writes.LastUpTo(index);
}
