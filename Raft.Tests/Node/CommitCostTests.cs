using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Service;
using Raft.Impl.Storage;
using Raft.Impl.Transport;

namespace Raft.Tests.Node;

/// <summary>
/// What a commit costs three nodes: messages, writes and allocated bytes. All nodes run on the thread of the test, one after the other, so
/// that the numbers are the same on every machine.
/// </summary>
public sealed class CommitCostTests
{
    private const int _clients = 64;
    private const int _rounds = 200;

    // Measured. A change that needs more must say why, and one that needs less must change it.
    private const double _bytesOfCommit = 55;
    private const double _bytesOfCommitOfOneClient = 1428;
    private readonly CountingTransport _transport = new();
    private readonly List<CountingStorage> _storages = [];
    private readonly List<SteppedNode> _nodes = [];

    [Fact]
    public void Of_64_clients_a_commit_costs_an_eighth_of_a_message_less_than_a_twentieth_of_a_write_and_at_most_300_bytes()
    {
        Start(servers: 3);
        var command = Command.Of(new byte[16]);
        Serve(command, rounds: 20);
        var (messages, writes, bytes) = (_transport.Sent, _storages.Sum(storage => storage.Writes), GC.GetAllocatedBytesForCurrentThread());
        Serve(command, _rounds);
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;

        // To each of two followers: the entries, and that they are committed. Each message is answered.
        Assert.Equal(2 * 2 * 2 * _rounds, _transport.Sent - messages);
        Assert.Equal(3 * _rounds, _storages.Sum(storage => storage.Writes) - writes);
        var ofCommit = (double)bytes / (_clients * _rounds);
        Assert.InRange(ofCommit, 0.95 * _bytesOfCommit, 1.05 * _bytesOfCommit);
    }

    [Fact]
    public void Of_one_client_a_commit_costs_four_messages_because_the_next_entry_tells_the_followers_that_it_is_committed()
    {
        Start(servers: 3);
        var sent = _transport.Sent;
        ServeOne(_rounds);

        // To each of two followers: the entries, and that the last is committed. Each message is answered.
        Assert.Equal(2 * 2 * (_rounds + 1), _transport.Sent - sent);
        var committed = _nodes[0].Status.CommitIndex;
        Assert.All(_nodes, node => Assert.Equal(committed, node.Status.CommitIndex));
    }

    [Fact]
    public void Of_one_client_a_commit_costs_as_many_bytes_as_measured()
    {
        Start(servers: 3);
        ServeOne(rounds: 2000);
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        ServeOne(rounds: 2000);
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        Assert.InRange(bytes / 2000.0, 0.95 * _bytesOfCommitOfOneClient, 1.05 * _bytesOfCommitOfOneClient);
    }

    // What the node uses again never leaves it: a network, a storage and a service may keep what they got.
    [Fact]
    public void What_leaves_a_node_does_not_change_however_many_commits_follow()
    {
        var (kept, texts) = (new List<object>(), new List<string>());
        void Keep(object one)
        {
            kept.Add(one);
            texts.Add(TextOf(one));
        }

        _transport.Sends = Keep;
        Start(servers: 3, Keep);
        ServeOne(rounds: 50);
        Serve(Command.FromText("many"), rounds: 5);
        ServeOne(rounds: 50);
        Assert.True(kept.OfType<AppendEntries>().Count() > 200);
        Assert.True(kept.OfType<RaftWrite>().Count() > 300);
        Assert.True(kept.OfType<IReadOnlyList<ApplyMessage>>().Count() > 300);
        Assert.Equal(texts, kept.Select(TextOf));

        static string TextOf(object one) => one is IReadOnlyList<ApplyMessage> applied ? string.Join('|', applied) : $"{one}";
    }

    private void ServeOne(int rounds)
    {
        var served = _nodes[0].Do(node => ServeOneAsync(node, Command.Of(new byte[16]), rounds));
        Run();
        Assert.True(served.IsCompletedSuccessfully);
    }

    private static async Task ServeOneAsync(RaftNode node, Command command, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            Assert.True((await node.ReplicateAsync(command)).IsApplied);
        }
    }

    private void Start(int servers, Action<object>? keep = null)
    {
        ServerId[] members = [.. Enumerable.Range(1, servers).Select(name => new ServerId(name))];
        foreach (var member in members)
        {
            var storage = new CountingStorage { Writing = keep };
            _storages.Add(storage);
            var node = SteppedNode.Start(
                SteppedNode.OneOfThree with { Id = member, Members = members, Protocol = ProtocolOptions.Production },
                storage,
                change: one => one with { Transport = _transport });
            _nodes.Add(node);
            node.Do(one => Applier.Start(one, new Nothing { Applies = keep }));
        }

        while (!_nodes[0].Status.IsLeader)
        {
            _nodes[0].Advance(1);
            Run();
        }
    }

    // In each round, each client replicates a command. A task for each call would be a cost of the test, not of the node.
#pragma warning disable CA2012
    private void Serve(Command command, int rounds)
    {
        var calls = new ValueTask<ReplicationResult>[_clients];
        for (var round = 0; round < rounds; round++)
        {
            _nodes[0].Do(node =>
            {
                for (var client = 0; client < _clients; client++)
                {
                    calls[client] = node.ReplicateAsync(command);
                }

                return true;
            });
            Run();
            Assert.True(Array.TrueForAll(calls, call => call is { IsCompletedSuccessfully: true, Result.IsApplied: true }));
        }
    }
#pragma warning restore CA2012

    private void Run()
    {
        long before;
        do
        {
            before = _transport.Sent;
            foreach (var node in _nodes)
            {
                node.Run();
            }
        }
        while (_transport.Sent != before);
    }

    private sealed class CountingTransport : IRaftTransport
    {
        private readonly InMemoryTransport _transport = new();

        public long Sent { get; private set; }

        public Action<object>? Sends { get; set; }

        public void Send(Message message)
        {
            Sent++;
            Sends?.Invoke(message);
            _transport.Send(message);
        }

        public IDisposable Listen(ServerId server, Action<Message> receive) => _transport.Listen(server, receive);
    }

    private sealed class CountingStorage : IRaftStorage
    {
        private readonly InMemoryStorage _storage = new();

        public long Writes { get; private set; }

        public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default) => _storage.OpenAsync(cancellationToken);

        public Action<object>? Writing { get; init; }

        public Task WriteAsync(RaftWrite write)
        {
            Writes++;
            Writing?.Invoke(write);
            return _storage.WriteAsync(write);
        }

        public ValueTask CloseAsync() => _storage.CloseAsync();
    }

    // A service that does nothing.
    private sealed class Nothing : IStateMachine
    {
        private readonly Task<IReadOnlyList<ReadOnlyMemory<byte>>> _answers = Answers(_clients);
        private readonly Task<IReadOnlyList<ReadOnlyMemory<byte>>> _answer = Answers(1);

        public Action<object>? Applies { get; init; }

        public Task<IReadOnlyList<ReadOnlyMemory<byte>>> ApplyAsync(
            IReadOnlyList<ApplyMessage> entries, CancellationToken cancellationToken)
        {
            Applies?.Invoke(entries);
            return entries.Count == _clients ? _answers : entries.Count == 1 ? _answer : Answers(entries.Count);
        }

        private static Task<IReadOnlyList<ReadOnlyMemory<byte>>> Answers(int count) =>
            Task.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>(new ReadOnlyMemory<byte>[count]);

        public Task SnapshotAsync(Stream destination, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RestoreAsync(Stream source, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
