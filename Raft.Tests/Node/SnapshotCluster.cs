using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Service;
using Raft.Impl.Storage.Files;
using Raft.Impl.Transport.Tcp;
using Raft.Tests.Transport.Tcp;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Node;

/// <summary>
/// Three nodes with files and TCP, in real time, whose services have a large state. The third starts late, so it needs the snapshot of the
/// leader. What the others send to it goes through a proxy.
/// </summary>
internal sealed class SnapshotCluster : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-snapshots").FullName;
    private readonly LoopbackCluster _network = new();
    private readonly Dictionary<ServerId, (RaftNode Node, Applier Applier, GeneratedState Service)> _running = [];
    private readonly long _bytes;

    private SnapshotCluster(long bytes)
    {
        _bytes = bytes;
        Proxy = new MeteredProxy(_network.Members[S3].Port);
    }

    public MeteredProxy Proxy { get; }

    /// <summary>After how many entries a server takes a snapshot.</summary>
    public Dictionary<ServerId, int> SnapshotEntries { get; } = new() { [S1] = 10, [S2] = int.MaxValue, [S3] = int.MaxValue };

    /// <summary>What stands between a server and the files of its directory.</summary>
    public Dictionary<ServerId, Func<IFileSystem, IFileSystem>> Files { get; } = [];

    public RaftNode this[ServerId id] => _running[id].Node;

    /// <summary>Two servers, of which the first leads and has a durable snapshot.</summary>
    /// <param name="bytes">The length of the state.</param>
    /// <param name="bothTakeSnapshots">Whether the second has one too.</param>
    /// <param name="filesOfFirst">What stands between the first and the files of its directory; null: nothing.</param>
    public static async Task<SnapshotCluster> StartAsync(
        long bytes, bool bothTakeSnapshots = false, Func<IFileSystem, IFileSystem>? filesOfFirst = null)
    {
        var cluster = new SnapshotCluster(bytes);
        if (filesOfFirst is not null)
        {
            cluster.Files[S1] = filesOfFirst;
        }

        cluster.SnapshotEntries[S2] = bothTakeSnapshots ? 10 : int.MaxValue;
        await cluster.StartAsync(S1);
        await cluster.StartAsync(S2);
        await EventuallyAsync(() => cluster[S1].Status.IsLeader || cluster[S2].Status.IsLeader, "a node leads");
        await cluster.LeadAsync(S1);
        await cluster.ReplicateAsync(12);
        await EventuallyAsync(
            () => cluster.HasSnapshot(S1) && (!bothTakeSnapshots || cluster.HasSnapshot(S2)), "the snapshot is durable");
        return cluster;
    }

    public GeneratedState Service(ServerId id) => _running[id].Service;

    public string[] FilesOf(ServerId id) =>
        Directory.Exists(DirectoryOf(id)) ? [.. Directory.GetFiles(DirectoryOf(id)).Select(file => Path.GetFileName(file))] : [];

    public string DirectoryOf(ServerId id) => Path.Combine(_directory, $"{id}");

    public Task StartAsync(ServerId id) => Task.Run(async () =>
    {
        var options = _network.OptionsOf(id);
        var members = new Dictionary<ServerId, MemberAddress>(_network.Members);
        if (id != S3)
        {
            members[S3] = Proxy.Address;
        }

        IFileSystem files = new DirectoryFiles(DirectoryOf(id));
        if (Files.TryGetValue(id, out var wrap))
        {
            files = wrap(files);
        }

        var node = await RaftNode.StartAsync(
            new RaftNodeOptions { Id = id, Members = [S1, S2, S3] },
            new RaftNodeDependencies
            {
                Storage = new FileStorage(
                    files, new FileStorageOptions { ClusterId = LoopbackCluster.Id, ServerId = id, SegmentBytes = 1 << 20 }),
                Transport = _network.Create(options with { Members = members }),
            });
        var service = new GeneratedState(_bytes);
        var applier = Applier.Start(node, service, new ApplierOptions { SnapshotEntries = SnapshotEntries[id] });
        _running[id] = (node, applier, service);
    });

    public async Task StopAsync(ServerId id)
    {
        _running.Remove(id, out var stopped);
        await stopped.Node.DisposeAsync();
        await Task.WhenAny([stopped.Applier.Completion]);
    }

    public async Task LeadAsync(ServerId id)
    {
        await EventuallyAsync(async () =>
        {
            foreach (var (node, _, _) in _running.Values)
            {
                if (node.Status.IsLeader && node.Id != id)
                {
                    await node.TransferLeadershipAsync(id);
                }
            }

            return this[id].Status.IsLeader;
        }, $"{id} leads");
    }

    /// <summary>Applies commands, one after the other.</summary>
    public async Task ReplicateAsync(int commands)
    {
        for (var applied = 0; applied < commands;)
        {
            var leader = _running.Values.Select(one => one.Node).FirstOrDefault(node => node.Status.IsLeader);
            if (leader is null)
            {
                await Task.Delay(5);
                continue;
            }

            applied += (await leader.ReplicateAsync(Command.FromText("x"))).IsApplied ? 1 : 0;
        }
    }

    public Task RestoredAsync(ServerId id) =>
        EventuallyAsync(() => Service(id).Restored >= _bytes || this[id].Status.HasStopped, "the snapshot is restored");

    public static Task EventuallyAsync(Func<bool> condition, string what) => EventuallyAsync(() => Task.FromResult(condition()), what);

    public async ValueTask DisposeAsync()
    {
        Proxy.Dispose();
        foreach (var id in _running.Keys.ToArray())
        {
            await StopAsync(id);
        }

        Directory.Delete(_directory, recursive: true);
    }

    private bool HasSnapshot(ServerId id) =>
        FilesOf(id).Any(file =>
            file.StartsWith("snapshot-", StringComparison.Ordinal) && !file.EndsWith(".unfinished", StringComparison.Ordinal));

    private static async Task EventuallyAsync(Func<Task<bool>> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < _patience, $"It did not come to pass that {what}.");
            await Task.Delay(5);
        }
    }
}
