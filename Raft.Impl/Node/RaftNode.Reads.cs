using Raft.Impl.Core;

namespace Raft.Impl.Node;

// Linearizable reads, transfers of leadership, and the times that the core does not measure itself.
public sealed partial class RaftNode
{
    private readonly Dictionary<long, IReadOnlyList<TaskCompletionSource<ReadBarrier>>> _reads = [];
    private int _pendingReads;
    private long _lastRead;
    private (ServerId Target, Term Term, TaskCompletionSource<LeadershipTransferResult> Done)? _transfer;

    // When the node last heard from a leader, and when its round of heartbeats and its lease began.
    private long _contactAt;
    private long _roundBeganAt;
    private long _leaseBeganAt;

    // Dissertation §6.4.1: the leader's clock may be slow, and a follower's fast. Then the lease still ends first.
    private TimeSpan LeaseDuration =>
        _options.MinElectionTimeout * ((1 - _options.ClockDriftBound) / (1 + _options.ClockDriftBound));

    /// <summary>
    /// Waits until the service may answer a linearizable read: it has applied everything that was committed before this call, on any server
    /// (dissertation §6.4). A follower asks the leader. The service has applied an entry once it calls <c>TryRead</c> of <see
    /// cref="Committed"/> again, so it must apply each entry before that, and call it until there is no more.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Whether the service may answer now; otherwise why not, and whom to ask.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The node has stopped.</exception>
    public async Task<ReadBarrier> ReadBarrierAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Interlocked.Increment(ref _pendingReads) > _options.MaxPendingReads && !_status.HasStopped)
        {
            Interlocked.Decrement(ref _pendingReads);
            _counts.RefusedReads(ReadRefusal.Backlog, 1);
            return new ReadBarrier(LogIndex.Zero, ReadRefusal.Backlog, _status.Leader);
        }

        // A read that is cancelled keeps its place until the node has an answer to it: until then the node holds it.
        var reader = new TaskCompletionSource<ReadBarrier>(TaskCreationOptions.RunContinuationsAsynchronously);
        return await CallAsync(_inbox.PostRead(reader), reader, cancellationToken);
    }

    /// <summary>
    /// Transfers the leadership to another member (dissertation §3.10), for example before the node stops. Meanwhile the node refuses
    /// proposals (<see cref="ProposalRefusal.Transferring"/>). If the transfer does not complete within an election timeout, the node takes
    /// proposals again.
    /// </summary>
    /// <param name="target">The member that is to lead; null: the follower whose log is the most up-to-date.</param>
    /// <param name="cancellationToken">Cancels the wait, not the transfer.</param>
    /// <returns>What became of the transfer, and who leads.</returns>
    /// <exception cref="ArgumentException">The target is not another member of the cluster.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The node has stopped.</exception>
    public async Task<LeadershipTransferResult> TransferLeadershipAsync(
        ServerId? target = null, CancellationToken cancellationToken = default)
    {
        if (target is { } named && (named == Id || !_core.Members.Contains(named)))
        {
            throw new ArgumentException($"{Id} can transfer its leadership to the other members, not to {named}.", nameof(target));
        }

        cancellationToken.ThrowIfCancellationRequested();
        var done = new TaskCompletionSource<LeadershipTransferResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return await CallAsync(_inbox.PostReport(new Work(new TransferLeadership(target), Transfer: done)), done, cancellationToken);
    }

    // Waits for what the node's loop answers to a call that was posted.
    private Task<T> CallAsync<T>(Posted posted, TaskCompletionSource<T> call, CancellationToken cancellationToken) =>
        posted == Posted.Closed ? throw Stopped(_failure) : ResultOfAsync(call, cancellationToken);

    // The token cancels the call.
    private static async Task<T> ResultOfAsync<T>(TaskCompletionSource<T> call, CancellationToken cancellationToken)
    {
        var cancellation = cancellationToken.Register(() => call.TrySetCanceled(cancellationToken));
        try
        {
            return await call.Task;
        }
        finally
        {
            cancellation.Unregister();
        }
    }

    // All callers that wait share one read of the core.
    private void BeginReads(IReadOnlyList<TaskCompletionSource<ReadBarrier>> readers)
    {
        // An answer to an earlier incarnation of the node must not be taken for one to this: the names begin at random.
        if (_lastRead == 0)
        {
            _lastRead = _dependencies.Random.NextInt64(1L << 31) << 31;
        }

        _reads.Add(++_lastRead, readers);
        Handle(new Read(_lastRead), default);
    }

    private void AnswerReads(IReadOnlyList<ReadAnswer> answers)
    {
        for (var i = 0; i < answers.Count; i++)
        {
            if (_reads.Remove(answers[i].Id, out var readers))
            {
                var (_, index, refusal) = answers[i];
                if (refusal == ReadRefusal.None)
                {
                    FinishReadsAsync(readers, index);
                }
                else
                {
                    _counts.RefusedReads(refusal, readers.Count);
                    Finish(readers, new ReadBarrier(LogIndex.Zero, refusal, _core.Leader));
                }
            }
        }
    }

    // Nothing that it awaits fails.
    private async void FinishReadsAsync(IReadOnlyList<TaskCompletionSource<ReadBarrier>> readers, LogIndex index)
    {
        if (await _committed.WhenAppliedAsync(index))
        {
            Finish(readers, new ReadBarrier(index, ReadRefusal.None, _status.Leader));
        }
        else
        {
            new Work(Input: null, Readers: readers).Fail(Stopped(_failure), _status.Term);
        }
    }

    private void Finish(IReadOnlyList<TaskCompletionSource<ReadBarrier>> readers, ReadBarrier barrier)
    {
        Interlocked.Add(ref _pendingReads, -readers.Count);
        foreach (var reader in readers)
        {
            reader.TrySetResult(barrier);
        }
    }

    // A caller waits at most until the node's own election timer runs out: then no leader has announced itself.
    private void FollowTransfer(Input input, Output output, TaskCompletionSource<LeadershipTransferResult>? caller)
    {
        if (output.Transfer is { } refusal && caller is not null)
        {
            if (refusal == TransferRefusal.None)
            {
                _transfer = (_core.Transferee!.Value, _core.CurrentTerm, caller);
            }
            else
            {
                caller.TrySetResult(new(LeadershipTransferOutcome.Refused, _core.Leader, refusal));
            }
        }

        if (_transfer is not var (target, term, done))
        {
            return;
        }

        var stillLeads = _core.Role == Role.Leader && _core.CurrentTerm == term;
        LeadershipTransferOutcome? outcome =
            stillLeads ? _core.Transferee is null ? LeadershipTransferOutcome.TimedOut : null
            : _core.Leader == target ? LeadershipTransferOutcome.Transferred
            : _core.Leader is not null || _core.Role != Role.Follower || input is ElectionTimeout ? LeadershipTransferOutcome.LeadershipLost
            : null;
        if (outcome is { } known)
        {
            _transfer = null;
            done.TrySetResult(new(known, _core.Leader));
        }
    }

    // §4.2.3 and §6.4.1: the core learns that a time has passed just before the time matters.
    private void ExpireContact(Input input)
    {
        if (input is MessageReceived { Message: RequestVote or PreVote }
            && _core.HasContact
            && HasPassed(_options.MinElectionTimeout, _contactAt))
        {
            Handle(LeaderIsSilent.Instance, default);
        }
        else if (input is Read && _core.HasLease && HasPassed(LeaseDuration, _leaseBeganAt))
        {
            Handle(LeaseExpired.Instance, default);
        }
    }

    private bool HasPassed(TimeSpan time, long since) => _dependencies.TimeProvider.GetElapsedTime(since) >= time;

    // A lease lasts from the beginning of the round that confirmed it.
    private void FollowClocks(Output output)
    {
        if (!output.HeardFromLeader && output.RoundBegun == 0 && output.RoundConfirmed == 0)
        {
            return;
        }

        var now = _dependencies.TimeProvider.GetTimestamp();
        _contactAt = output.HeardFromLeader ? now : _contactAt;
        if (output.RoundConfirmed > 0 && output.RoundConfirmed != output.RoundBegun)
        {
            _leaseBeganAt = _roundBeganAt;
        }

        if (output.RoundBegun > 0)
        {
            _roundBeganAt = now;
            _leaseBeganAt = output.RoundConfirmed == output.RoundBegun ? now : _leaseBeganAt;
        }
    }

    private void FailClients(Exception stopped)
    {
        foreach (var readers in _reads.Values)
        {
            new Work(Input: null, Readers: readers).Fail(stopped, _status.Term);
        }

        _transfer?.Done.TrySetException(stopped);
    }
}
