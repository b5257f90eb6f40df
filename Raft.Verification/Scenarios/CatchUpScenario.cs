using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>
/// §5.3, §7: a follower that was cut off catches up with hundreds or thousands of entries, over connections with a limited bandwidth.
/// </summary>
internal static class CatchUpScenario
{
    public static Scenario Scenario { get; } = new(
        "catch-up",
        "clients flood the leader while a follower is cut off; it catches up over slow connections, by entries or by a snapshot",
        new ClusterOptions
        {
            Servers = 3,
            DrawsProtocol = true,
            DrawsStorage = true,
            CompactEvery = 150,
            Core = new()
            {
                MaxEntriesPerMessage = 64,
                MaxMessageBytes = 1_000,
                MaxInflightMessages = 16,
                MaxInflightBytes = 4_000,
                MaxUncommittedBytes = 20_000,
            },
            BytesPerSecond = 100_000,
            Faults = new FaultBudget
            {
                Losses = 4,
                Duplications = 4,
                Partitions = 1,
                Crashes = 1,
                Stops = 1,
                SlowDisks = 2,
                Strays = 2,
                FullDisks = 1,
            },
        },
        RunAsync)
    {
        MinServers = 2,
    };

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        await cluster.PauseAsync(60 + cluster.Choose(60));
        cluster.Partition(cluster.AnyServer());

        // Most schedules are short. One in sixteen has a log of more than a thousand entries.
        var size = cluster.Choose(16);
        for (var burst = size == 15 ? 16 : 1 + (size % 4); burst > 0; burst--)
        {
            await cluster.ProposeTogetherAsync(cluster.Leader ?? cluster.AnyServer(), 20 + cluster.Choose(100));
            await cluster.PauseAsync(1 + cluster.Choose(100));
        }

        cluster.Heal();
        await cluster.PauseAsync(1 + cluster.Choose(100));
        await cluster.AwaitConvergenceAsync();
    }
}
