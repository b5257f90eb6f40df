using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// A running server: the async shell around <see cref="RaftCore"/>. It owns the core, the timers and what is in flight; all of it is touched
/// from its own loop alone, one input after the other. The labs' Make() is <see cref="StartAsync"/>, Start() is <see cref="ProposeAsync"/>,
/// GetState() is <see cref="Status"/>, applyCh is <see cref="Committed"/>, Snapshot() is <see cref="CompactAsync"/>, and Kill() is
/// <see cref="DisposeAsync"/>. Every public member may be used from any thread.
/// </summary>
public sealed partial class RaftNode : IAsyncDisposable
{
    private readonly RaftNodeOptions _options;
    private readonly RaftPorts _ports;
    private readonly RaftCore _core;
    private readonly Inbox<Work> _inbox = new();
    private readonly ApplyQueue _committed;
    private readonly ITimer _electionTimer;
    private readonly ITimer _heartbeatTimer;
    private readonly List<OutgoingMessage> _heldMessages = [];
    private readonly Queue<(long Write, TaskCompletionSource Done)> _compactions = new();
    private readonly IDisposable _listener;
    private volatile NodeStatus _status;
    private TimeSpan _electionTimeout;
    private Term? _electionTimeoutTerm;
    private int _electionTimerRuns;
    private long _lastWrite;
    private long _durable;

    private RaftNode(RaftNodeOptions options, RaftPorts ports, RaftCore core)
    {
        _options = options;
        _ports = ports;
        _core = core;
        _status = NodeStatus.Of(core);
        _committed = new ApplyQueue(() => _inbox.Post(new Work(ReadyToApply.Instance)));
        _electionTimer = ports.Time.CreateTimer(
            static node => ((RaftNode)node!).OnElectionTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _heartbeatTimer = ports.Time.CreateTimer(
            static node => ((RaftNode)node!)._inbox.Post(new Work(HeartbeatTimeout.Instance)), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        ports.Observer?.Started(core);

        // §7: the service, which starts empty, gets the snapshot first; before any message can have anything else given to it.
        _inbox.Post(new Work(ReadyToApply.Instance));
        _listener = ports.Transport.Listen(core.Id, message => _inbox.Post(new Work(new MessageReceived(message))));
        ChangeElectionTimer(TimerChange.Restart);
        Completion = RunAsync();
    }

    /// <summary>The node's name.</summary>
    public ServerId Id => _options.Id;

    /// <summary>What the node is now.</summary>
    public NodeStatus Status => _status;

    /// <summary>
    /// What was committed: each entry once, in the order of the log, or a snapshot that moves the service forward. It starts with the
    /// stored snapshot, if there is one, and goes over the rest of the log again: the service starts empty. A service that is slow holds
    /// back what is prepared for it, and nothing else. The channel completes when the node stops.
    /// </summary>
    public ChannelReader<ApplyMessage> Committed => _committed;

    /// <summary>Completes when the node has stopped; it fails with the reason if the node had to stop because of an error.</summary>
    public Task Completion { get; }

    /// <summary>Starts a node: it reads its storage, and takes part from then on.</summary>
    /// <remarks>The node stays on the synchronization context that it is started on; without one, on the thread pool.</remarks>
    /// <param name="options">Who it is.</param>
    /// <param name="ports">Its world.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="ArgumentException">The options contradict themselves: no members, one twice, the own name missing, timeouts out of order.</exception>
    /// <exception cref="InvalidDataException">The storage is damaged or contradicts itself.</exception>
    public static async Task<RaftNode> StartAsync(RaftNodeOptions options, RaftPorts ports, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(ports);
        options.Validate();
        var durable = await ports.Storage.ReadAsync(cancellationToken);
        return new RaftNode(options, ports, new RaftCore(options.Id, options.Members, durable, options.Core));
    }

    /// <summary>
    /// Proposes a command. Returns as soon as the node has answered, without waiting for replication; whether the command is ever
    /// committed shows in <see cref="Committed"/>: the entry at that index, with that term.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <returns>Whether the node leads, and if so at which index and in which term it put the command.</returns>
    /// <exception cref="ObjectDisposedException">The node has stopped.</exception>
    public Task<Proposal> ProposeAsync(Command command)
    {
        var answer = new TaskCompletionSource<Proposal>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new Work(new Propose(command), Proposal: answer));
        return answer.Task;
    }

    /// <summary>
    /// Says that the service's state up to an index is in a snapshot, so that the log up to there may go. It may be called at any time, also
    /// while a message from <see cref="Committed"/> is being applied. One that is older than the snapshot there is changes nothing.
    /// </summary>
    /// <param name="lastIndex">The last index whose effect the snapshot holds.</param>
    /// <param name="data">The service's state; the bytes belong to the node from now on.</param>
    /// <returns>Completes when the snapshot is durable.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The service has not taken the entry at that index yet.</exception>
    /// <exception cref="ObjectDisposedException">The node has stopped.</exception>
    public Task CompactAsync(LogIndex lastIndex, Command data)
    {
        var taken = _committed.LastTaken;
        if (lastIndex > taken)
        {
            throw new ArgumentOutOfRangeException(
                nameof(lastIndex), lastIndex, $"{Id} was asked to compact its log up to {lastIndex}, but its service has applied only up to {taken}.");
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new Work(new Compact(lastIndex, data), Compaction: done));
        return done.Task;
    }

    /// <summary>Stops the node for good. What is durable stays; another node may be started on the same storage.</summary>
    public async ValueTask DisposeAsync()
    {
        _inbox.Post(Work.Stop);

        // Without throwing: Completion tells how the node ended; disposing of a failed one is no error.
        await Task.WhenAny((Task[])[Completion]);
    }

    private async Task RunAsync()
    {
        Exception? failure = null;
        try
        {
            while (true)
            {
                await _inbox.WaitAsync();
                while (_inbox.TryTake(out var work))
                {
                    if (work.Input is null)
                    {
                        if (work.Failure is not null)
                        {
                            throw new IOException($"The storage of {Id} failed, so it stops.", work.Failure);
                        }

                        return;
                    }

                    try
                    {
                        Handle(work.Input, work);
                    }
                    catch (Exception exception)
                    {
                        work.Fail(Stopped(exception));
                        throw;
                    }
                }
            }
        }
        catch (Exception exception)
        {
            failure = exception;
            LogFailed(_ports.Logger, exception, Id);
            throw;
        }
        finally
        {
            Close(failure);
        }
    }

    private void Handle(Input input, Work work)
    {
        // The timer was put off after it ran out, by something that was handled in between.
        if (input is ElectionTimeout && work.TimerRun != _electionTimerRuns)
        {
            return;
        }

        if (input is WriteDurable durable)
        {
            // Writes become durable in order, but the news may come out of order.
            _durable = Math.Max(_durable, durable.Sequence);
            ReleaseMessages();
            while (_compactions.TryPeek(out var compaction) && compaction.Write <= _durable)
            {
                _compactions.Dequeue().Done.SetResult();
            }
        }

        var output = _core.Step(input);
        _ports.Observer?.Stepped(_core, input, output);
        if (output.Write is { } write)
        {
            _lastWrite = write.Sequence;
            _ = PersistAsync(write);
        }

        for (var i = 0; i < output.Messages.Count; i++)
        {
            var message = output.Messages[i];
            if (message.After <= _durable)
            {
                _ports.Transport.Send(message.Message);
            }
            else
            {
                _heldMessages.Add(message);
            }
        }

        ChangeElectionTimer(output.ElectionTimer);
        ChangeHeartbeatTimer(output.HeartbeatTimer);
        if (output.Apply.Count > 0)
        {
            _committed.Put(output.Apply);
        }

        PublishStatus();
        if (output.Proposal is { } proposal)
        {
            work.Proposal?.SetResult(proposal);
        }

        if (work.Compaction is { } done)
        {
            // One that is not newer than the snapshot there is waits for that one, which may still be in flight.
            if (_lastWrite > _durable)
            {
                _compactions.Enqueue((_lastWrite, done));
            }
            else
            {
                done.SetResult();
            }
        }
    }

    private async Task PersistAsync(RaftWrite write)
    {
        try
        {
            await _ports.Storage.WriteAsync(write);
        }
        catch (Exception exception)
        {
            _inbox.Post(new Work(null, Failure: exception));
            return;
        }

        _inbox.Post(new Work(new WriteDurable(write.Sequence)));
    }

    private void ReleaseMessages()
    {
        var kept = 0;
        for (var i = 0; i < _heldMessages.Count; i++)
        {
            var held = _heldMessages[i];
            if (held.After <= _durable)
            {
                _ports.Transport.Send(held.Message);
            }
            else
            {
                _heldMessages[kept++] = held;
            }
        }

        _heldMessages.RemoveRange(kept, _heldMessages.Count - kept);
    }

    private void ChangeElectionTimer(TimerChange change)
    {
        if (change == TimerChange.None)
        {
            return;
        }

        Interlocked.Increment(ref _electionTimerRuns);
        if (change == TimerChange.Stop)
        {
            _electionTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // §5.2: drawn at random, anew for each term.
        if (_electionTimeoutTerm != _core.CurrentTerm)
        {
            _electionTimeoutTerm = _core.CurrentTerm;
            var spread = (_options.MaxElectionTimeout - _options.MinElectionTimeout) / TimeSpan.FromMicroseconds(1);
            _electionTimeout = _options.MinElectionTimeout + TimeSpan.FromMicroseconds(_ports.Random.Next((int)Math.Min(spread, int.MaxValue - 1) + 1));
        }

        _electionTimer.Change(_electionTimeout, Timeout.InfiniteTimeSpan);
    }

    private void ChangeHeartbeatTimer(TimerChange change)
    {
        if (change != TimerChange.None)
        {
            _heartbeatTimer.Change(change == TimerChange.Restart ? _options.HeartbeatInterval : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnElectionTimer() => _inbox.Post(new Work(ElectionTimeout.Instance, TimerRun: Volatile.Read(ref _electionTimerRuns)));

    private void PublishStatus()
    {
        var before = _status;
        if (before.Describes(_core))
        {
            return;
        }

        _status = NodeStatus.Of(_core);
        if (before.Role != _core.Role)
        {
            LogRole(_ports.Logger, Id, _core.Role, _core.CurrentTerm);
        }
    }

    private void Post(Work work)
    {
        if (!_inbox.Post(work))
        {
            throw Stopped(Completion.Exception?.InnerException);
        }
    }

    private void Close(Exception? failure)
    {
        _listener.Dispose();
        _electionTimer.Dispose();
        _heartbeatTimer.Dispose();
        _committed.Complete();
        foreach (var work in _inbox.Close())
        {
            work.Fail(Stopped(failure));
        }

        foreach (var (_, done) in _compactions)
        {
            done.SetException(Stopped(failure));
        }
    }

    private ObjectDisposedException Stopped(Exception? failure) =>
        failure is null
            ? new ObjectDisposedException($"{nameof(RaftNode)} {Id}", "The node has stopped.")
            : new ObjectDisposedException($"The node {Id} has stopped because of an error: {failure.Message}", failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Server} is {Role} in term {Term}")]
    private static partial void LogRole(ILogger logger, ServerId server, Role role, Term term);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Server} stops because of an error")]
    private static partial void LogFailed(ILogger logger, Exception exception, ServerId server);

    /// <summary>What waits for the loop: an input with who waits for its answer, the end, or the storage's failure.</summary>
    private readonly record struct Work(
        Input? Input,
        TaskCompletionSource<Proposal>? Proposal = null,
        TaskCompletionSource? Compaction = null,
        Exception? Failure = null,
        int TimerRun = 0)
    {
        public static Work Stop => default;

        public void Fail(Exception exception)
        {
            Proposal?.TrySetException(exception);
            Compaction?.TrySetException(exception);
        }
    }
}
