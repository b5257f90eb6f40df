namespace Raft.Impl.Core;

// Linearizable reads without an entry in the log: ReadIndex (dissertation §6.4) and leases (§6.4.1). The paper's §8 has only the idea.
public sealed partial class RaftCore
{
    // On leaders: the number of the last round of heartbeats, the last round that each member has answered, and the reads.
    private long _round;
    private readonly long[] _answeredRounds;
    private ReadRound? _roundInFlight;
    private ReadRequests _waitingReads = ReadRequests.None;
    private bool _hasLease;

    // On followers: the reads that the request to the leader carries, whether a heartbeat came since it was sent, and the reads that wait
    // for the next request.
    private bool _heartbeatSinceAsked;
    private ReadRequests _askedReads = ReadRequests.None;
    private ReadRequests _unaskedReads = ReadRequests.None;

    /// <summary>The number of the last round of heartbeats that this leader began, counted from its election.</summary>
    public long Round => _round;

    /// <summary>The commit index at which the round in flight began; null: no round is in flight.</summary>
    public LogIndex? ReadIndex => _roundInFlight?.ReadIndex;

    /// <summary>The last round that a member has answered; meaningful on a leader.</summary>
    /// <exception cref="IndexOutOfRangeException">It is not a member.</exception>
    public long AnsweredRoundOf(ServerId member) => _answeredRounds[_members.IndexOf(member)];

    /// <summary>
    /// Whether the server leads and holds a lease: no other server can become leader until it ends (<see cref="LeaseExpired"/>).
    /// </summary>
    public bool HasLease => _hasLease;

    /// <summary>The request for a read index that this follower has sent to its leader; null: none is unanswered.</summary>
    public long? AskedLeader => _askedReads.IsEmpty ? null : _askedReads.LastId;

    // §6.4, step 1: a leader knows what is committed only once an entry of its term is.
    private bool KnowsCommitted => _log.TermAt(_commitIndex) == _currentTerm;

    private void OnRead(Read read, Effects effects)
    {
        if (!_protocol.ReadIndex)
        {
            effects.Answer(read.Id, ReadRefusal.NotEnabled);
        }
        else if (_role == Role.Leader)
        {
            OnLeaderRead(read.Id, effects);
        }
        else if (_leader is null)
        {
            effects.Answer(read.Id, ReadRefusal.NoLeader);
        }
        else
        {
            _unaskedReads = _unaskedReads.With(Id, read.Id);
            AskLeader(effects);
        }
    }

    private void OnLeaderRead(long id, Effects effects)
    {
        // Without an entry of its term, the leader may never learn what is committed.
        if (_log.LastTerm != _currentTerm)
        {
            effects.Answer(id, ReadRefusal.NothingCommitted);
        }
        else if (_hasLease && KnowsCommitted)
        {
            // §6.4.1: within its lease, the leader needs no round.
            effects.Answer(id, _commitIndex);
        }
        else
        {
            _waitingReads = _waitingReads.With(Id, id);
        }
    }

    // Each step of a leader ends with this.
    private void AdvanceReads(Effects effects)
    {
        ConfirmRound(effects);
        if (!_waitingReads.IsEmpty && BeginRound(effects))
        {
            SendRound(effects);
            ConfirmRound(effects);
        }
    }

    // §6.4, steps 2 and 3: the leader saves its commit index as the read index, and sends a new round of heartbeats. All reads that wait
    // share it. Reads that come later wait for the next round: what they must see may be committed already.
    private bool BeginRound(Effects effects)
    {
        if (_role != Role.Leader || _roundInFlight is not null || !KnowsCommitted)
        {
            return false;
        }

        _round++;
        _roundInFlight = new ReadRound(_commitIndex, _waitingReads);
        _waitingReads = ReadRequests.None;
        effects.RoundBegun = _round;
        return true;
    }

    // These heartbeats build on what the follower is known to hold, so they say nothing about what is in flight. If that part of the log is
    // compacted, the next regular heartbeat carries the round.
    private void SendRound(Effects effects)
    {
        for (var follower = 0; follower < _members.Length; follower++)
        {
            if (follower != _self && _log.TermAt(_progress[follower].MatchIndex) is not null)
            {
                SendAppendEntries(follower, _progress[follower].MatchIndex, maxEntries: 0, effects);
            }
        }
    }

    // A member that answers a message of this round, or of a later one, followed this leader after the round began.
    private void OnAnswered(int follower, long round)
    {
        _heard[follower] |= _protocol.CheckQuorum;
        _answeredRounds[follower] = Math.Max(_answeredRounds[follower], round);
    }

    // §6.4, step 3: a majority has answered, so no other leader had begun when the round began. The leader counts itself.
    private void ConfirmRound(Effects effects)
    {
        if (_roundInFlight is not { } round || !IsQuorum(1 + _answeredRounds.Count(answered => answered >= _round)))
        {
            return;
        }

        _roundInFlight = null;
        effects.RoundConfirmed = _round;
        _hasLease = _protocol.LeaseReads && !_timeoutNowSent;
        foreach (var (server, id) in round.Reads)
        {
            if (server == Id)
            {
                effects.Answer(id, round.ReadIndex);
            }
            else
            {
                SendWhenVoteDurable(new ReadIndexReply(Id, server, _currentTerm, id, round.ReadIndex), effects);
            }
        }
    }

    // §6.4: a follower asks the leader for a read index. One request is in flight at a time, and carries all reads that wait.
    private void AskLeader(Effects effects)
    {
        if (_leader is { } leader && leader != Id && _askedReads.IsEmpty && !_unaskedReads.IsEmpty)
        {
            _askedReads = _unaskedReads;
            _unaskedReads = ReadRequests.None;
            SendReadIndexRequest(leader, effects);
        }
    }

    private void SendReadIndexRequest(ServerId leader, Effects effects)
    {
        _heartbeatSinceAsked = false;
        SendWhenVoteDurable(new ReadIndexRequest(Id, leader, _currentTerm, _askedReads.LastId), effects);
    }

    // A request or its reply may be lost. If two heartbeats come without the reply, the request is sent again.
    private void AskLeaderAgain(Effects effects)
    {
        if (!_askedReads.IsEmpty && _heartbeatSinceAsked)
        {
            SendReadIndexRequest(_leader!.Value, effects);
        }
        else
        {
            _heartbeatSinceAsked = !_askedReads.IsEmpty;
        }
    }

    private void OnReadIndexRequest(ReadIndexRequest request, Effects effects)
    {
        if (!_protocol.ReadIndex || _role != Role.Leader || request.Term != _currentTerm || _log.LastTerm != _currentTerm)
        {
            SendWhenVoteDurable(new ReadIndexReply(Id, request.From, _currentTerm, request.Id, LogIndex.Zero), effects);
            return;
        }

        // A request that was sent again joins the round of the first one.
        if (_roundInFlight?.Reads.Contains(request.From, request.Id) != true)
        {
            _waitingReads = _waitingReads.WithLatest(request.From, request.Id);
        }
    }

    private void OnReadIndexReply(ReadIndexReply reply, Effects effects)
    {
        if (reply.Term != _currentTerm || reply.Id != AskedLeader)
        {
            return;
        }

        foreach (var (_, id) in _askedReads)
        {
            if (reply.ReadIndex > LogIndex.Zero)
            {
                effects.Answer(id, reply.ReadIndex);
            }
            else
            {
                effects.Answer(id, ReadRefusal.NothingCommitted);
            }
        }

        _askedReads = ReadRequests.None;
        AskLeader(effects);
    }

    // The server no longer leads, or follows another leader, or none: the reads that wait get no index. Their clients may try again.
    private void FailReads(Effects effects)
    {
        FailReads(_roundInFlight?.Reads ?? ReadRequests.None, effects);
        FailReads(_waitingReads, effects);
        FailReads(_askedReads, effects);
        FailReads(_unaskedReads, effects);

        (_waitingReads, _askedReads, _unaskedReads) = (ReadRequests.None, ReadRequests.None, ReadRequests.None);
        (_roundInFlight, _heartbeatSinceAsked, _hasLease) = (null, false, false);
    }

    private void FailReads(ReadRequests reads, Effects effects)
    {
        foreach (var (server, id) in reads)
        {
            if (server == Id)
            {
                effects.Answer(id, ReadRefusal.LeaderChanged);
            }
        }
    }
}
