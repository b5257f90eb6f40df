namespace Raft.Impl.Core;

// Figure 2, AppendEntries RPC: invoked by leader to replicate log entries (§5.3); also used as heartbeat (§5.2).
public sealed partial class RaftCore
{
    private void OnAppendEntries(AppendEntries request)
    {
        // Receiver 1: reply false if term < currentTerm (§5.1).
        if (request.Term < _currentTerm)
        {
            SendAfterVote(new AppendEntriesReply(Id, request.From, _currentTerm, Success: false, request.PrevLogIndex));
            return;
        }

        HearFromLeader(request.From);

        // Receiver 2: reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm (§5.3). What a
        // snapshot covers is committed, and so the same in the leader's log (§7).
        if (request.PrevLogIndex >= _log.Snapshot.LastIndex && _log.TermAt(request.PrevLogIndex) != request.PrevLogTerm)
        {
            SendAfterVote(Conflict(request));
            return;
        }

        var covered = (int)Math.Clamp(_log.Snapshot.LastIndex - request.PrevLogIndex, 0, request.Entries.Count);
        var index = request.PrevLogIndex + covered;
        var entries = request.Entries.Span[covered..];

        // Receiver 3: if an existing entry conflicts with a new one (same index but different terms), delete the existing entry and all
        // that follow it (§5.3).
        var known = 0;
        while (known < entries.Length && _log.TermAt(index + known + 1) == entries[known].Term)
        {
            known++;
        }

        if (known < entries.Length)
        {
            if (index + known < _log.LastIndex)
            {
                DeleteFromLog(index + known + 1);
            }

            // Receiver 4: append any new entries not already in the log.
            AppendToLog(entries[known..]);
        }

        // Receiver 5: if leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry).
        var lastNew = request.LastIndex;
        _commitIndex = LogIndex.Max(_commitIndex, LogIndex.Min(request.LeaderCommit, lastNew));
        SendAfterLog(new AppendEntriesReply(Id, request.From, _currentTerm, Success: true, lastNew), lastNew);
    }

    // §5.3: the follower can include the term of the conflicting entry and the first index it stores for that term.
    private AppendEntriesReply Conflict(AppendEntries request)
    {
        var conflictTerm = _log.TermAt(request.PrevLogIndex);
        var conflictIndex = _log.LastIndex.Next;
        if (conflictTerm is { } term)
        {
            conflictIndex = request.PrevLogIndex;
            while (conflictIndex > _log.FirstIndex && _log.TermAt(conflictIndex.Previous) == term)
            {
                conflictIndex = conflictIndex.Previous;
            }
        }

        return new AppendEntriesReply(Id, request.From, _currentTerm, Success: false, request.PrevLogIndex, conflictIndex, conflictTerm);
    }

    // Leaders: if last log index >= nextIndex for a follower, send AppendEntries RPC with log entries starting at nextIndex (§5.3).
    private void SendAppendEntries(int follower)
    {
        if (follower == _self)
        {
            return;
        }

        var progress = _progress[follower];
        var prevLogIndex = progress.NextIndex.Previous;
        if (_log.TermAt(prevLogIndex) is not { } prevLogTerm)
        {
            SendInstallSnapshot(follower);
            return;
        }

        var entries = _log.From(progress.NextIndex, _options.MaxEntriesPerMessage);

        // Dissertation §10.2.1: a leader sends entries while its own write of them is in flight.
        _output.Send(
            new AppendEntries(Id, _members[follower], _currentTerm, prevLogIndex, prevLogTerm, entries, _commitIndex),
            after: 0);
        if (!progress.Probing)
        {
            _progress[follower] = progress with { NextIndex = progress.NextIndex + entries.Count };
        }
    }

    private void OnAppendEntriesReply(AppendEntriesReply reply)
    {
        // A reply to an earlier term's request says nothing about this one.
        if (_role != Role.Leader || reply.Term != _currentTerm)
        {
            return;
        }

        var follower = _members.IndexOf(reply.From);
        if (reply.Success)
        {
            OnMatch(follower, reply.LastIndex);
            return;
        }

        // If AppendEntries fails because of log inconsistency: decrement nextIndex and retry (§5.3). A late refusal, of an index that is
        // known to match by now or that nextIndex has already gone below, changes nothing.
        var progress = _progress[follower];
        if (reply.LastIndex > progress.MatchIndex && reply.LastIndex < progress.NextIndex)
        {
            var next = LogIndex.Max(BackUp(reply), progress.MatchIndex.Next);
            _progress[follower] = progress with { NextIndex = next, Probing = true };
            SendAppendEntries(follower);
        }
    }

    // Leaders: if successful, update nextIndex and matchIndex for follower (§5.3). Neither goes back by a late reply.
    private void OnMatch(int follower, LogIndex matchIndex)
    {
        Invariant(matchIndex <= _log.LastIndex, $"{_members[follower]} holds entry {matchIndex}, which its leader {Id} lacks");
        var progress = _progress[follower];
        var match = LogIndex.Max(progress.MatchIndex, matchIndex);
        _progress[follower] = new Progress(LogIndex.Max(progress.NextIndex, match.Next), match, Probing: false);
        var committed = _commitIndex;
        AdvanceCommitIndex();
        if (_progress[follower].NextIndex <= _log.LastIndex)
        {
            SendAppendEntries(follower);
        }
        else if (match > progress.MatchIndex && _commitIndex == committed)
        {
            TellCommit(follower);
        }
    }

    // §5.3: back up over all entries of the conflicting term at once, not one entry a round trip.
    private LogIndex BackUp(AppendEntriesReply refusal)
    {
        if (refusal.ConflictTerm is { } term)
        {
            for (var index = LogIndex.Min(refusal.LastIndex, _log.LastIndex); index >= _log.FirstIndex; index = index.Previous)
            {
                if (_log[index].Term == term)
                {
                    return index.Next;
                }

                if (_log[index].Term < term)
                {
                    break;
                }
            }
        }

        return LogIndex.Min(refusal.ConflictIndex, refusal.LastIndex);
    }
}
