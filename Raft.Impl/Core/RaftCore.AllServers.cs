namespace Raft.Impl.Core;

// Figure 2, Rules for Servers: All Servers.
public sealed partial class RaftCore
{
    // If commitIndex > lastApplied, increment lastApplied, apply log[lastApplied] to the state machine (§5.3).
    private void ApplyCommitted(Effects effects)
    {
        if (!_serviceIsReady || _lastApplied >= _commitIndex)
        {
            return;
        }

        // §7: entries that the log no longer holds reach the service as the snapshot that replaced them.
        var snapshot = _lastApplied < _log.Snapshot.LastIndex ? _log.Snapshot : null;
        _lastApplied = snapshot?.LastIndex ?? _lastApplied;

        // At most as many entries at a time as a message carries, and as are contiguous in memory. The service asks for the rest.
        var limit = (int)Math.Min(_commitIndex - _lastApplied, _options.MaxEntriesPerMessage);
        var entries = _log.RunFrom(_lastApplied.Next, limit, _options.MaxMessageBytes);
        effects.Apply = new ApplyBatch(snapshot, _lastApplied.Next, entries);
        _lastApplied += entries.Count;
        _unappliedBytes -= entries.Size;
        _serviceIsReady = false;
    }

    // If RPC request or response contains a term T > currentTerm, set currentTerm = T, convert to follower (§5.1).
    private void OnMessage(Message message, Effects effects)
    {
        effects.Rejected = ObjectionTo(message);
        if (effects.Rejected is not null)
        {
            return;
        }

        if (Ignores(message))
        {
            return;
        }

        if (message.Term > _currentTerm)
        {
            BecomeFollower(message.Term, effects);
        }

        switch (message)
        {
            case AppendEntries request:
                OnAppendEntries(request, effects);
                break;
            case AppendEntriesReply reply:
                OnAppendEntriesReply(reply, effects);
                break;
            case RequestVote request:
                OnRequestVote(request, effects);
                break;
            case RequestVoteReply reply:
                OnRequestVoteReply(reply, effects);
                break;
            case InstallSnapshot request:
                OnInstallSnapshot(request, effects);
                break;
            case InstallSnapshotReply reply:
                OnInstallSnapshotReply(reply, effects);
                break;
            case PreVote request:
                OnPreVote(request, effects);
                break;
            case PreVoteReply reply:
                OnPreVoteReply(reply, effects);
                break;
            case TimeoutNow request:
                OnTimeoutNow(request, effects);
                break;
            case ReadIndexRequest request:
                OnReadIndexRequest(request, effects);
                break;
            case ReadIndexReply reply:
                OnReadIndexReply(reply, effects);
                break;
        }

        if (message is AppendEntries { Entries.Count: 0 } or InstallSnapshot { Data.Length: 0, Done: false } && message.From == _leader)
        {
            AskLeaderAgain(effects);
        }
    }

    // Converts to follower: of a later term (§5.1), or of the leader of the current term (§5.2).
    private void BecomeFollower(Term term, Effects effects)
    {
        if (term > _currentTerm || _role == Role.Leader)
        {
            FailReads(effects);
        }

        if (term > _currentTerm)
        {
            _currentTerm = term;
            _votedFor = null;
            _leader = null;
            _received = null;
        }

        if (_role == Role.Leader)
        {
            EndTransfer();
            effects.HeartbeatTimer = TimerChange.Stop;
            effects.ElectionTimer = TimerChange.Restart;
            ForgetInflight(LogIndex.Zero);
        }

        _role = Role.Follower;
    }
}
