using static Raft.Verification.Labs.LabCluster;

namespace Raft.Verification.Labs;

/// <summary>Part D: log compaction. Every service compacts its log every ten entries.</summary>
internal static class PartD
{
    /// <summary>The largest allowed durable state of a server, in bytes, without the snapshot.</summary>
    private const int _maxLogSize = 2000;

    private enum Away
    {
        Nobody,
        Disconnected,
        Crashed,
    }

    public static IReadOnlyList<LabTest> Tests { get; } =
    [
        Test("SnapshotBasic", "snapshots basic", cluster => SnapshotAsync(cluster, Away.Nobody)),
        Test("SnapshotInstall", "install snapshots (disconnect)", cluster => SnapshotAsync(cluster, Away.Disconnected)),
        Test("SnapshotInstallUnreliable", "install snapshots (disconnect+unreliable)", cluster => SnapshotAsync(cluster, Away.Disconnected))
            with { IsUnreliable = true },
        Test("SnapshotInstallCrash", "install snapshots (crash)", cluster => SnapshotAsync(cluster, Away.Crashed)),
        Test("SnapshotInstallUnCrash", "install snapshots (unreliable+crash)", cluster => SnapshotAsync(cluster, Away.Crashed))
            with { IsUnreliable = true },
        Test("SnapshotAllCrash", "crash and restart all servers", AllCrashAsync) with { IsUnreliableSince2025 = true },
        Test("SnapshotInit", "snapshot initialization after crash", InitAsync)
            with { IsUnreliableSince2025 = true, Since = LabVersion.Lab2024 },
    ];

    private static LabTest Test(string name, string title, Func<LabCluster, Task> runAsync) =>
        new(name, 'D', title, 3, runAsync) { Since = LabVersion.Lab2022 };

    private static async Task SnapshotAsync(LabCluster cluster, Away away)
    {
        await cluster.OneAsync(cluster.RandomCommand(), cluster.Servers, retry: true);
        var leader = await cluster.CheckOneLeaderAsync();
        for (var round = 0; round < 30; round++)
        {
            // Sometimes the leader is the victim.
            var next = (leader + 1) % cluster.Servers;
            var (victim, sender) = round % 3 == 1 ? (leader, next) : (next, leader);
            if (away == Away.Disconnected)
            {
                cluster.Disconnect(victim);
                await cluster.OneAsync(cluster.RandomCommand(), cluster.Servers - 1, retry: true);
            }
            else if (away == Away.Crashed)
            {
                await cluster.CrashAsync(victim);
                await cluster.OneAsync(cluster.RandomCommand(), cluster.Servers - 1, retry: true);
            }

            // Enough commands for a snapshot. The server that takes them need not stay leader.
            for (var commands = 5 + cluster.Random.Next(10); commands > 0; commands--)
            {
                await cluster.ProposeAsync(sender, cluster.RandomCommand());
            }

            await cluster.OneAsync(cluster.RandomCommand(), away == Away.Nobody ? cluster.Servers : cluster.Servers - 1, retry: true);
            Expect(
                cluster.LogSize < _maxLogSize,
                $"expected the persisted state to be less than {_maxLogSize} bytes, got {cluster.LogSize}: log size too large");

            if (away == Away.Disconnected)
            {
                // A server that was away may need a snapshot.
                cluster.Connect(victim);
            }
            else if (away == Away.Crashed)
            {
                await cluster.RestartAsync(victim);
            }

            if (away != Away.Nobody)
            {
                await cluster.OneAsync(cluster.RandomCommand(), cluster.Servers, retry: true);
                leader = await cluster.CheckOneLeaderAsync();
            }
        }
    }

    private static async Task AllCrashAsync(LabCluster cluster)
    {
        await AgreeAsync(cluster);
        for (var round = 0; round < 5; round++)
        {
            for (var commands = 5 + cluster.Random.Next(10); commands > 0; commands--)
            {
                await AgreeAsync(cluster);
            }

            var before = await AgreeAsync(cluster);
            await CrashAndRestartAllAsync(cluster);
            var after = await AgreeAsync(cluster);
            Expect(after >= before + 1, $"expected the index to increase over the crash, from {before}, got {after}");
        }
    }

    private static async Task InitAsync(LabCluster cluster)
    {
        await AgreeAsync(cluster);

        // Enough for a snapshot.
        for (var commands = 0; commands < 11; commands++)
        {
            await AgreeAsync(cluster);
        }

        await CrashAndRestartAllAsync(cluster);

        // One write after the restart must keep the snapshot.
        await AgreeAsync(cluster);
        await CrashAndRestartAllAsync(cluster);
        await AgreeAsync(cluster);
    }

    private static Task<long> AgreeAsync(LabCluster cluster) => cluster.OneAsync(cluster.RandomCommand(), cluster.Servers, retry: true);

    private static async Task CrashAndRestartAllAsync(LabCluster cluster)
    {
        for (var server = 0; server < cluster.Servers; server++)
        {
            await cluster.CrashAsync(server);
        }

        for (var server = 0; server < cluster.Servers; server++)
        {
            await cluster.StartAsync(server);
        }

        for (var server = 0; server < cluster.Servers; server++)
        {
            cluster.Connect(server);
        }
    }
}
