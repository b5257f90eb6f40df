namespace Raft.Impl.Core;

// Figure 2, Rules for Servers: Candidates (§5.2). If AppendEntries RPC received from new leader, convert to follower: HearFromLeader. If
// election timeout elapses, start new election: OnElectionTimeout.
public sealed partial class RaftCore
{
    // On conversion to candidate, start election.
    private void StartElection(Effects effects, bool isTransfer = false)
    {
        // Increment currentTerm; vote for self (CountOwnVote); reset election timer.
        _role = Role.Candidate;
        _leader = null;
        _hasContact = false;
        FailReads(effects);
        _currentTerm = _currentTerm.Next;
        _votedFor = Id;
        _received = null;
        Array.Clear(_votes);
        effects.ElectionTimer = TimerChange.Restart;

        // Send RequestVote RPCs to all other servers. A request also says where the log ends. It waits for the write of the vote, which
        // follows every write of the log.
        foreach (var member in _members)
        {
            if (member != Id)
            {
                SendWhenVoteDurable(new RequestVote(Id, member, _currentTerm, _log.LastIndex, _log.LastTerm, isTransfer), effects);
            }
        }
    }

    // Vote for self: the vote counts once it is durable. The requests are sent only now, so the election timer restarts now.
    private void CountOwnVote(Effects effects)
    {
        if (_role == Role.Candidate && PendingVote == 0 && !_votes[_self])
        {
            _votes[_self] = true;
            effects.ElectionTimer = TimerChange.Restart;
            CountVotes(effects);
        }
    }

    private void OnRequestVoteReply(RequestVoteReply reply, Effects effects)
    {
        // A reply to an earlier election of this candidate does not count.
        if (_role == Role.Candidate && reply.Term == _currentTerm && reply.VoteGranted)
        {
            _votes[_members.IndexOf(reply.From)] = true;
            CountVotes(effects);
        }
    }

    // If votes received from majority of servers: become leader.
    private void CountVotes(Effects effects)
    {
        if (_role == Role.Candidate && IsQuorum(_votes.Count(granted => granted)))
        {
            BecomeLeader(effects);
        }
    }
}
