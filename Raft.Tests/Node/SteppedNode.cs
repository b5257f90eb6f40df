using Microsoft.Extensions.Time.Testing;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using Raft.Tests.Storage;

namespace Raft.Tests.Node;

/// <summary>
/// A node on a clock that stands still and on one thread, the test's: whatever the node does, it does inside <see cref="Run"/>, or inside
/// what runs the node too. What the test does in between, the node finds all at once, as after a long pause.
/// </summary>
internal sealed class SteppedNode
{
    private readonly StepContext _context;

    private SteppedNode(StepContext context, RaftNode node, FakeTimeProvider time, RecordingTransport transport)
    {
        _context = context;
        Node = node;
        Time = time;
        Transport = transport;
    }

    public RaftNode Node { get; }

    public FakeTimeProvider Time { get; }

    public RecordingTransport Transport { get; }

    public NodeStatus Status => Node.Status;

    public NodeCounters Counters => Node.Counters;

    /// <summary>Starts a node.</summary>
    /// <param name="options">Who it is; null: one of three servers, with elections after 400 to 800 ms.</param>
    /// <param name="storage">Its storage; null: one without latency that holds nothing.</param>
    /// <param name="transport">Its network; null: one that records.</param>
    /// <param name="time">Its clock; null: one of its own.</param>
    /// <param name="change">Changes the dependencies.</param>
    public static SteppedNode Start(
        RaftNodeOptions? options = null,
        IRaftStorage? storage = null,
        RecordingTransport? transport = null,
        FakeTimeProvider? time = null,
        Func<RaftNodeDependencies, RaftNodeDependencies>? change = null)
    {
        time ??= new FakeTimeProvider();
        transport ??= new RecordingTransport();
        var dependencies = new RaftNodeDependencies
        {
            Storage = storage ?? new InMemoryStorage(),
            Transport = transport,
            TimeProvider = time,
            Random = new Random(1),
        };
        var context = new StepContext();
        var started = context.Do(() => RaftNode.StartAsync(options ?? OneOfThree, change?.Invoke(dependencies) ?? dependencies));
        Assert.True(started.IsCompleted, "The node has not started.");
        return new SteppedNode(context, started.GetAwaiter().GetResult(), time, transport);
    }

    public static RaftNodeOptions OneOfThree => OneOf(new(1), new(2), new(3));

    public static RaftNodeOptions OneOfOne => OneOf(new ServerId(1));

    /// <summary>Lets the node do whatever it can do now.</summary>
    public void Run() => _context.Run();

    /// <summary>Calls the node, and lets it run.</summary>
    public T Do<T>(Func<RaftNode, T> call) => _context.Do(() => call(Node));

    /// <summary>Delivers messages, and lets the node handle each.</summary>
    public void Deliver(params Message[] messages)
    {
        foreach (var message in messages)
        {
            Transport.Deliver(message);
            Run();
        }
    }

    /// <summary>Lets time pass, a millisecond after the other; the node runs in each.</summary>
    public void Advance(int milliseconds)
    {
        for (var i = 0; i < milliseconds; i++)
        {
            Time.Advance(1);
            Run();
        }
    }

    /// <summary>Proposes a command, and lets the node answer.</summary>
    public Proposal Propose(string command)
    {
        var answer = Do(node => node.ProposeAsync(Command.FromText(command)));
        Assert.True(answer.IsCompletedSuccessfully, $"{Node.Id} has not answered.");
        return answer.GetAwaiter().GetResult();
    }

    /// <summary>Begins to dispose of the node.</summary>
    public Task Dispose() => Do(node => node.DisposeAsync().AsTask());

    /// <summary>Makes it the leader of its next term, by the vote of S2.</summary>
    public void Elect()
    {
        var term = Status.Term.Next;
        while (Status.Term < term)
        {
            Advance(1);
        }

        if (!Status.IsLeader)
        {
            Deliver(new RequestVoteReply(new ServerId(2), Node.Id, term, VoteGranted: true));
        }

        Assert.True(Status.IsLeader, $"{Node.Id} does not lead: {Status}");
    }

    private static RaftNodeOptions OneOf(params ServerId[] members) =>
        new() { Id = members[0], Members = members, Protocol = ProtocolOptions.Figure2 };

    // Continuations wait until they are run.
    private sealed class StepContext : SynchronizationContext
    {
        private readonly object _gate = new();
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();

        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (_gate)
            {
                _posted.Enqueue((d, state));
            }
        }

        public T Do<T>(Func<T> call)
        {
            var before = Current;
            SetSynchronizationContext(this);
            try
            {
                var result = call();
                while (Next() is { } next)
                {
                    next.Callback(next.State);
                }

                return result;
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }

        public void Run() => Do(() => true);

        private (SendOrPostCallback Callback, object? State)? Next()
        {
            lock (_gate)
            {
                return _posted.TryDequeue(out var next) ? next : null;
            }
        }
    }
}
