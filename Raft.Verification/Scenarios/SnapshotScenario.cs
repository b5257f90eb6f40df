using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>§7: logs are compacted; servers that fall behind get a snapshot; servers restart from a snapshot.</summary>
internal static class SnapshotScenario
{
    public static Scenario Scenario { get; } = new(
        "snapshot",
        "logs are compacted while entries are applied; servers that fell behind or crashed continue from a snapshot",
        new ClusterOptions
        {
            Servers = 3,
            DrawsProtocol = true,
            DrawsStorage = true,
            DrawsTransport = true,
            CompactEvery = 3,
            DrawsLimits = true,
            Faults = new FaultBudget
            {
                Losses = 6,
                Duplications = 6,
                Crashes = 3,
                OneWayCuts = 1,
                SlowDisks = 1,
                Stops = 1,
                FullDisks = 1,
                Damages = 1,
            },
        },
        RunAsync)
    {
        MinServers = 2,
    };

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        for (var round = 0; round < 3; round++)
        {
            // One server misses entries that the others compact. If it leads, it accepts commands that theirs replace.
            var victim = cluster.Choose(2) == 0 ? cluster.AnyServer() : cluster.Leader ?? cluster.AnyServer();
            cluster.Partition(victim);
            for (var i = cluster.Choose(5); i > 0; i--)
            {
                await cluster.ProposeAsync(victim);
            }

            await cluster.ProposeAtRandomAsync(proposals: 6, steps: 30);
            cluster.Heal();
            await cluster.PauseAsync(1 + cluster.Choose(60));
        }

        await cluster.AwaitConvergenceAsync();
    }
}
