using System.Numerics;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Raft.Impl.Core;
using Raft.Impl.Logging;

namespace Raft.Impl.Node;

/// <summary>
/// A running server: the async shell around <see cref="RaftCore"/>. It owns the core, the timers and what is in flight. Only its own loop
/// touches them, one input at a time. The labs' Make() is <see cref="StartAsync"/>, Start() is <see
/// cref="ProposeAsync"/>, GetState() is <see cref="Status"/>, applyCh is <see cref="Committed"/>, Snapshot() is <see cref="CompactAsync"/>,
/// and Kill() is <see cref="DisposeAsync"/>. Every public member may be used from any thread.
/// </summary>
public sealed partial class RaftNode : IAsyncDisposable
{
    private readonly RaftNodeOptions _options;
    private readonly RaftNodeDependencies _dependencies;
    private readonly GuardedLogger _logger;
    private readonly RaftCore _core;
    private readonly Inbox _inbox;
    private readonly ApplyQueue _committed;
    private readonly HeldMessages _held = new();
    private readonly CommitNotices _notices = new();
    private readonly Queue<(long Write, TaskCompletionSource<LogIndex> Done)> _compactions = new();
    private readonly Queue<(long Sequence, long Bytes, Task Completion)> _writes = new();
    private readonly IDisposable _listener;
    private readonly NodeCounts _counts;
    private readonly PublishedProgress _followers;
    private readonly PublishedStatus _status;
    private Output? _output;
    private long _lastWrite;
    private long _durable;
    private long _bytesInFlight;
    private Exception? _failure;

    private RaftNode(RaftNodeOptions options, RaftNodeDependencies dependencies, NodeCounts counts, GuardedLogger logger, RaftCore core)
    {
        _options = options;
        _dependencies = dependencies;
        _counts = counts;
        _logger = logger;
        _core = core;
        _status = new PublishedStatus(core);
        _followers = new PublishedProgress(core);
        _leaders = new LeaderWatch(options.Id);
        _contactAt = dependencies.TimeProvider.GetTimestamp();
        _inbox = new Inbox(options.MaxInboxBytes, options.Core);
        _replications = new PendingReplications(() => _status.Leader);
        if (core.Log.Snapshot.Data.Content is { } stored)
        {
            _contents.Add(stored);
        }

        _committed = new ApplyQueue(() => _inbox.PostReport(new Work(ReadyToApply.Instance)), _replications);
        Observe(null, null);

        // §7: the service starts empty, so it gets the snapshot first, before any message can cause entries to be applied.
        _inbox.PostReport(new Work(ReadyToApply.Instance));
        _listener = dependencies.Transport.Listen(core.Id, Receive);
        try
        {
            _electionTimer = dependencies.TimeProvider.CreateTimer(ElectionTimer, this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _heartbeatTimer = dependencies.TimeProvider.CreateTimer(
                HeartbeatTimer, this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            ChangeElectionTimer(TimerChange.Restart, voteIsDurable: false);
        }
        catch
        {
            ReleaseTimersAndListener();
            throw;
        }

        Completion = RunAsync();
    }

    /// <summary>The node's name.</summary>
    public ServerId Id => _options.Id;

    /// <summary>The node's status now. After it has stopped: its last status, except that it no longer leads.</summary>
    public NodeStatus Status
    {
        get
        {
            var status = _status.Read();
            return status with
            {
                LastApplied = _committed.LastTaken,
                Followers = status.IsLeader ? _followers.Read() : [],
            };
        }
    }

    /// <summary>What the node has refused, dropped or failed to do since it started.</summary>
    public NodeCounters Counters => _counts.Read();

    /// <summary>
    /// What was committed: each entry once, in the order of the log, or a snapshot that moves the service forward. The service starts
    /// empty, so the channel starts with the stored snapshot, if there is one, and then has the rest of the log again. A slow service holds
    /// back the entries for it. Once too many wait (<see cref="CoreOptions.MaxUncommittedBytes"/>), the node refuses proposals. What was
    /// taken counts as applied once <c>TryRead</c> is called again. The channel completes when the node stops; with the failure, if an
    /// error stopped it.
    /// </summary>
    public ChannelReader<ApplyMessage> Committed => _committed;

    /// <summary>
    /// Completes when the node has stopped and its writes are done. It fails with the reason if an error stopped the node.
    /// </summary>
    public Task Completion { get; }

    /// <summary>Starts a node. It reads its storage, and then takes part in the cluster.</summary>
    /// <remarks>The node stays on the synchronization context that it is started on; without one, on the thread pool.</remarks>
    /// <param name="options">The node's name, the members, and the limits.</param>
    /// <param name="dependencies">The node's storage, network, clock and the like.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="ArgumentNullException">An argument is null, or a part of one that must not be.</exception>
    /// <exception cref="ArgumentException">
    /// The options contradict themselves: no members, one twice, its own name missing, timeouts out of order; or one is out of its range.
    /// </exception>
    /// <exception cref="InvalidOperationException">Another node uses the storage, or listens by the same name.</exception>
    /// <exception cref="InvalidDataException">The storage contradicts itself.</exception>
    /// <exception cref="IOException">
    /// The storage cannot be read, or refuses what it holds (<see cref="Storage.Files.StorageRefusedException"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">The start was cancelled.</exception>
    public static async Task<RaftNode> StartAsync(
        RaftNodeOptions options, RaftNodeDependencies dependencies, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(dependencies);
        options.Validate();
        dependencies.Validate();
        var counts = new NodeCounts(options.Id);
        var logger = new GuardedLogger(dependencies.Logger, counts.LoggerFailure);
        var durable = await dependencies.Storage.OpenAsync(cancellationToken);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var core = new RaftCore(options.Id, options.Members, durable, options.Core, options.Protocol);
            return new RaftNode(options, dependencies, counts, logger, core);
        }
        catch
        {
            // The caller gets the reason why the start failed. A failure of the clean-up is only logged.
            try
            {
                await CloseInTimeAsync(dependencies.Storage.CloseAsync().AsTask(), options, dependencies);
            }
            catch (Exception exception)
            {
                LogReleaseFailed(logger, exception, "storage", options.Id);
            }

            throw;
        }
    }

    /// <summary>
    /// Proposes a command. Returns as soon as the node has answered, without waiting for replication; whether the command is ever
    /// committed shows in <see cref="Committed"/>: the entry at that index, with that term.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Cancels the wait. It does not take the command back: the command may still be committed.</param>
    /// <returns>If the node took the command: its index and its term. Otherwise: why not.</returns>
    /// <exception cref="ArgumentException">The command is larger than <see cref="CoreOptions.MaxMessageBytes"/>.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The node has stopped.</exception>
    public Task<Proposal> ProposeAsync(Command command, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<Proposal>(cancellationToken);
        }

        var answer = new TaskCompletionSource<Proposal>(TaskCreationOptions.RunContinuationsAsynchronously);
        PostProposal(command, new Proposer(answer, null));
        return cancellationToken.CanBeCanceled ? ResultOfAsync(answer, cancellationToken) : answer.Task;
    }

    private void PostProposal(Command command, Proposer proposer)
    {
        if (command.Length > _options.Core.MaxMessageBytes)
        {
            throw new ArgumentException(
                $"The command has {command.Length} bytes; "
                + $"{nameof(CoreOptions.MaxMessageBytes)} allows at most {_options.Core.MaxMessageBytes}.",
                nameof(command));
        }

        switch (_inbox.PostProposal(command, proposer))
        {
            case Posted.Closed:
                throw Stopped(_failure);
            case Posted.Full:
                _counts.RefusedProposal();
                proposer.Answer(new Proposal(LogIndex.Zero, _status.Term, ProposalRefusal.Backlog), _status.Leader);
                break;
        }
    }

    /// <summary>
    /// Gives the node a snapshot of the service's state up to an index, so that the node can discard the log up to that index. It may be
    /// called at any time, even while a message from <see cref="Committed"/> is being applied. A snapshot that is not newer than the
    /// current one changes nothing.
    /// </summary>
    /// <param name="lastIndex">The last index that the snapshot covers.</param>
    /// <param name="data">The service's state; the bytes belong to the node from now on.</param>
    /// <param name="cancellationToken">Cancels the wait, not the compaction.</param>
    /// <returns>Completes when the snapshot is durable.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The service has not taken the entry at that index yet.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The node has stopped.</exception>
    public Task CompactAsync(LogIndex lastIndex, SnapshotData data, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        var taken = _committed.LastTaken;
        if (lastIndex > taken)
        {
            throw new ArgumentOutOfRangeException(
                nameof(lastIndex), lastIndex,
                $"{Id} was asked to compact its log up to {lastIndex}, but its service has applied only up to {taken}.");
        }

        var done = new TaskCompletionSource<LogIndex>(TaskCreationOptions.RunContinuationsAsynchronously);
        return CallAsync(_inbox.PostReport(new Work(new Compact(lastIndex, data), Compaction: done)), done, cancellationToken);
    }

    /// <summary>
    /// Stops the node for good. Calls that wait for it fail at once. Completes when its writes are done, so that another node may be
    /// started on the same storage; if they are not by <see cref="RaftNodeOptions.StopTimeout"/>, the storage stays taken.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _inbox.PostReport(Work.Stop);

        // Does not throw: Completion reports how the node ended, and disposing of a failed node is not an error.
        await Task.WhenAny((Task[])[Completion]);
    }

    private async Task RunAsync()
    {
        try
        {
            await HandleAllAsync();
        }
        catch (Exception exception)
        {
            _failure = exception;
        }

        try
        {
            await EndAsync();
        }
        catch (Exception exception)
        {
            _failure = _failure is null ? exception : new AggregateException(_failure.Message, _failure, exception);
        }

        if (_failure is not null)
        {
            LogFailed(_logger, _failure, Id);
            ExceptionDispatchInfo.Throw(_failure);
        }
    }

    private async Task HandleAllAsync()
    {
        while (true)
        {
            await _inbox.WakeUps.ReadAsync();
            while (_inbox.TryTake(out var work))
            {
                if (work.IsPause)
                {
                    await Task.Yield();
                    continue;
                }

                if (work.Readers is { } readers)
                {
                    BeginReads(readers);
                    continue;
                }

                if (work.ChunkRead is { } chunk)
                {
                    OnChunkRead(chunk);
                    continue;
                }

                if (work.Input is null)
                {
                    if (work.Failure is not null)
                    {
                        throw work.Failure as StateMachineException
                            ?? (Exception)new IOException($"The storage of {Id} failed, so it stops.", work.Failure);
                    }

                    return;
                }

                if (work.Input is MessageReceived { Message: InstallSnapshot arrived } && TryWriteChunk(arrived))
                {
                    continue;
                }

                try
                {
                    Handle(work.Input, work);
                }
                catch (Exception exception)
                {
                    work.Fail(Stopped(exception), _status.Term);
                    throw;
                }

                if (work.ChunkWritten)
                {
                    OnChunkWritten();
                }

                if (work.Proposals is { } answered)
                {
                    _inbox.Reuse(answered);
                }
            }

            while (_core.ServiceIsReady && _notices.TryTake(out var notice))
            {
                Send(notice);
            }
        }
    }

    private void Receive(Message message)
    {
        if (message is null)
        {
            _counts.RejectedMessage();
        }
        else if (_inbox.PostMessage(message) == Posted.Full)
        {
            _counts.DroppedMessage();
        }
    }

    private void Handle(Input input, Work work)
    {
        if (input is ElectionTimeout && !IsElectionDue())
        {
            return;
        }

        ExpireContact(input);

        if (input is Propose && _bytesInFlight > _options.Core.MaxUncommittedBytes)
        {
            RefuseProposals(work);
            return;
        }

        var term = _core.CurrentTerm;

        // The loop is done with the output of the last step, and observers do not keep it.
        var output = _output = _core.StepInto(_output, input);
        Observe(input, output);
        FollowClocks(output);
        if (output.Rejected is { } why)
        {
            Reject(why);
        }

        if (_core.CurrentTerm != term)
        {
            // All held messages are of an earlier term.
            _held.Clear();
        }

        if (_core.Role != Role.Leader)
        {
            _notices.Clear();
        }

        if (output.Write is { } write)
        {
            var bytes = write.Log?.Entries.Size ?? 0;
            _lastWrite = write.Sequence;
            _bytesInFlight += bytes;
            _writes.Enqueue((write.Sequence, bytes, PersistAsync(write)));
        }

        FollowSnapshots(input, output);
        if (input is WriteDurable durable)
        {
            OnDurable(durable.Sequence);
        }

        for (var i = 0; i < output.Messages.Count; i++)
        {
            var message = output.Messages[i];
            if (message is { OnlyTellsCommit: true, Message: AppendEntries notice })
            {
                _notices.Add(notice);
            }
            else if (message.After <= _durable)
            {
                Send(message.Message);
            }
            else
            {
                _held.Add(message);
            }
        }

        ChangeElectionTimer(output.ElectionTimer, voteIsDurable: input is WriteDurable);
        ChangeHeartbeatTimer(output.HeartbeatTimer);
        if (output.Apply.Count > 0)
        {
            _committed.Put(output.Apply);
        }

        FollowLeadership();
        Measure(input, output);
        PublishStatus();
        AnswerReads(output.Reads);
        FollowTransfer(input, output, work.Transfer);
        for (var i = 0; i < output.Proposals.Count; i++)
        {
            if (output.Proposals[i].Refusal == ProposalRefusal.Backlog)
            {
                _counts.RefusedProposal();
            }

            if (work.Proposals is { } proposals)
            {
                Answer(proposals.Proposers[i], output.Proposals[i]);
            }
        }

        if (work.Compaction is { } done)
        {
            // A snapshot that is not newer than the current one waits for the current one, whose write may still be in flight.
            if (_lastWrite > _durable)
            {
                _compactions.Enqueue((_lastWrite, done));
            }
            else
            {
                done.TrySetResult(_core.Log.Snapshot.LastIndex);
            }
        }
    }

    private void Reject(string why)
    {
        var count = _counts.RejectedMessage();
        if (BitOperations.IsPow2(count))
        {
            LogRejected(_logger, Id, why, count);
        }
    }

    private void OnDurable(long sequence)
    {
        _durable = Math.Max(_durable, sequence);
        while (_held.TryRelease(_durable, out var message))
        {
            if (!_core.IsStale(message))
            {
                Send(message);
            }
        }

        while (_compactions.TryPeek(out var compaction) && compaction.Write <= _durable)
        {
            _compactions.Dequeue().Done.TrySetResult(_core.Log.Snapshot.LastIndex);
        }

        while (_writes.TryPeek(out var write) && write.Sequence <= _durable)
        {
            _bytesInFlight -= _writes.Dequeue().Bytes;
        }
    }

    // If the leader's disk is slower than the disks of a quorum of followers, entries that are committed and applied can wait for it
    // without bound.
    private void RefuseProposals(Work work)
    {
        var why = _core.Role == Role.Leader ? ProposalRefusal.Backlog : ProposalRefusal.NotLeader;
        foreach (var proposer in work.Proposals?.Proposers ?? [])
        {
            _counts.RefusedProposal(why);
            Answer(proposer, new Proposal(LogIndex.Zero, _core.CurrentTerm, why));
        }
    }

    private void Send(Message message)
    {
        if (message is InstallSnapshot { Data.IsStored: true } chunk)
        {
            ReadChunk(chunk);
            return;
        }

        _notices.RemoveToldBy(message);
        try
        {
            _dependencies.Transport.Send(message);
        }
        catch (Exception exception)
        {
            var count = _counts.FailedSend();
            if (BitOperations.IsPow2(count))
            {
                LogSendFailed(_logger, exception, Id, message.To, count);
            }
        }
    }

    // Without an input: the start. Otherwise a step.
    private void Observe(Input? input, Output? output)
    {
        try
        {
            if (input is null || output is null)
            {
                _dependencies.Observer?.Started(_core);
            }
            else
            {
                _dependencies.Observer?.Stepped(_core, input, output);
            }
        }
        catch (Exception exception)
        {
            var count = _counts.ObserverFailure();
            if (BitOperations.IsPow2(count))
            {
                LogObserverFailed(_logger, exception, Id, count);
            }
        }
    }

    private async Task PersistAsync(RaftWrite write)
    {
        try
        {
            await _dependencies.Storage.WriteAsync(write);
        }
        catch (Exception exception)
        {
            _inbox.PostReport(new Work(Input: null, Failure: exception));
            return;
        }

        _inbox.PostDurable(write.Sequence);
    }

    private void PublishStatus()
    {
        if (_core.Role == Role.Leader)
        {
            _followers.Publish();
        }

        var role = _status.Role;
        _status.Publish();
        if (role != _core.Role)
        {
            LogRole(_logger, Id, _core.Role, _core.CurrentTerm);
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Server} is {Role} in term {Term}")]
    private static partial void LogRole(ILogger logger, ServerId server, Role role, Term term);

    [LoggerMessage(EventId = 2, Level = LogLevel.Critical, Message = "{Server} stops because of an error")]
    private static partial void LogFailed(ILogger logger, Exception exception, ServerId server);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "{Server} rejected a message: {Why} ({Count} so far)")]
    private static partial void LogRejected(ILogger logger, ServerId server, string why, long count);

    [LoggerMessage(EventId = 4, Level = LogLevel.Warning, Message = "{Server} could not send a message to {To} ({Count} so far)")]
    private static partial void LogSendFailed(ILogger logger, Exception exception, ServerId server, ServerId to, long count);

    [LoggerMessage(EventId = 5, Level = LogLevel.Error, Message = "The observer of {Server} failed ({Count} times so far)")]
    private static partial void LogObserverFailed(ILogger logger, Exception exception, ServerId server, long count);

    [LoggerMessage(EventId = 6, Level = LogLevel.Error, Message = "The {Part} of {Server} failed to close")]
    private static partial void LogReleaseFailed(ILogger logger, Exception exception, string part, ServerId server);

    [LoggerMessage(EventId = 7, Level = LogLevel.Error, Message = "A callback of a token of {Server} failed")]
    private static partial void LogCallbackFailed(ILogger logger, Exception exception, ServerId server);
}
