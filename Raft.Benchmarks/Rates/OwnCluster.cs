using System.Runtime.CompilerServices;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Service;
using Raft.Impl.Storage;
using Raft.Impl.Transport;
using Raft.Impl.Transport.Tcp;

namespace Raft.Benchmarks.Rates;

/// <summary>Nodes of this project, with storage in memory, and memory or TCP on the loopback interface as their network.</summary>
internal sealed class OwnCluster : ICluster
{
    private readonly List<(RaftNode Node, Applier Applier)> _servers = [];
    private readonly Command _command = Command.Of(new byte[16]);
    private RaftNode? _leader;

    /// <summary>Starts nodes, waits for a leader, and stops some of the others.</summary>
    /// <param name="nodes">How many nodes.</param>
    /// <param name="stopped">How many of them are stopped: fewer than half.</param>
    /// <param name="isTcp">Whether they send over TCP.</param>
    public static async Task<ICluster> StartAsync(int nodes, int stopped, bool isTcp)
    {
        var cluster = new OwnCluster();
        ServerId[] members = [.. Enumerable.Range(1, nodes).Select(name => new ServerId(name))];
        var transportOf = isTcp ? OverTcp(members) : InMemory();
        foreach (var member in members)
        {
            var node = await RaftNode.StartAsync(
                new RaftNodeOptions { Id = member, Members = members },
                new RaftNodeDependencies { Storage = new InMemoryStorage(), Transport = transportOf(member) });
            cluster._servers.Add((node, Applier.Start(node, new Nothing())));
        }

        var leader = await cluster._servers[0].Node.WaitForLeaderAsync();
        cluster._leader = cluster._servers.Single(server => server.Node.Id == leader).Node;
        foreach (var (node, applier) in cluster._servers.Where(server => server.Node != cluster._leader).Take(stopped).ToArray())
        {
            await node.DisposeAsync();
            await applier.Completion;
        }

        return cluster;
    }

    /// <inheritdoc/>
    public long Committed => _leader!.Status.CommitIndex.Value;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ReplicateAsync()
    {
        var result = await _leader!.ReplicateAsync(_command);
        if (!result.IsApplied)
        {
            throw new InvalidOperationException($"The command was not applied: {result}.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (node, applier) in _servers)
        {
            await node.DisposeAsync();
            await applier.Completion;
        }
    }

    private static Func<ServerId, IRaftTransport> InMemory()
    {
        var transport = new InMemoryTransport();
        return _ => transport;
    }

    private static Func<ServerId, TcpTransport> OverTcp(ServerId[] members)
    {
        var addresses = members.Zip(DotNextCluster.FreePorts(members.Length)).ToDictionary(
            one => one.First, one => new MemberAddress("localhost", one.Second));
        return member => new TcpTransport(
            new TcpTransportOptions { ClusterId = Guid.Empty, ServerId = member, Members = addresses });
    }

    // A service that does nothing.
    private sealed class Nothing : IStateMachine
    {
        private ReadOnlyMemory<byte>[] _answers = [];

        public Task<IReadOnlyList<ReadOnlyMemory<byte>>> ApplyAsync(
            IReadOnlyList<ApplyMessage> entries, CancellationToken cancellationToken)
        {
            if (_answers.Length < entries.Count)
            {
                _answers = new ReadOnlyMemory<byte>[entries.Count];
            }

            return Task.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>(new ArraySegment<ReadOnlyMemory<byte>>(_answers, 0, entries.Count));
        }

        public Task SnapshotAsync(Stream destination, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RestoreAsync(Stream source, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
