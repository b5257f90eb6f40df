using System.Runtime.CompilerServices;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Service;
using Raft.Impl.Storage;
using Raft.Impl.Storage.Files;
using Raft.Impl.Transport;
using Raft.Impl.Transport.Tcp;
using ThreeHosts;

namespace Raft.Benchmarks.Rates;

/// <summary>
/// Nodes of this project, with storage in memory or in files, and memory or TCP on the loopback interface as their network.
/// </summary>
internal sealed class OwnCluster : ICluster
{
    // A slow disk writes a hundred times a second.
    private static readonly TimeSpan _slowWrite = TimeSpan.FromMilliseconds(10);
    private static readonly ApplierOptions _neverCompacts = new() { SnapshotEntries = long.MaxValue, SnapshotBytes = long.MaxValue };
    private string? _path;
    private readonly List<(RaftNode Node, Applier Applier)> _servers = [];
    private readonly Command _command = Command.Of(new byte[16]);
    private RaftNode? _leader;

    /// <summary>Starts nodes, waits for a leader, and stops some of the others, or makes them slow.</summary>
    /// <param name="nodes">How many nodes.</param>
    /// <param name="stopped">How many of them are stopped: fewer than half.</param>
    /// <param name="slow">How many others have a slow disk from then on.</param>
    /// <param name="isTcp">Whether they send over TCP.</param>
    /// <param name="directory">Where the files of their storages are; null: the storages are in memory.</param>
    public static async Task<ICluster> StartAsync(int nodes, int stopped, int slow, bool isTcp, string? directory = null)
    {
        var cluster = new OwnCluster();
        if (directory is not null)
        {
            cluster._path = Path.Combine(directory, $"raft-rates-{Guid.NewGuid():n}");
        }

        ServerId[] members = [.. Enumerable.Range(1, nodes).Select(name => new ServerId(name))];
        var transportOf = isTcp ? OverTcp(members) : InMemory();
        var disks = new Dictionary<ServerId, SlowStorage>();
        foreach (var member in members)
        {
            disks[member] = new SlowStorage(cluster.StorageOf(member));
            var node = await RaftNode.StartAsync(
                new RaftNodeOptions { Id = member, Members = members },
                new RaftNodeDependencies { Storage = disks[member], Transport = transportOf(member) });
            cluster._servers.Add((node, Applier.Start(node, new Nothing(), directory is null ? null : _neverCompacts)));
        }

        var leader = await cluster._servers[0].Node.WaitForLeaderAsync();
        cluster._leader = cluster._servers.Single(server => server.Node.Id == leader).Node;
        var followers = cluster._servers.Where(server => server.Node != cluster._leader).ToArray();
        foreach (var (node, applier) in followers[..stopped])
        {
            await node.DisposeAsync();
            await applier.Completion;
        }

        foreach (var (node, _) in followers[stopped..(stopped + slow)])
        {
            disks[node.Id].Latency = _slowWrite;
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

        if (_path is not null)
        {
            Directory.Delete(_path, recursive: true);
        }
    }

    private IRaftStorage StorageOf(ServerId member) =>
        _path is null
            ? new InMemoryStorage()
            : new FileStorage(
                new DirectoryFiles(Path.Combine(_path, $"{member}")),
                new FileStorageOptions { ClusterId = Guid.Empty, ServerId = member });

    private static Func<ServerId, IRaftTransport> InMemory()
    {
        var transport = new InMemoryTransport();
        return _ => transport;
    }

    private static Func<ServerId, TcpTransport> OverTcp(ServerId[] members)
    {
        var addresses = members.Zip(Ports.Free(members.Length)).ToDictionary(
            one => one.First, one => new MemberAddress("localhost", one.Second));
        return member => new TcpTransport(
            new TcpTransportOptions { ClusterId = Guid.Empty, ServerId = member, Members = addresses });
    }

    // A service that does nothing. It allocates nothing for the entries either: its answers to equally many entries are the same object.
    private sealed class Nothing : IStateMachine
    {
        private readonly Dictionary<int, Task<IReadOnlyList<ReadOnlyMemory<byte>>>> _answersTo = [];
        private ReadOnlyMemory<byte>[] _answers = [];

        public Task<IReadOnlyList<ReadOnlyMemory<byte>>> ApplyAsync(
            IReadOnlyList<ApplyMessage> entries, CancellationToken cancellationToken)
        {
            if (!_answersTo.TryGetValue(entries.Count, out var answers))
            {
                if (_answers.Length < entries.Count)
                {
                    _answers = new ReadOnlyMemory<byte>[entries.Count];
                }

                answers = Task.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>(
                    new ArraySegment<ReadOnlyMemory<byte>>(_answers, 0, entries.Count));
                _answersTo.Add(entries.Count, answers);
            }

            return answers;
        }

        public Task SnapshotAsync(Stream destination, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RestoreAsync(Stream source, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
