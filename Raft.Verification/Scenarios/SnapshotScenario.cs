using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>§7: logs are compacted; servers that fall behind get a snapshot; servers start again from one.</summary>
internal static class SnapshotScenario
{
    public static Scenario Scenario { get; } = new(
        "snapshot",
        "logs are compacted from inside the applier; servers that fell behind, or crashed, go on from a snapshot",
        new ClusterOptions
        {
            Servers = 3,
            CompactEvery = 3,
            DrawsLimits = true,
            Faults = new FaultBudget { Losses = 6, Duplications = 6, Crashes = 3, OneWayCuts = 1, SlowDisks = 1, Stops = 1 },
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
            // One of them misses what the others compact away; if it leads, it takes commands that give way to theirs.
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
