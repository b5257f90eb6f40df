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
        if (_received?.LastIndex <= _commitIndex)
        {
            _received = null;
        }

        SendAfterLog(new AppendEntriesReply(Id, request.From, _currentTerm, Success: true, lastNew), lastNew);
    }

    // §5.3: the follower can include the term of the conflicting entry and the first index it stores for that term.
    private AppendEntriesReply Conflict(AppendEntries request)
    {
        var conflictTerm = _log.TermAt(request.PrevLogIndex);
        var conflictIndex = conflictTerm is { } term ? _log.FirstOf(term) : _log.LastIndex.Next;
        return new AppendEntriesReply(Id, request.From, _currentTerm, Success: false, request.PrevLogIndex, conflictIndex, conflictTerm);
    }

    // Leaders: if last log index >= nextIndex for a follower, send AppendEntries RPC with log entries starting at nextIndex (§5.3): as many
    // as a message may carry, and as many messages as may be under way.
    private void Replicate(int follower)
    {
        while (follower != _self && _transfers[follower] is null && _progress[follower].NextIndex <= _log.LastIndex && _windows[follower].HasRoom)
        {
            SendAppendEntries(follower, _progress[follower].NextIndex.Previous, _options.MaxEntriesPerMessage);
        }
    }

    // Leaders: heartbeat (§5.2). As long as the follower answers what it is sent, it builds on what the follower is known to hold.
    // Otherwise it builds on all that was sent, or on the guess where nextIndex is one, so that its answer shows what was lost.
    private void SendHeartbeat(int follower)
    {
        if (_transfers[follower] is not null)
        {
            AskForChunk(follower);
            return;
        }

        var progress = _progress[follower];
        var window = _windows[follower];
        if (window.TakeAnswered() && !window.IsProbing && _log.TermAt(progress.MatchIndex) is not null)
        {
            SendAppendEntries(follower, progress.MatchIndex, maxEntries: 0);
        }
        else
        {
            // What has just been sent may bring the follower beyond what was compacted since: it is asked before it gets a snapshot.
            var prev = progress.NextIndex.Previous;
            prev = window.HasFresh ? LogIndex.Max(prev, _log.Snapshot.LastIndex) : prev;
            SendAppendEntries(follower, prev, maxEntries: 0);
            window.Ask(prev, isGuess: prev > progress.MatchIndex);
        }

        Replicate(follower);
    }

    private void SendAppendEntries(int follower, LogIndex prevLogIndex, int maxEntries)
    {
        if (_log.TermAt(prevLogIndex) is not { } prevLogTerm)
        {
            BeginSnapshot(follower);
            return;
        }

        // Dissertation §10.2.1: a leader sends entries while its own write of them is in flight.
        var entries = _log.From(prevLogIndex.Next, maxEntries, _options.MaxMessageBytes);
        var message = new AppendEntries(Id, _members[follower], _currentTerm, prevLogIndex, prevLogTerm, entries, _commitIndex);
        _output.Send(message, after: 0);
        if (entries.Count == 0)
        {
            return;
        }

        // A guess stays until it is answered: a follower that refuses it must not be asked about what lies behind it.
        _windows[follower].Add(prevLogIndex, message.LastIndex, entries.Size);
        if (!_progress[follower].Probing)
        {
            _progress[follower] = _progress[follower] with { NextIndex = message.LastIndex.Next };
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
        }
        else
        {
            OnRefusal(follower, reply);
        }
    }

    // If AppendEntries fails because of log inconsistency: decrement nextIndex and retry (§5.3).
    private void OnRefusal(int follower, AppendEntriesReply reply)
    {
        // A refusal without a conflicting index is because of the term, and says nothing about the log. A late one, of a message that is no
        // longer under way or of a heartbeat on what is known to match by now, changes nothing; nor does one while the follower gets a
        // snapshot.
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

        LogIndex next;
        if (reply.ConflictTerm is not null || window.Needs(LogIndex.Max(reply.ConflictIndex, progress.MatchIndex.Next)))
        {
            next = LogIndex.Max(BackUp(reply), progress.MatchIndex.Next);
            window.DropAll(next.Previous);
        }
        else
        {
            // This message overtook the one with what the follower lacks, most likely. It goes again once that has arrived.
            next = LogIndex.Max(reply.LastIndex, progress.MatchIndex).Next;
            window.DropOvertaking(reply.LastIndex);
        }

        _progress[follower] = progress with { NextIndex = next, Probing = true };
        Replicate(follower);
    }

    // Leaders: if successful, update nextIndex and matchIndex for follower (§5.3). Neither goes back by a late reply.
    private void OnMatch(int follower, LogIndex matchIndex)
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

        var committed = _commitIndex;
        AdvanceCommitIndex();
        if (_progress[follower].NextIndex <= _log.LastIndex)
        {
            Replicate(follower);
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
            var last = LogIndex.Min(_log.FirstOf(term.Next).Previous, refusal.LastIndex);
            if (_log.TermAt(last) == term)
            {
                return last.Next;
            }
        }

        return LogIndex.Min(refusal.ConflictIndex, refusal.LastIndex);
    }
}
