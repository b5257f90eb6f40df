namespace Raft.Impl.Core;

// Pre-vote (dissertation §9.6) and leader stickiness (§4.2.3). Not in the paper's Figure 2.
public sealed partial class RaftCore
{
    // Whether the server heard from a leader within the minimum election timeout. The core has no clock: LeaderIsSilent ends it.
    private bool _hasContact;

    /// <summary>
    /// Whether the server heard from a leader, and has not been told since that the minimum election timeout has passed (<see
    /// cref="LeaderIsSilent"/>).
    /// </summary>
    public bool HasContact => _hasContact;

    // §9.6: a server increments its term only if it learns that a majority would vote for it.
    private void StartPreVote(Effects effects)
    {
        _role = Role.PreCandidate;
        _leader = null;
        FailReads(effects);
        Array.Clear(_votes);
        _votes[_self] = true;
        effects.ElectionTimer = TimerChange.Restart;
        foreach (var member in _members)
        {
            if (member != Id)
            {
                effects.Send(new PreVote(Id, member, _currentTerm, _log.LastIndex, _log.LastTerm), after: 0);
            }
        }

        CountPreVotes(effects);
    }

    // The answer is a forecast. It changes nothing, so a server may give it to several candidates.
    private void OnPreVote(PreVote request, Effects effects)
    {
        var granted = request.Term == _currentTerm && _role != Role.Leader && IsUpToDate(request.LastLogTerm, request.LastLogIndex);
        SendWhenVoteDurable(new PreVoteReply(Id, request.From, _currentTerm, granted), effects);
    }

    private void OnPreVoteReply(PreVoteReply reply, Effects effects)
    {
        if (_role == Role.PreCandidate && reply.Term == _currentTerm && reply.VoteGranted)
        {
            _votes[_members.IndexOf(reply.From)] = true;
            CountPreVotes(effects);
        }
    }

    private void CountPreVotes(Effects effects)
    {
        if (IsQuorum(_votes.Count(granted => granted)))
        {
            StartElection(effects);
        }
    }

    // §4.2.3: a server that has a leader does not take part in an election, and does not even adopt its term. A transfer (§3.10) is no
    // disturbance: the leader itself asked for it.
    private bool Ignores(Message message) => message switch
    {
        RequestVote { IsTransfer: false } => _protocol.LeaderStickiness && (_hasContact || _role == Role.Leader),
        PreVote => _hasContact,
        _ => false,
    };
}
