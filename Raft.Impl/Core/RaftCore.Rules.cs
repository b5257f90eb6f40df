namespace Raft.Impl.Core;

// Figure 2, Rules for Servers.
public sealed partial class RaftCore
{
    // All Servers: if an RPC request or response contains a term T > currentTerm, set currentTerm = T, convert to follower (§5.1).
    private void OnMessage(Message message)
    {
        if (message.To != Id || message.From == Id || !_members.Contains(message.From))
        {
            throw new ArgumentException($"{Id} got a message from {message.From} to {message.To}; it takes those from the other members to itself.");
        }

        if (message.Term > _currentTerm)
        {
            BecomeFollower(message.Term);
        }

        switch (message)
        {
            case AppendEntries request:
                OnAppendEntries(request);
                break;
            case AppendEntriesReply reply:
                OnAppendEntriesReply(reply);
                break;
            case RequestVote request:
                OnRequestVote(request);
                break;
            case RequestVoteReply reply:
                OnRequestVoteReply(reply);
                break;
            case InstallSnapshot request:
                OnInstallSnapshot(request);
                break;
            case InstallSnapshotReply reply:
                OnInstallSnapshotReply(reply);
                break;
            default:
                throw new ArgumentException($"There is no rule for {message.GetType().Name}.");
        }
    }

    // All Servers: if commitIndex > lastApplied, increment lastApplied, apply log[lastApplied] to the state machine (§5.3).
    private void ApplyCommitted()
    {
        if (!_serviceIsReady || _lastApplied >= _commitIndex)
        {
            return;
        }

        var apply = new List<ApplyMessage>();

        // §7: what the log no longer holds comes as the snapshot that replaced it.
        if (_lastApplied < _log.Snapshot.LastIndex)
        {
            apply.Add(new ApplySnapshot(_log.Snapshot));
            _lastApplied = _log.Snapshot.LastIndex;
        }

        while (_lastApplied < _commitIndex)
        {
            _lastApplied = _lastApplied.Next;
            var entry = _log[_lastApplied];
            apply.Add(new ApplyEntry(_lastApplied, entry.Term, entry.Command));
        }

        _serviceIsReady = false;
        _output.Apply = apply;
    }

    // Followers, Candidates: if the election timeout elapses, start an election. A leader has none.
    private void OnElectionTimeout()
    {
        if (_role != Role.Leader)
        {
            StartElection();
        }
    }

    // Candidates: on conversion to candidate, start election (§5.2).
    private void StartElection()
    {
        // Increment currentTerm; vote for self; reset election timer.
        _role = Role.Candidate;
        _leader = null;
        _currentTerm = _currentTerm.Next;
        _votedFor = Id;
        Array.Clear(_votes);
        _output.ElectionTimer = TimerChange.Restart;

        // Send RequestVote RPCs to all other servers. They tell where the log ends too; the write of the vote, which they wait for, comes
        // after every write of the log.
        foreach (var member in _members)
        {
            if (member != Id)
            {
                SendAfterVote(new RequestVote(Id, member, _currentTerm, _log.LastIndex, _log.LastTerm));
            }
        }
    }

    // Candidates: if votes received from a majority of servers, become leader.
    private void CountVotes()
    {
        if (_role == Role.Candidate && IsQuorum(_votes.Count(granted => granted)))
        {
            BecomeLeader();
        }
    }

    private void BecomeLeader()
    {
        _role = Role.Leader;
        _leader = Id;

        // Volatile state on leaders: nextIndex = last log index + 1, matchIndex = 0.
        Array.Fill(_progress, new Progress(_log.LastIndex.Next, LogIndex.Zero, Probing: true));
        _output.ElectionTimer = TimerChange.Stop;

        // Leaders: upon election, send initial empty AppendEntries RPCs (heartbeat) to each server (§5.2).
        OnHeartbeatTimeout();
    }

    // Leaders: repeat during idle periods to prevent election timeouts (§5.2).
    private void OnHeartbeatTimeout()
    {
        if (_role != Role.Leader)
        {
            return;
        }

        _output.HeartbeatTimer = TimerChange.Restart;
        for (var follower = 0; follower < _members.Length; follower++)
        {
            SendAppendEntries(follower);
        }
    }

    // Leaders: if command received from client, append entry to local log, respond after entry applied to state machine (§5.3).
    private void OnProposal(Command command)
    {
        if (_role != Role.Leader)
        {
            _output.Proposal = new Proposal(LogIndex.Zero, _currentTerm, IsLeader: false);
            return;
        }

        AppendToLog(new LogEntry(_currentTerm, command));
        _output.Proposal = new Proposal(_log.LastIndex, _currentTerm, IsLeader: true);

        // If last log index >= nextIndex for a follower: send AppendEntries RPC with log entries starting at nextIndex (§5.3). Where
        // nextIndex is a guess, the next heartbeat carries them: one message at a time until the guess is right.
        for (var follower = 0; follower < _members.Length; follower++)
        {
            if (!_progress[follower].Probing)
            {
                SendAppendEntries(follower);
            }
        }
    }

    // Leaders: if there exists an N such that N > commitIndex, a majority of matchIndex[i] >= N, and log[N].term == currentTerm:
    // set commitIndex = N (§5.3, §5.4).
    private void AdvanceCommitIndex()
    {
        if (_role != Role.Leader)
        {
            return;
        }

        // What a leader holds itself counts once it is durable.
        _progress[_self] = _progress[_self] with { MatchIndex = DurableIndex };
        Span<long> matches = stackalloc long[_members.Length];
        for (var i = 0; i < matches.Length; i++)
        {
            matches[i] = _progress[i].MatchIndex.Value;
        }

        matches.Sort();
        var n = new LogIndex(matches[(_members.Length - 1) / 2]);

        // §5.4.2: a leader commits only entries of its own term by counting; those before come with them.
        if (n > _commitIndex && _log.TermAt(n) == _currentTerm)
        {
            _commitIndex = n;
            for (var follower = 0; follower < _members.Length; follower++)
            {
                TellCommit(follower);
            }
        }
    }

    // Not in the paper: who holds the whole log learns at once that it is committed, not with the next heartbeat. While more is under way,
    // that brings the news.
    private void TellCommit(int follower)
    {
        if (follower != _self && _commitIndex == _log.LastIndex && _progress[follower].MatchIndex == _log.LastIndex)
        {
            SendAppendEntries(follower);
        }
    }

    // Followers, Candidates: convert to follower of a term (§5.1), or of the leader of this one (§5.2).
    private void BecomeFollower(Term term)
    {
        if (term > _currentTerm)
        {
            _currentTerm = term;
            _votedFor = null;
            _leader = null;
        }

        if (_role == Role.Leader)
        {
            _output.HeartbeatTimer = TimerChange.Stop;
            _output.ElectionTimer = TimerChange.Restart;
        }

        _role = Role.Follower;
    }

    // Followers: receiving AppendEntries from the current leader puts the election off (§5.2).
    private void HearFromLeader(ServerId leader)
    {
        Invariant(_role != Role.Leader, $"{Id} and {leader} both lead term {_currentTerm}");

        // Candidates: if AppendEntries RPC received from new leader, convert to follower.
        BecomeFollower(_currentTerm);
        _leader = leader;
        _output.ElectionTimer = TimerChange.Restart;
    }
}
