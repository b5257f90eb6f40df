namespace Raft.Impl.Core;

// Figure 2, Rules for Servers: Leaders.
public sealed partial class RaftCore
{
    private void BecomeLeader(Effects effects)
    {
        _role = Role.Leader;
        _leader = Id;

        // Volatile state on leaders: nextIndex = last log index + 1, matchIndex = 0.
        Array.Fill(_progress, new Progress(_log.LastIndex.Next, LogIndex.Zero, Probing: true));
        ForgetInflight(_log.LastIndex);
        _hasContact = false;
        Array.Clear(_heard);
        Array.Clear(_answeredRounds);
        (_round, _timeoutNowSent) = (0, false);
        effects.ElectionTimer = _protocol.CheckQuorum ? TimerChange.Restart : TimerChange.Stop;

        // §8: a no-op at the start of the term shows which entries of earlier terms are committed.
        if (_protocol.NoOp && _log.LastIndex.Value < LogIndex.MaxValue)
        {
            AppendToLog(EntryList.Of([LogEntry.NoOp(_currentTerm)]), effects);
        }

        // Upon election, send initial empty AppendEntries RPCs (heartbeat) to each server (§5.2).
        OnHeartbeatTimeout(effects);
    }

    // Nothing is in flight to any follower. The entry after an index is the next one to send.
    private void ForgetInflight(LogIndex prevIndex)
    {
        Array.Clear(_transfers);
        for (var follower = 0; follower < _windows.Length; follower++)
        {
            _windows[follower] = new ReplicationWindow(_options, prevIndex);
        }
    }

    // Repeat during idle periods to prevent election timeouts (§5.2).
    private void OnHeartbeatTimeout(Effects effects)
    {
        if (_role != Role.Leader)
        {
            return;
        }

        effects.HeartbeatTimer = TimerChange.Restart;

        // §6.4.1: the heartbeats renew the lease.
        if (_protocol.LeaseReads)
        {
            BeginRound(effects);
        }

        for (var follower = 0; follower < _members.Length; follower++)
        {
            if (follower != _self)
            {
                SendHeartbeat(follower, effects);
            }
        }
    }

    // Heartbeat (§5.2). While the follower answers, the heartbeat builds on the last entry that the follower is known to hold. Otherwise
    // it builds on the last entry that was sent, or on the guess if nextIndex is one: then the answer shows what was lost.
    private void SendHeartbeat(int follower, Effects effects)
    {
        if (_transfers[follower] is not null)
        {
            AskForChunk(follower, effects);
            return;
        }

        var progress = _progress[follower];
        var window = _windows[follower];
        if (window.TakeAnswered() && !window.IsProbing && _log.TermAt(progress.MatchIndex) is not null)
        {
            SendAppendEntries(follower, progress.MatchIndex, maxEntries: 0, effects);
        }
        else
        {
            // A message that was just sent may take the follower past the compacted part of the log: ask before sending a snapshot.
            var prev = progress.NextIndex.Previous;
            prev = window.HasFresh ? LogIndex.Max(prev, _log.Snapshot.LastIndex) : prev;
            SendAppendEntries(follower, prev, maxEntries: 0, effects);
            window.Ask(prev, isGuess: prev > progress.MatchIndex);
        }

        Replicate(follower, effects);
    }

    // If command received from client, append entry to local log, respond after entry applied to state machine (§5.3).
    private void OnProposals(IReadOnlyList<Command> commands, Effects effects)
    {
        var proposals = effects.BeginProposals(_currentTerm, _log.LastIndex, commands.Count);
        var taken = new EntryList.Builder(commands.Count);
        var bytes = _unappliedBytes;
        for (var i = 0; i < commands.Count; i++)
        {
            var entry = new LogEntry(_currentTerm, commands[i]);
            var refusal = RefusalOf(
                entry, bytes, _log.LastIndex + taken.Count, isFirstOfTerm: taken.Count == 0 && _log.LastTerm < _currentTerm);
            if (refusal == ProposalRefusal.None)
            {
                taken.Add(entry);
                bytes += entry.Size;
            }

            proposals.Add(refusal);
        }

        if (taken.Count > 0)
        {
            AppendToLog(taken.ToList(), effects);

            // If last log index >= nextIndex for a follower: send AppendEntries RPC with log entries starting at nextIndex (§5.3).
            for (var follower = 0; follower < _members.Length; follower++)
            {
                Replicate(follower, effects);
            }
        }
    }

    // The only entry is always taken. So is the first of a term: entries of earlier terms need it to be committed (§5.4.2).
    private ProposalRefusal RefusalOf(LogEntry entry, long unappliedBytes, LogIndex lastIndex, bool isFirstOfTerm) =>
        _role != Role.Leader ? ProposalRefusal.NotLeader
        : _transferee is not null ? ProposalRefusal.Transferring
        : entry.Command.Length > _options.MaxMessageBytes ? ProposalRefusal.TooLarge
        : lastIndex.Value >= LogIndex.MaxValue ? ProposalRefusal.Backlog
        : unappliedBytes == 0 || isFirstOfTerm || unappliedBytes + entry.Size <= _options.MaxUncommittedBytes ? ProposalRefusal.None
        : ProposalRefusal.Backlog;

    // If last log index >= nextIndex for a follower, send AppendEntries RPC with log entries starting at nextIndex (§5.3): as many
    // as a message may carry, in as many messages as may be in flight.
    private void Replicate(int follower, Effects effects)
    {
        while (follower != _self
            && _transfers[follower] is null
            && _progress[follower].NextIndex <= _log.LastIndex
            && _windows[follower].HasRoom)
        {
            SendAppendEntries(follower, _progress[follower].NextIndex.Previous, _options.MaxEntriesPerMessage, effects);
        }
    }

    private void SendAppendEntries(int follower, LogIndex prevLogIndex, int maxEntries, Effects effects, bool onlyTellsCommit = false)
    {
        if (_log.TermAt(prevLogIndex) is not { } prevLogTerm)
        {
            BeginSnapshot(follower, effects);
            return;
        }

        // Dissertation §10.2.1: a leader sends entries while its own write of them is in flight.
        var entries = _log.From(prevLogIndex.Next, maxEntries, _options.MaxMessageBytes);
        var message = new AppendEntries(Id, _members[follower], _currentTerm, prevLogIndex, prevLogTerm, entries, _commitIndex, _round);
        effects.Send(message, after: 0, onlyTellsCommit);
        if (entries.Count == 0)
        {
            return;
        }

        // A guess stays until it is answered. If the follower refuses it, later entries would be refused too.
        _windows[follower].Add(prevLogIndex, message.LastIndex, entries.Size);
        if (!_progress[follower].Probing)
        {
            _progress[follower] = _progress[follower] with { NextIndex = message.LastIndex.Next };
        }
    }

    private void OnAppendEntriesReply(AppendEntriesReply reply, Effects effects)
    {
        // A reply to an earlier term's request says nothing about this one.
        if (_role != Role.Leader || reply.Term != _currentTerm)
        {
            return;
        }

        var follower = _members.IndexOf(reply.From);
        OnAnswered(follower, reply.Round);
        if (reply.Success)
        {
            OnMatch(follower, reply.LastIndex, effects);
        }
        else
        {
            OnRefusal(follower, reply, effects);
        }
    }

    // If successful, update nextIndex and matchIndex for follower (§5.3). Neither goes back by a late reply.
    private void OnMatch(int follower, LogIndex matchIndex, Effects effects)
    {
        Invariant(matchIndex <= _log.LastIndex, $"{_members[follower]} holds entry {matchIndex}, which its leader {Id} lacks");
        var progress = _progress[follower];
        var window = _windows[follower];
        var match = LogIndex.Max(progress.MatchIndex, matchIndex);
        window.Acknowledge(match);
        _progress[follower] = new Progress(LogIndex.Max(progress.NextIndex, match.Next), match, window.IsProbing);
        if (_transfers[follower] is { } transfer && transfer.Snapshot.LastIndex <= match)
        {
            _transfers[follower] = null;
        }

        if (_members[follower] == _transferee)
        {
            SendTimeoutNow(effects);
        }

        var committed = _commitIndex;
        AdvanceCommitIndex(effects);
        if (_progress[follower].NextIndex <= _log.LastIndex)
        {
            Replicate(follower, effects);
        }
        else if (match > progress.MatchIndex && _commitIndex == committed)
        {
            TellCommit(follower, effects);
        }
    }

    // If AppendEntries fails because of log inconsistency: decrement nextIndex and retry (§5.3).
    private void OnRefusal(int follower, AppendEntriesReply reply, Effects effects)
    {
        // A refusal without a conflicting index is because of the term: it says nothing about the log. A late refusal changes nothing: its
        // message is no longer in flight, or its heartbeat was about an entry that is known to match by now. Nor does a refusal change
        // anything while the follower receives a snapshot.
        var progress = _progress[follower];
        var window = _windows[follower];
        var isOfHeartbeat = reply.LastIndex > progress.MatchIndex
            && (reply.LastIndex == progress.NextIndex.Previous || (reply.LastIndex == _log.Snapshot.LastIndex && window.Messages > 0));
        if (reply.ConflictIndex == LogIndex.Zero
            || _transfers[follower] is not null
            || !(isOfHeartbeat || window.BuildsOn(reply.LastIndex)))
        {
            return;
        }

        // What was never sent must be sent. What was sent may only be late.
        LogIndex next;
        var lacking = LogIndex.Max(reply.ConflictIndex, progress.MatchIndex.Next);
        if (reply.ConflictTerm is not null || lacking > LogIndex.Max(progress.NextIndex.Previous, window.LastSent) || window.Needs(lacking))
        {
            next = LogIndex.Max(BackUp(reply), progress.MatchIndex.Next);
            window.DropAll(next.Previous);
        }
        else
        {
            // This message has probably overtaken the one with the entries that the follower lacks. It is sent again once that one arrives.
            next = LogIndex.Max(reply.LastIndex, progress.MatchIndex).Next;
            window.DropOvertaking(reply.LastIndex);
        }

        _progress[follower] = progress with { NextIndex = next, Probing = true };
        Replicate(follower, effects);
    }

    // §5.3: back up over all entries of the conflicting term at once, not one entry a round trip.
    private LogIndex BackUp(AppendEntriesReply refusal)
    {
        if (refusal.ConflictTerm is { } term)
        {
            var last = LogIndex.Min(_log.FirstOf(term.Next).Previous, refusal.LastIndex);
            if (_log.TermAt(last) == term)
            {
                return last.Next;
            }
        }

        return LogIndex.Min(refusal.ConflictIndex, refusal.LastIndex);
    }

    // If there exists an N such that N > commitIndex, a majority of matchIndex[i] >= N, and log[N].term == currentTerm:
    // set commitIndex = N (§5.3, §5.4).
    private void AdvanceCommitIndex(Effects effects)
    {
        if (_role != Role.Leader)
        {
            return;
        }

        // The leader's own entries count once they are durable.
        _progress[_self] = _progress[_self] with { MatchIndex = DurableIndex };
        Span<long> matches = stackalloc long[_members.Length];
        for (var i = 0; i < matches.Length; i++)
        {
            matches[i] = _progress[i].MatchIndex.Value;
        }

        matches.Sort();
        var n = new LogIndex(matches[(_members.Length - 1) / 2]);

        // §5.4.2: a leader commits only entries of its own term by counting; earlier entries are committed with them.
        if (n > _commitIndex && _log.TermAt(n) == _currentTerm)
        {
            _commitIndex = n;
            for (var follower = 0; follower < _members.Length; follower++)
            {
                TellCommit(follower, effects);
            }
        }
    }

    // Not in the paper: a follower that holds the whole log learns that it is committed before the next heartbeat. While more messages are
    // in flight, those carry the commit index.
    private void TellCommit(int follower, Effects effects)
    {
        if (follower != _self && _commitIndex == _log.LastIndex && _progress[follower].MatchIndex == _log.LastIndex)
        {
            SendAppendEntries(follower, _log.LastIndex, maxEntries: 0, effects, onlyTellsCommit: true);
        }
    }
}
