using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>§5.2: leaders are elected, fail, and are replaced.</summary>
internal static class ElectionScenario
{
    public static Scenario Scenario { get; } = new(
        "election",
        "leaders are elected, are cut off or crash, and are replaced; votes are lost and duplicated",
        new ClusterOptions
        {
            Servers = 3,
            DrawsProtocol = true,
            DrawsStorage = true,
            DrawsTransport = true,
            Faults = new FaultBudget { Losses = 8, Duplications = 4, Crashes = 1, OneWayCuts = 1, SlowDisks = 2, Strays = 2 },
        },
        RunAsync);

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        for (var failure = 0; failure < 2; failure++)
        {
            await cluster.PauseAsync(40 + cluster.Choose(120));
            if (cluster.Leader is { } leader && cluster.IsUp(leader))
            {
                if (cluster.Choose(2) == 0)
                {
                    cluster.Partition(leader);
                }
                else
                {
                    cluster.Crash(leader);
                }
            }
        }

        await cluster.PauseAsync(40 + cluster.Choose(80));
        await cluster.AwaitConvergenceAsync();
    }
}
