using System.Collections.Concurrent;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using Raft.Impl.Transport;

namespace Raft.Tests.Node;

/// <summary>
/// Three nodes in real time, each with a service that keeps what it applies, and that takes a snapshot now and then if it is asked to.
/// </summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    public static readonly ServerId[] Members = [new(1), new(2), new(3)];

    private readonly InMemoryTransport _transport = new();
    private readonly ConcurrentDictionary<ServerId, InMemoryStorage> _storages = new();
    private readonly ConcurrentDictionary<ServerId, Running> _running = new();
    private readonly int _snapshotEvery;

    private RunningCluster(int snapshotEvery) => _snapshotEvery = snapshotEvery;

    public IEnumerable<RaftNode> Nodes => _running.Values.Select(running => running.Node);

    public static async Task<RunningCluster> StartAsync(int snapshotEvery = int.MaxValue)
    {
        var cluster = new RunningCluster(snapshotEvery);
        foreach (var member in Members)
        {
            await cluster.StartAsync(member);
        }

        return cluster;
    }

    public async Task StartAsync(ServerId id)
    {
        var node = await RaftNode.StartAsync(
            new RaftNodeOptions
            {
                Id = id,
                Members = Members,
                HeartbeatInterval = TimeSpan.FromMilliseconds(20),
                MinElectionTimeout = TimeSpan.FromMilliseconds(100),
                MaxElectionTimeout = TimeSpan.FromMilliseconds(200),
                Protocol = ProtocolOptions.Figure2,
            },
            new RaftNodeDependencies
            {
                Storage = _storages.GetOrAdd(id, _ => new InMemoryStorage()),
                Transport = _transport,
                TimeProvider = TimeProvider.System,
                Random = new Random(id.Value),
            });
        var applied = new ConcurrentQueue<ApplyMessage>();
        _running[id] = new Running(node, applied, ServeAsync(node, applied));
    }

    public async Task StopAsync(ServerId id)
    {
        Assert.True(_running.TryRemove(id, out var running));
        await Eventually.Ends(running.Node.DisposeAsync().AsTask());
        await Eventually.Ends(running.Service);
    }

    /// <summary>What the service of a node applied since it started.</summary>
    public ApplyMessage[] AppliedBy(ServerId id) => [.. _running[id].Applied];

    public RaftNode this[ServerId id] => _running[id].Node;

    public async Task<RaftNode> LeaderAsync()
    {
        RaftNode? leader = null;
        await Eventually.Holds(() => (leader = Nodes.FirstOrDefault(node => node.Status.IsLeader)) is not null, "a node leads");
        return leader!;
    }

    /// <summary>Proposes a command again and again, until it is committed: leaders may change on a busy machine.</summary>
    public async Task<LogIndex> CommitAsync(string command)
    {
        while (true)
        {
            var node = await LeaderAsync();
            var proposal = await Eventually.Ends(node.ProposeAsync(Command.FromText(command)));
            if (!proposal.IsLeader)
            {
                continue;
            }

            // It is decided when some service has got there, or when the proposer leads that term no more.
            Term? decided = null;
            await Eventually.Holds(
                () => (decided = TermDecidedAt(proposal.Index)) is not null || node.Status.Term != proposal.Term,
                $"{command} is committed or its leader is another");
            if (decided == proposal.Term)
            {
                return proposal.Index;
            }
        }
    }

    /// <summary>
    /// Waits until the services of all nodes that run have applied everything up to an index. If another leader has followed, it commits
    /// one more command first: it commits entries of earlier terms only with one of its own (§5.4.2).
    /// </summary>
    public async Task AllAppliedAsync(LogIndex index)
    {
        var term = TermDecidedAt(index);
        await Eventually.Holds(
            () => HaveAllApplied(index) || Nodes.Any(node => node.Status.IsLeader && node.Status.Term != term),
            $"every service has applied everything up to {index}");
        if (!HaveAllApplied(index))
        {
            await AllAppliedAsync(await CommitAsync("one more"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var id in _running.Keys)
        {
            await StopAsync(id);
        }
    }

    private bool HaveAllApplied(LogIndex index) => _running.Values.All(running => running.Applied.LastOrDefault().Index >= index);

    private Term? TermDecidedAt(LogIndex index) => _running.Values
        .SelectMany(running => running.Applied)
        .Where(message => message.Index == index && message.Snapshot is null)
        .Select(message => (Term?)message.Term)
        .FirstOrDefault();

    private async Task ServeAsync(RaftNode node, ConcurrentQueue<ApplyMessage> applied)
    {
        try
        {
            await foreach (var message in node.Committed.ReadAllAsync())
            {
                applied.Enqueue(message);
                if (message.Snapshot is null && message.Index.Value % _snapshotEvery == 0)
                {
                    await node.CompactAsync(message.Index, SnapshotData.FromText($"state at {message.Index}"));
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // The node was stopped while its service took a snapshot.
        }
    }

    private sealed record Running(RaftNode Node, ConcurrentQueue<ApplyMessage> Applied, Task Service);
}
