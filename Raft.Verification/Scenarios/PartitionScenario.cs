using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>
/// §5.3, §5.4: both sides of a partition get commands; the majority's log replaces the minority's when the network heals.
/// </summary>
internal static class PartitionScenario
{
    public static Scenario Scenario { get; } = new(
        "partition",
        "leaders are cut off with commands that no other server has; both sides continue; the network heals",
        new ClusterOptions
        {
            Servers = 3,
            DrawsProtocol = true,
            DrawsStorage = true,
            DrawsTransport = true,
            DrawsLimits = true,
            Faults = new FaultBudget { Losses = 4, Duplications = 4, Partitions = 2, OneWayCuts = 2, SlowDisks = 6 },
        },
        RunAsync)
    {
        MinServers = 2,
    };

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        await cluster.ProposeAtRandomAsync(proposals: 3, steps: 60);
        for (var round = 0; round < 2; round++)
        {
            if (cluster.Leader is { } old)
            {
                cluster.Partition(old);
                for (var i = cluster.Choose(4); i >= 0; i--)
                {
                    await cluster.ProposeAsync(old);
                }
            }

            await cluster.ProposeAtRandomAsync(proposals: 3, steps: 80);
            if (cluster.Choose(3) > 0)
            {
                cluster.Heal();
            }
        }

        await cluster.AwaitConvergenceAsync();
    }
}
