using System.Net;
using System.Runtime.CompilerServices;
using DotNext.Net.Cluster.Consensus.Raft;
using DotNext.Net.Cluster.Consensus.Raft.Membership;
using DotNext.Net.Cluster.Consensus.Raft.StateMachine;
using ThreeHosts;

namespace Raft.Benchmarks.Rates;

/// <summary>Nodes of DotNext.Net.Cluster, over TCP on the loopback interface.</summary>
internal sealed class DotNextCluster : ICluster
{
    private readonly List<(RaftCluster Node, WriteAheadLog? Log)> _servers = [];
    private readonly ReadOnlyMemory<byte> _command = new byte[16];
    private readonly string? _directory;
    private (RaftCluster Node, WriteAheadLog? Log) _leader;

    private DotNextCluster(string? directory) => _directory = directory;

    /// <summary>Starts nodes, and waits for a leader.</summary>
    /// <param name="nodes">How many nodes.</param>
    /// <param name="directory">Where each node has a directory for its log; null: they have no log.</param>
    public static async Task<ICluster> StartAsync(int nodes, string? directory)
    {
        var cluster = new DotNextCluster(directory is null ? null : Path.Combine(directory, Path.GetRandomFileName()));
        IPEndPoint[] members = [.. Ports.Free(nodes).Select(port => new IPEndPoint(IPAddress.Loopback, port))];
        foreach (var member in members)
        {
            var configuration = new RaftCluster.TcpConfiguration(member)
            {
                RequestTimeout = TimeSpan.FromSeconds(1),
                LowerElectionTimeout = 400,
                UpperElectionTimeout = 800,
                TransmissionBlockSize = 65_536,
                ColdStart = false,
                ConfigurationStorage = null!,
            };
            var storage = (InMemoryClusterConfigurationStorage<EndPoint>)configuration.ConfigurationStorage;
            var builder = storage.CreateInitialConfigurationBuilder();
            foreach (var other in members)
            {
                builder.Add(other);
            }

            builder.Build();
            var log = cluster._directory is null
                ? null
                : new WriteAheadLog(
                    new WriteAheadLog.Options { Location = Path.Combine(cluster._directory, $"{member.Port}") }, new Nothing());
            if (log is not null)
            {
                await log.InitializeAsync();
            }

            cluster._servers.Add((new RaftCluster(configuration) { AuditTrail = log ?? (IPersistentState)new ConsensusOnlyState() }, log));
        }

        await Task.WhenAll(cluster._servers.Select(server => server.Node.StartAsync()));
        while (cluster._leader.Node is null)
        {
            await Task.Delay(10);
            cluster._leader = cluster._servers.FirstOrDefault(server => server.Node.Leader is { IsRemote: false });
        }

        return cluster;
    }

    /// <inheritdoc/>
    public long Committed => _leader.Node.AuditTrail.LastCommittedEntryIndex;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ReplicateAsync()
    {
        await _leader.Node.ReplicateAsync(_command);
        if (_leader.Log is { } log)
        {
            await log.WaitForApplyAsync(log.LastCommittedEntryIndex);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (node, log) in _servers)
        {
            await node.StopAsync();
            await node.DisposeAsync();
            if (log is not null)
            {
                await log.DisposeAsync();
            }
        }

        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    // A service that does nothing. Its snapshots, which are empty, let the log discard what is applied.
    private sealed class Nothing : IStateMachine
    {
        private const long _entriesPerSnapshot = 100_000;

        public ISnapshot? Snapshot { get; private set; }

        public ValueTask ReclaimGarbageAsync(long watermark, CancellationToken token) => ValueTask.CompletedTask;

        public ValueTask<long> ApplyAsync(LogEntry entry, CancellationToken token)
        {
            if (entry.Index % _entriesPerSnapshot == 0)
            {
                Snapshot = new Empty(entry.Index, entry.Term);
            }

            return ValueTask.FromResult(entry.Index);
        }
    }

    private sealed class Empty(long index, long term) : ISnapshot
    {
        public long Index => index;

        public long Term => term;

        public bool IsReusable => true;

        public long? Length => 0;

        public ValueTask WriteToAsync<TWriter>(TWriter writer, CancellationToken token)
            where TWriter : DotNext.IO.IAsyncBinaryWriter => ValueTask.CompletedTask;
    }
}
