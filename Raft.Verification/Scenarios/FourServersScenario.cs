using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>An even number of servers: half of them are not a majority (§5.2), and a vote may be split evenly.</summary>
internal static class FourServersScenario
{
    public static Scenario Scenario { get; } = new(
        "four-servers",
        "four servers, which may be partitioned into two halves, elect leaders and replicate commands",
        new ClusterOptions
        {
            Servers = 4,
            DrawsProtocol = true,
            DrawsStorage = true,
            DrawsTransport = true,
            Faults = new FaultBudget { Losses = 10, Duplications = 10, Partitions = 3, OneWayCuts = 1, Crashes = 2, SlowDisks = 1 },
        },
        RunAsync)
    {
        MinServers = 2,
    };

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        await cluster.ProposeAtRandomAsync(proposals: 8, steps: 60);
        await cluster.AwaitConvergenceAsync();
    }
}
