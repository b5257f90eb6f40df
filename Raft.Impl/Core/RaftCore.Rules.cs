using System.Runtime.InteropServices;

namespace Raft.Impl.Core;

// Figure 2, Rules for Servers.
public sealed partial class RaftCore
{
    // All Servers: if an RPC request or response contains a term T > currentTerm, set currentTerm = T, convert to follower (§5.1).
    private void OnMessage(Message message)
    {
        _output.Rejected = ObjectionTo(message);
        if (_output.Rejected is not null)
        {
            return;
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
        }
    }

    // Not in the paper, whose servers trust each other: a message that no server of this cluster can have meant for this one costs nothing
    // but itself.
    private string? ObjectionTo(Message message)
    {
        if (message.To != Id || message.From == Id || !_members.Contains(message.From))
        {
            return $"{Id} takes messages from the other members to itself, not from {message.From} to {message.To}";
        }

        var isOfMyTerm = _role == Role.Leader && message.Term == _currentTerm;
        return message.Contradiction() ?? message switch
        {
            AppendEntries or InstallSnapshot when isOfMyTerm => $"{Id} itself leads term {_currentTerm}",
            AppendEntries request when request.Term >= _currentTerm => ConflictWithCommitted(request),
            InstallSnapshot { LastIndex: var last } request when last <= _commitIndex && request.Term >= _currentTerm => ConflictWithCommitted(last, request.LastTerm),
            AppendEntriesReply { Success: true, LastIndex: var match } when isOfMyTerm && match > _log.LastIndex => $"{Id}, which leads, holds no entry {match}",
            InstallSnapshotReply { LastIndex: var match } when isOfMyTerm && match > _log.LastIndex => $"{Id}, which leads, holds no entry {match}",
            AppendEntries or AppendEntriesReply or RequestVote or RequestVoteReply or InstallSnapshot or InstallSnapshotReply => null,
            _ => $"there is no rule for {message.GetType().Name}",
        };
    }

    // Leader Completeness (§5.4): what is committed here stands in the log of every later leader.
    private string? ConflictWithCommitted(AppendEntries request)
    {
        var conflict = ConflictWithCommitted(request.PrevLogIndex, request.PrevLogTerm);
        var index = request.PrevLogIndex.Next;
        var entries = request.Entries.Span;
        for (var i = 0; i < entries.Length && index <= _commitIndex && conflict is null; i++, index = index.Next)
        {
            conflict = ConflictWithCommitted(index, entries[i].Term);
        }

        return conflict;
    }

    private string? ConflictWithCommitted(LogIndex index, Term term) =>
        index <= _commitIndex && _log.TermAt(index) is { } committed && committed != term
            ? $"entry {index} is committed with term {committed}, not {term}"
            : null;

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

        // As much at a time as a message carries: the service asks for the rest.
        var limit = (int)Math.Min(_commitIndex - _lastApplied, _options.MaxEntriesPerMessage);
        foreach (var entry in _log.From(_lastApplied.Next, limit, _options.MaxMessageBytes).Span)
        {
            _lastApplied = _lastApplied.Next;
            _unappliedBytes -= entry.Size;
            apply.Add(new ApplyEntry(_lastApplied, entry.Term, entry.Command));
        }

        _serviceIsReady = false;
        _output.Apply = apply;
    }

    // Followers, Candidates: if the election timeout elapses, start an election. A leader has none.
    private void OnElectionTimeout()
    {
        if (_role == Role.Leader)
        {
            return;
        }

        // Not in the paper: the write of the term or the vote is still in flight, so that no other server has heard of them. Another
        // election would only follow it into the queue of a slow disk. The last term there is has no next one.
        if (PendingVote != 0 || _currentTerm == Term.Max)
        {
            _output.ElectionTimer = TimerChange.Restart;
            return;
        }

        StartElection();
    }

    // Candidates: on conversion to candidate, start election (§5.2).
    private void StartElection()
    {
        // Increment currentTerm; vote for self; reset election timer.
        _role = Role.Candidate;
        _leader = null;
        _currentTerm = _currentTerm.Next;
        _votedFor = Id;
        _received = null;
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
        ForgetInflight(_log.LastIndex);
        _output.ElectionTimer = TimerChange.Stop;

        // Leaders: upon election, send initial empty AppendEntries RPCs (heartbeat) to each server (§5.2).
        OnHeartbeatTimeout();
    }

    // Nothing is on its way to any follower; what follows an index is next.
    private void ForgetInflight(LogIndex prevIndex)
    {
        Array.Clear(_transfers);
        for (var follower = 0; follower < _windows.Length; follower++)
        {
            _windows[follower] = new ReplicationWindow(_options, prevIndex);
        }
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
            if (follower != _self)
            {
                SendHeartbeat(follower);
            }
        }
    }

    // Leaders: if command received from client, append entry to local log, respond after entry applied to state machine (§5.3).
    private void OnProposals(IReadOnlyList<Command> commands)
    {
        var proposals = new Proposal[commands.Count];
        var taken = new List<LogEntry>(_role == Role.Leader ? commands.Count : 0);
        var bytes = _unappliedBytes;
        for (var i = 0; i < proposals.Length; i++)
        {
            var entry = new LogEntry(_currentTerm, commands[i]);
            var refusal = RefusalOf(entry, bytes, _log.LastIndex + taken.Count, isFirstOfTerm: taken.Count == 0 && _log.LastTerm < _currentTerm);
            if (refusal == ProposalRefusal.None)
            {
                taken.Add(entry);
                bytes += entry.Size;
            }

            proposals[i] = new Proposal(refusal == ProposalRefusal.None ? _log.LastIndex + taken.Count : LogIndex.Zero, _currentTerm, refusal);
        }

        _output.Proposals = proposals;
        if (taken.Count > 0)
        {
            AppendToLog(CollectionsMarshal.AsSpan(taken));

            // If last log index >= nextIndex for a follower: send AppendEntries RPC with log entries starting at nextIndex (§5.3).
            for (var follower = 0; follower < _members.Length; follower++)
            {
                Replicate(follower);
            }
        }
    }

    // One that is alone is always taken; so is the first of a term, which entries of earlier terms need to be committed (§5.4.2).
    private ProposalRefusal RefusalOf(LogEntry entry, long unappliedBytes, LogIndex lastIndex, bool isFirstOfTerm) =>
        _role != Role.Leader ? ProposalRefusal.NotLeader
        : entry.Command.Length > _options.MaxMessageBytes ? ProposalRefusal.TooLarge
        : lastIndex.Value >= LogIndex.MaxValue ? ProposalRefusal.Backlog
        : unappliedBytes == 0 || isFirstOfTerm || unappliedBytes + entry.Size <= _options.MaxUncommittedBytes ? ProposalRefusal.None
        : ProposalRefusal.Backlog;

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
            SendAppendEntries(follower, _log.LastIndex, maxEntries: 0);
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
            _received = null;
        }

        if (_role == Role.Leader)
        {
            _output.HeartbeatTimer = TimerChange.Stop;
            _output.ElectionTimer = TimerChange.Restart;
            ForgetInflight(LogIndex.Zero);
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
