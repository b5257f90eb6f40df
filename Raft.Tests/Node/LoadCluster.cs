using System.Diagnostics;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using Raft.Impl.Transport;

namespace Raft.Tests.Node;

/// <summary>Three nodes in one process under load, in real time and on the thread pool, each with a service that counts.</summary>
internal sealed class LoadCluster : IAsyncDisposable
{
    private static readonly ServerId[] _members = [new(1), new(2), new(3)];
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);
    private readonly Dictionary<ServerId, Member> _running = [];
    private readonly Dictionary<ServerId, IRaftStorage> _storages;
    private readonly IRaftTransport _transport;
    private readonly RaftNodeOptions _options;
    private readonly IRaftObserver? _observer;
    private readonly int _compactEvery;

    private LoadCluster(
        IRaftTransport transport,
        Func<ServerId, IRaftStorage> storageOf,
        RaftNodeOptions options,
        IRaftObserver? observer,
        int compactEvery)
    {
        _transport = transport;
        _options = options;
        _observer = observer;
        _compactEvery = compactEvery;
        _storages = _members.ToDictionary(member => member, storageOf);
    }

    public IEnumerable<Member> Running => _running.Values;

    public Member this[ServerId id] => _running[id];

    /// <summary>The leader of the latest term.</summary>
    public Member Leader =>
        _running.Values.Where(member => member.Node.Status.IsLeader).MaxBy(member => member.Node.Status.Term)
            ?? throw new TimeoutException("No node leads.");

    public Member[] Followers => [.. _running.Values.Where(member => !member.Node.Status.IsLeader)];

    /// <summary>The default options of a node of three.</summary>
    public static RaftNodeOptions Options => new() { Id = _members[0], Members = _members };

    /// <summary>Starts all nodes off the context of the test runner, which has only a few threads, and waits for a leader.</summary>
    /// <param name="transport">The network; null: one that delivers at once.</param>
    /// <param name="diskLatency">How long a write takes.</param>
    /// <param name="options">The options of the nodes, but for their names; null: the default ones.</param>
    /// <param name="observer">Sees the steps of the third node.</param>
    /// <param name="compactEvery">After how many entries a service compacts the log; zero: never.</param>
    /// <param name="storageOf">The storage of each node; null: one in memory.</param>
    public static Task<LoadCluster> StartAsync(
        IRaftTransport? transport = null,
        TimeSpan diskLatency = default,
        RaftNodeOptions? options = null,
        IRaftObserver? observer = null,
        int compactEvery = 0,
        Func<ServerId, IRaftStorage>? storageOf = null) => Task.Run(async () =>
    {
        storageOf ??= _ => new InMemoryStorage(TimeProvider.System, diskLatency);
        var cluster = new LoadCluster(transport ?? new InMemoryTransport(), storageOf, options ?? Options, observer, compactEvery);
        foreach (var member in _members)
        {
            await cluster.StartAsync(member);
        }

        await cluster.ElectAsync();
        return cluster;
    });

    /// <summary>Waits until a node leads. On a busy machine, a leader that checks its quorum may have stepped down.</summary>
    public Task ElectAsync() => Eventually.Holds(() => Running.Count(member => member.Node.Status.IsLeader) == 1, "a node leads");

    public async Task StartAsync(ServerId id)
    {
        var node = await RaftNode.StartAsync(
            _options with { Id = id },
            new RaftNodeDependencies
            {
                Storage = _storages[id],
                Transport = _transport,
                TimeProvider = TimeProvider.System,
                Random = new Random(id.Value),
                Observer = id == _members[^1] ? _observer : null,
            });
        _running[id] = new Member(node, _compactEvery);
    }

    public async Task StopAsync(ServerId id)
    {
        _running.Remove(id, out var member);
        await Eventually.Ends(member!.DisposeAsync().AsTask());
    }

    /// <summary>One client posts commands without waiting.</summary>
    /// <returns>How long it took until the leader's service had applied the last one.</returns>
    public async Task<TimeSpan> PostAsync(int commands, Command command)
    {
        var (leader, begun) = (Leader, Stopwatch.GetTimestamp());
        var answers = new Task<Proposal>[commands];
        for (var i = 0; i < commands; i++)
        {
            answers[i] = leader.Node.ProposeAsync(command);
        }

        var last = await answers[^1];
        CheckTaken(last);
        await leader.AppliedAsync(last.Index).WaitAsync(_patience);
        var passed = Stopwatch.GetElapsedTime(begun);
        Assert.All(answers, answer => Assert.True(answer.IsCompletedSuccessfully));
        return passed;
    }

    /// <summary>Clients that each propose a command, wait until the leader's service has applied it, and propose the next.</summary>
    /// <param name="clients">How many clients.</param>
    /// <param name="commands">How many commands in all.</param>
    /// <param name="command">The command.</param>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> ServeAsync(int clients, int commands, Command command)
    {
        await ElectAsync();
        var (leader, begun, left) = (Leader, Stopwatch.GetTimestamp(), commands);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var proposal = await leader.Node.ProposeAsync(command);
                CheckTaken(proposal);
                await leader.AppliedAsync(proposal.Index);
            }
        }))).WaitAsync(_patience);
        return Stopwatch.GetElapsedTime(begun);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var id in _running.Keys.ToArray())
        {
            await StopAsync(id);
        }
    }

    // A leader may be deposed on a machine that is busy with other things. What it refuses as a leader is a fault.
    private static void CheckTaken(Proposal proposal)
    {
        Measured.InTime(proposal.IsLeader, "The leader was deposed.");
        Assert.True(proposal.IsTaken, $"{proposal}");
    }

    /// <summary>A command of so many bytes.</summary>
    public static Command CommandOf(int bytes) => Command.Of(new byte[bytes]);

    /// <summary>A node, and its service.</summary>
    internal sealed class Member : IAsyncDisposable
    {
        private readonly object _gate = new();
        private readonly Dictionary<LogIndex, TaskCompletionSource> _waiting = [];
        private readonly Task _service;
        private readonly int _compactEvery;
        private LogIndex _applied;
        private Term _term;

        public Member(RaftNode node, int compactEvery)
        {
            Node = node;
            _compactEvery = compactEvery;
            _service = Task.Run(ServeAsync);
        }

        public RaftNode Node { get; }

        /// <summary>What the service gives as a snapshot.</summary>
        public SnapshotData State { get; set; } = SnapshotData.Of(new byte[16]);

        /// <summary>How many snapshots the service was given.</summary>
        public int Installed { get; private set; }

        public LogIndex Applied
        {
            get
            {
                lock (_gate)
                {
                    return _applied;
                }
            }
        }

        /// <summary>Completes when the service has applied everything up to an index.</summary>
        public Task AppliedAsync(LogIndex index)
        {
            lock (_gate)
            {
                if (index <= _applied)
                {
                    return Task.CompletedTask;
                }

                if (!_waiting.TryGetValue(index, out var waiting))
                {
                    _waiting[index] = waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                return waiting.Task;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Node.DisposeAsync();
            await _service;
        }

        private async Task ServeAsync()
        {
            try
            {
                await foreach (var message in Node.Committed.ReadAllAsync())
                {
                    Apply(message);
                    if (_compactEvery > 0 && message.Snapshot is null && message.Index.Value % _compactEvery == 0)
                    {
                        await Node.CompactAsync(message.Index, State);
                    }
                }
            }
            catch (ObjectDisposedException)
            {
                // The node was stopped while its service took a snapshot.
            }
        }

        private void Apply(ApplyMessage message)
        {
            List<TaskCompletionSource>? reached = null;
            lock (_gate)
            {
                // Between two terms stand the no-ops of their leaders, which a service does not see.
                var follows = message.Index == _applied.Next || (message.Index > _applied && message.Term > _term);
                Assert.True(message.Snapshot is not null || follows, $"{message} came after {_applied}@{_term}");
                for (var index = _applied.Next; index <= message.Index && _waiting.Count > 0; index = index.Next)
                {
                    if (_waiting.Remove(index, out var waiting))
                    {
                        (reached ??= []).Add(waiting);
                    }
                }

                (_applied, _term) = (message.Index, message.Term);
                Installed += message.Snapshot is not null ? 1 : 0;
            }

            foreach (var waiting in reached ?? [])
            {
                waiting.SetResult();
            }
        }
    }
}
