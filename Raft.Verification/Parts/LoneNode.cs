using Microsoft.Extensions.Logging;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using Raft.Impl.Transport;
using Raft.Model.Spec;
using Raft.Verification.Cluster;
using Raft.Verification.Conformance;
using Raft.Verification.Specifications;
using static Raft.Verification.Specifications.PropertyFailure;

namespace Raft.Verification.Parts;

/// <summary>A single node. The scenario acts as its clock, disk, network, service and clients.</summary>
internal sealed class LoneNode : IRaftTransport, IRaftStorage, IRaftObserver, IDisposable
{
    private readonly ICluster _cluster;
    private readonly Queue<TaskCompletionSource> _writes = new();
    private readonly List<Input> _inputs = [];
    private Action<Message>? _receive;
    private bool _isOpen;
    private PropertyFailure? _broken;
    private readonly LoneModel _model;

    public LoneNode(ICluster cluster, int servers = 3)
    {
        _cluster = cluster;
        _model = new LoneModel(cluster.Conformance, new ModelLogs());
        Members = [.. Enumerable.Range(1, servers).Select(number => new ServerId(number))];
        var bits = cluster.Choose(1 << 3);
        Options = new RaftNodeOptions
        {
            Id = Members[0],
            Members = Members,

            // Those of the extensions that do not change what these scenarios count: elections, entries and heartbeats.
            Protocol = ProtocolOptions.Figure2 with
            {
                LeadershipTransfer = (bits & 1) != 0,
                LeaderStickiness = (bits & 2) != 0,
                ReadIndex = (bits & 4) != 0,
            },
        };
        Dependencies = new RaftNodeDependencies
        {
            Storage = this,
            Transport = this,
            TimeProvider = Clock,
            Random = Random,
            Observer = this,
            Logger = Logger,
        };
    }

    public ServerId[] Members { get; }

    public ManualTimeProvider Clock { get; } = new();

    public HandRandom Random { get; } = new();

    public HandLogger Logger { get; } = new();

    public RaftNodeOptions Options { get; set; }

    public RaftNodeDependencies Dependencies { get; set; }

    /// <summary>The content of its disk when it starts.</summary>
    public DurableState Stored { get; set; } = DurableState.Initial;

    /// <summary>Whether each write completes at once.</summary>
    public bool WritesAtOnce { get; set; } = true;

    /// <summary>The exception that closing its storage throws, or null.</summary>
    public Exception? FailsToClose { get; set; }

    /// <summary>Whether sending throws.</summary>
    public bool FailsToSend { get; set; }

    /// <summary>Whether its observer throws.</summary>
    public bool FailsToObserve { get; set; }

    public RaftNode Node { get; private set; } = null!;

    public RaftCore Core { get; private set; } = null!;

    /// <summary>The messages that it has sent.</summary>
    public List<Message> Sent { get; } = [];

    /// <summary>The inputs that it has handled, in order.</summary>
    public IReadOnlyList<Input> Inputs => _inputs;

    /// <summary>Whether it listens.</summary>
    public bool Listens => _receive is not null;

    /// <summary>Whether its storage is open.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>How many writes are in flight.</summary>
    public int InFlight => _writes.Count;

    public async Task StartAsync()
    {
        Node = await RaftNode.StartAsync(Options, Dependencies);
        await RunAsync();
    }

    /// <summary>Runs the node until it waits, then checks that its status agrees with its core.</summary>
    public async Task RunAsync()
    {
        await _cluster.PauseAsync(100_000);
        if (_broken is not null)
        {
            throw _broken;
        }

        if (Node is { Status: { HasStopped: false } status } && Core is { } core)
        {
            var expected = new NodeStatus(
                core.Id,
                core.CurrentTerm,
                core.Role,
                core.Leader,
                core.CommitIndex,
                status.LastApplied,
                core.Log.Snapshot.LastIndex,
                core.Log.LastIndex)
            {
                Followers = [.. Progress(core)],
            };
            Unless(status == expected, "Status", $"{core.Id} is {Fields.TextOf(expected)}, but its status says {Fields.TextOf(status)}.");
        }
    }

    private static IEnumerable<FollowerProgress> Progress(RaftCore core)
    {
        foreach (var member in core.Role == Role.Leader ? core.Members : [])
        {
            if (member != core.Id)
            {
                var (next, match, isProbing) = core.ProgressOf(member);
                var (messages, bytes) = core.InFlightTo(member);
                yield return new FollowerProgress(member, match, next, isProbing, messages, bytes);
            }
        }
    }

    /// <summary>Delivers a message.</summary>
    public void Receive(Message message) => _receive?.Invoke(message);

    /// <summary>Makes it leader: its election timer fires, and the others vote for it.</summary>
    public async Task LeadAsync()
    {
        Clock.Advance(Options.MaxElectionTimeout);
        await RunAsync();
        CompleteWrites();
        await RunAsync();
        foreach (var member in Members.Where(member => member != Members[0]))
        {
            Receive(new RequestVoteReply(member, Members[0], Core.CurrentTerm, VoteGranted: true));
        }

        await RunAsync();
        Unless(Core.Role == Role.Leader, "Liveness", $"All have voted for {Core.Id}, but it is {Core.Role} in term {Core.CurrentTerm}.");
    }

    /// <summary>The other servers acknowledge its whole log.</summary>
    public async Task AgreeAsync()
    {
        foreach (var member in Members.Where(member => member != Members[0]))
        {
            Receive(new AppendEntriesReply(member, Members[0], Core.CurrentTerm, Success: true, Core.Log.LastIndex));
        }

        await RunAsync();
    }

    /// <summary>Completes the writes in flight, or makes them fail.</summary>
    public void CompleteWrites(Exception? failure = null)
    {
        while (_writes.TryDequeue(out var write))
        {
            if (failure is null)
            {
                write.SetResult();
            }
            else
            {
                write.SetException(failure);
            }
        }
    }

    /// <summary>Takes committed entries, as the service.</summary>
    public List<ApplyMessage> TakeCommitted(int most = int.MaxValue)
    {
        var taken = new List<ApplyMessage>();
        while (taken.Count < most && Node.Committed.TryRead(out var message))
        {
            taken.Add(message);
        }

        return taken;
    }

    public void Send(Message message)
    {
        if (FailsToSend)
        {
            throw new IOException("The network fails: this was to be expected.");
        }

        Sent.Add(message);
    }

    public IDisposable Listen(ServerId server, Action<Message> receive)
    {
        _receive = receive;
        return this;
    }

    /// <summary>Stops listening.</summary>
    public void Dispose() => _receive = null;

    public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default)
    {
        _isOpen = true;
        return ValueTask.FromResult(Stored);
    }

    public Task WriteAsync(RaftWrite write)
    {
        if (WritesAtOnce)
        {
            return Task.CompletedTask;
        }

        var completion = new TaskCompletionSource("a write of the lone node", TaskCreationOptions.RunContinuationsAsynchronously);
        _writes.Enqueue(completion);
        return completion.Task;
    }

    public ValueTask CloseAsync()
    {
        if (_writes.Count > 0)
        {
            _broken ??= new PropertyFailure("Lifetime", $"The node gives its storage back, though {_writes.Count} writes are in flight.");
        }

        if (FailsToClose is not null)
        {
            return ValueTask.FromException(FailsToClose);
        }

        _isOpen = false;
        return ValueTask.CompletedTask;
    }

    public void Started(RaftCore core)
    {
        Core = core;
        Compare(() => _model.Start(core));
    }

    public void Stepped(RaftCore core, Input input, Output output)
    {
        // Inputs belong to the node, which uses them again.
        _inputs.Add(input switch
        {
            Propose propose => new Propose([.. propose.Commands]),
            MessageReceived received => new MessageReceived(received.Message),
            WriteDurable durable => new WriteDurable(durable.Sequence),
            _ => input,
        });
        Compare(() => _model.Step(core, input, output));
        if (FailsToObserve)
        {
            throw new IOException("The observer fails: this was to be expected.");
        }
    }

    // The node passes over what its observer throws.
    private void Compare(Action comparison)
    {
        try
        {
            comparison();
        }
        catch (PropertyFailure failure)
        {
            _broken ??= failure;
        }
    }

    /// <summary>Draws the number that the scenario sets.</summary>
    internal sealed class HandRandom : Random
    {
        /// <summary>The next number, capped below the bound.</summary>
        public int Value { get; set; }

        /// <summary>The bound of the last draw.</summary>
        public int Bound { get; private set; }

        public HandRandom()
            : base(0)
        {
        }

        public override int Next(int maxValue)
        {
            Bound = maxValue;
            return Math.Min(Value, maxValue - 1);
        }
    }

    /// <summary>Records the level of each line, or throws.</summary>
    internal sealed class HandLogger : ILogger
    {
        /// <summary>The levels of the lines.</summary>
        public List<LogLevel> Lines { get; } = [];

        /// <summary>Whether logging a line throws.</summary>
        public bool FailsToLog { get; set; }

        /// <summary>Whether <see cref="IsEnabled"/> throws.</summary>
        public bool FailsToTell { get; set; }

        /// <summary>How often it threw.</summary>
        public int Failures { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel)
        {
            FailIf(FailsToTell);
            return true;
        }

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            FailIf(FailsToLog);
            Lines.Add(logLevel);
        }

        private void FailIf(bool fails)
        {
            if (fails)
            {
                Failures++;
                throw new IOException("The logger fails: this was to be expected.");
            }
        }
    }
}
