namespace Raft.Impl.Core;

// Figure 2: persistent state is "updated on stable storage before responding to RPCs". The server continues while writes are in flight. A
// message or a vote that depends on a write is sent, or counts, once the write is durable. Nothing else waits.
public sealed partial class RaftCore
{
    private readonly WritesInFlight _writes = new();
    private long _lastVoteWrite;

    // The last write that is known to be durable.
    internal long LastDurableWrite => _writes.LastDurable;

    // The last index up to which this server's own log is durable.
    private LogIndex DurableIndex => LogIndex.Min(_log.LastIndex, _writes.ChangedFrom?.Previous ?? _log.LastIndex);

    private void AppendToLog(EntryList entries, Effects effects)
    {
        Invariant(effects.WriteSequence == 0, $"{Id} appends to its log after a message that waits for the write of the same step");
        effects.ChangedFrom ??= _log.LastIndex.Next;
        _log.Append(entries);
        _unappliedBytes += entries.Size;
    }

    private void DeleteFromLog(LogIndex first, Effects effects)
    {
        Invariant(_role != Role.Leader, $"{Id} leads term {_currentTerm}, but would delete entry {first} (Leader Append-Only)");
        Invariant(first > _commitIndex, $"{Id} would delete entry {first}, which is committed (up to {_commitIndex})");
        effects.ChangedFrom = first;
        _unappliedBytes -= _log.SizeOf(first, _log.LastIndex);
        _log.TruncateFrom(first);
    }

    // A message that states the term or the vote is sent once both are durable.
    private void SendWhenVoteDurable(Message message, Effects effects)
    {
        BeginWrite(effects);
        effects.Send(message, PendingVote);
    }

    // A message that states that the log holds what it should, up to an index, is sent once that is durable too.
    private void SendWhenLogDurable(Message message, LogIndex upTo, Effects effects)
    {
        BeginWrite(effects);
        effects.Send(message, Math.Max(PendingVote, PendingLog(upTo)));
    }

    // Numbers the write of a step, so that messages can wait for it. A step changes nothing durable after that.
    private void BeginWrite(Effects effects)
    {
        var changesVote = effects.ChangesVote(_currentTerm, _votedFor);
        if (effects.WriteSequence == 0 && (changesVote || effects.ChangedFrom is not null || effects.NewSnapshot is not null))
        {
            effects.WriteSequence = _writes.Begin(effects.LogIsWrittenFrom);
            _lastVoteWrite = changesVote ? effects.WriteSequence : _lastVoteWrite;
        }
    }

    private void WriteChanges(Effects effects)
    {
        BeginWrite(effects);
        if (effects.WriteSequence > 0)
        {
            var log = effects.ChangedFrom is { } first ? new LogSuffix(first, _log.From(first)) : null;
            effects.Write = new RaftWrite(effects.WriteSequence, _currentTerm, _votedFor, effects.NewSnapshot, log);
        }
    }

    private void OnWriteDurable(long sequence, Effects effects)
    {
        _writes.Complete(sequence);

        // In this order: what a new leader appends in this step has no write yet, and must not count as durable.
        AdvanceCommitIndex(effects);
        CountOwnVote(effects);
    }

    // The write in flight that the current term and vote wait for; zero if both are durable.
    private long PendingVote => _writes.LastDurable < _lastVoteWrite ? _lastVoteWrite : 0;

    // The last write in flight that changes the log at or before an index; zero if that part of the log is durable.
    private long PendingLog(LogIndex index) => _writes.LastUpTo(index);
}
