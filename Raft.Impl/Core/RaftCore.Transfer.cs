namespace Raft.Impl.Core;

// Leadership transfer (dissertation §3.10) and the check of the quorum (§6.2). Not in the paper's Figure 2.
public sealed partial class RaftCore
{
    // On leaders: the follower that is to lead next, and whether it has been asked to.
    private ServerId? _transferee;
    private bool _isAskedToStand;

    // Whether any follower was asked to stand for election in this term.
    private bool _timeoutNowSent;

    // On leaders: who has answered since the last check, by position in the membership.
    private readonly bool[] _heard;

    /// <summary>The follower to which the server transfers its leadership; null: no transfer is under way.</summary>
    public ServerId? Transferee => _transferee;

    /// <summary>Whether a member has answered this leader since its last check of the quorum.</summary>
    /// <exception cref="IndexOutOfRangeException">It is not a member.</exception>
    public bool HasHeardFrom(ServerId member) => _heard[_members.IndexOf(member)];

    // §3.10, step 1: the leader stops accepting new client requests (RefusalOf).
    private void OnTransfer(TransferLeadership transfer, Effects effects)
    {
        if (transfer.Target is { } named && (named == Id || !_members.Contains(named)))
        {
            throw new ArgumentException($"{Id} can transfer its leadership to the other members, not to {named}.", nameof(transfer));
        }

        effects.Transfer = !_protocol.LeadershipTransfer ? TransferRefusal.NotEnabled
            : _role != Role.Leader ? TransferRefusal.NotLeader
            : _transferee is not null ? TransferRefusal.UnderWay
            : _members.Length == 1 ? TransferRefusal.NoOtherMember
            : TransferRefusal.None;
        if (effects.Transfer == TransferRefusal.None)
        {
            // The election timer bounds the transfer.
            _transferee = transfer.Target ?? MostUpToDateFollower();
            effects.ElectionTimer = TimerChange.Restart;
            SendTimeoutNow(effects);
        }
    }

    private ServerId MostUpToDateFollower()
    {
        var best = _self == 0 ? 1 : 0;
        for (var follower = 0; follower < _members.Length; follower++)
        {
            if (follower != _self && _progress[follower].MatchIndex > _progress[best].MatchIndex)
            {
                best = follower;
            }
        }

        return _members[best];
    }

    // §3.10, step 2: the leader brings the target's log up to date, as it does for every follower. Step 3: then it sends TimeoutNow, once.
    private void SendTimeoutNow(Effects effects)
    {
        if (_transferee is { } target && !_isAskedToStand && _progress[_members.IndexOf(target)].MatchIndex == _log.LastIndex)
        {
            // The target may win an election at any time from now on: a lease would no longer exclude another leader.
            (_isAskedToStand, _timeoutNowSent, _hasLease) = (true, true, false);
            effects.Send(new TimeoutNow(Id, target, _currentTerm), after: 0);
        }
    }

    // §3.10, step 4: the target starts an election at once, as if its election timer had run out.
    private void OnTimeoutNow(TimeoutNow request, Effects effects)
    {
        if (request.Term == _currentTerm && PendingVote == 0 && _currentTerm != Term.Max)
        {
            StartElection(effects, isTransfer: true);
        }
    }

    // The election timer of a leader ran out.
    private void OnLeaderTimeout(Effects effects)
    {
        // §3.10: if the transfer does not complete after about an election timeout, the leader resumes accepting client requests.
        EndTransfer();
        if (!_protocol.CheckQuorum)
        {
            effects.ElectionTimer = TimerChange.Stop;
            return;
        }

        // §6.2: a leader steps down if an election timeout elapses without a round of heartbeats to a majority. It counts itself.
        if (IsQuorum(1 + _heard.Count(heard => heard)))
        {
            Array.Clear(_heard);
            effects.ElectionTimer = TimerChange.Restart;
        }
        else
        {
            BecomeFollower(_currentTerm, effects);
            _leader = null;
        }
    }

    private void EndTransfer() => (_transferee, _isAskedToStand) = (null, false);
}
