using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>Replication on five servers, of which a quorum tolerates two failures.</summary>
internal static class FiveServersScenario
{
    public static Scenario Scenario { get; } = new(
        "five-servers",
        "five servers replicate commands while some crash, are cut off and come back",
        new ClusterOptions
        {
            Servers = 5,
            DrawsProtocol = true,
            DrawsStorage = true,
            DrawsTransport = true,
            CompactEvery = 6,
            DrawsLimits = true,
            Faults = new FaultBudget
            {
                Losses = 15,
                Duplications = 10,
                Partitions = 2,
                OneWayCuts = 2,
                Crashes = 4,
                SlowDisks = 2,
                FullDisks = 1,
                Damages = 1,
            },
        },
        RunAsync)
    {
        MinServers = 3,
    };

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        await cluster.ProposeAtRandomAsync(proposals: 12, steps: 60);
        await cluster.AwaitConvergenceAsync();
    }
}
