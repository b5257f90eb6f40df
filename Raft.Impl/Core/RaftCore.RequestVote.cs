namespace Raft.Impl.Core;

// Figure 2, RequestVote RPC: invoked by candidates to gather votes (§5.2).
public sealed partial class RaftCore
{
    private void OnRequestVote(RequestVote request, Effects effects)
    {
        // Receiver 1: reply false if term < currentTerm (§5.1).
        // Receiver 2: if votedFor is null or candidateId, and candidate's log is at least as up-to-date as receiver's log, grant vote
        // (§5.2, §5.4).
        var granted = request.Term == _currentTerm
            && (_votedFor is null || _votedFor == request.From)
            && IsUpToDate(request.LastLogTerm, request.LastLogIndex);
        if (granted)
        {
            _votedFor = request.From;

            // A server that was about to stand for election itself (pre-vote) does not.
            _role = Role.Follower;

            // Followers: granting a vote puts the server's election off (§5.2); refusing one does not.
            effects.ElectionTimer = TimerChange.Restart;
        }

        SendWhenVoteDurable(new RequestVoteReply(Id, request.From, _currentTerm, granted), effects);
    }

    // §5.4.1: the log with the later last term is more up-to-date; of two that end with the same term, the longer one.
    private bool IsUpToDate(Term lastLogTerm, LogIndex lastLogIndex) =>
        lastLogTerm > _log.LastTerm || (lastLogTerm == _log.LastTerm && lastLogIndex >= _log.LastIndex);
}
