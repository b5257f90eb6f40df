namespace Raft.Impl.Core;

// Figure 2, Rules for Servers: Followers (§5.2). They respond to RPCs from candidates and leaders: OnRequestVote, OnAppendEntries and
// OnInstallSnapshot.
public sealed partial class RaftCore
{
    // Followers: if election timeout elapses without receiving AppendEntries RPC from current leader or granting vote to candidate, convert
    // to candidate. Candidates: if election timeout elapses, start new election. A leader has no election timeout.
    private void OnElectionTimeout(Effects effects)
    {
        if (_role == Role.Leader)
        {
            if (_protocol.CheckQuorum || _transferee is not null)
            {
                OnLeaderTimeout(effects);
            }

            return;
        }

        // Every election timeout is at least the minimum one.
        _hasContact = false;

        // Not in the paper: while the write of the term or the vote is in flight, no other server knows them. On a slow disk, the write of
        // another election would only queue behind it. No election starts in the last term either.
        if (PendingVote != 0 || _currentTerm == Term.Max)
        {
            effects.ElectionTimer = TimerChange.Restart;
            return;
        }

        if (_protocol.PreVote)
        {
            StartPreVote(effects);
        }
        else
        {
            StartElection(effects);
        }
    }

    // Followers: AppendEntries RPC from current leader restarts the election timeout (§5.2).
    private void HearFromLeader(ServerId leader, Effects effects)
    {
        Invariant(_role != Role.Leader, $"{Id} and {leader} both lead term {_currentTerm}");

        // Candidates: if AppendEntries RPC received from new leader, convert to follower.
        BecomeFollower(_currentTerm, effects);
        _leader = leader;
        _hasContact = _protocol.TracksContact;
        effects.HeardFromLeader = true;
        effects.ElectionTimer = TimerChange.Restart;
    }
}
