namespace Raft.Impl.Core;

// Figure 2, AppendEntries RPC: invoked by leader to replicate log entries (§5.3); also used as heartbeat (§5.2).
public sealed partial class RaftCore
{
    private void OnAppendEntries(AppendEntries request, Effects effects)
    {
        // Receiver 1: reply false if term < currentTerm (§5.1).
        if (request.Term < _currentTerm)
        {
            SendWhenVoteDurable(new AppendEntriesReply(Id, request.From, _currentTerm, Success: false, request.PrevLogIndex), effects);
            return;
        }

        HearFromLeader(request.From, effects);

        // Receiver 2: reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm (§5.3). What a
        // snapshot covers is committed, and so the same in the leader's log (§7).
        if (request.PrevLogIndex >= _log.Snapshot.LastIndex && _log.TermAt(request.PrevLogIndex) != request.PrevLogTerm)
        {
            SendWhenVoteDurable(Conflict(request), effects);
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
                DeleteFromLog(index + known + 1, effects);
            }

            // Receiver 4: append any new entries not already in the log.
            var added = entries[known..];
            AppendToLog(added.Length == request.Entries.Count ? request.Entries : EntryList.Of(added), effects);
        }

        // Receiver 5: if leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry).
        var lastNew = request.LastIndex;
        _commitIndex = LogIndex.Max(_commitIndex, LogIndex.Min(request.LeaderCommit, lastNew));
        if (_received?.LastIndex <= _commitIndex)
        {
            _received = null;
        }

        SendWhenLogDurable(
            new AppendEntriesReply(Id, request.From, _currentTerm, Success: true, lastNew, Round: request.Round), lastNew, effects);
    }

    // §5.3: the follower can include the term of the conflicting entry and the first index it stores for that term.
    private AppendEntriesReply Conflict(AppendEntries request)
    {
        var conflictTerm = _log.TermAt(request.PrevLogIndex);
        var conflictIndex = conflictTerm is { } term ? _log.FirstOf(term) : _log.LastIndex.Next;
        return new AppendEntriesReply(
            Id, request.From, _currentTerm, Success: false, request.PrevLogIndex, conflictIndex, conflictTerm, request.Round);
    }
}
