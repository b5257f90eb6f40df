using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>All faults at once.</summary>
internal static class ChurnScenario
{
    public static Scenario Scenario { get; } = new(
        "churn",
        "all faults at once: losses, duplicates, partitions, one-way cuts, crashes, slow disks, compaction",
        new ClusterOptions
        {
            Servers = 3,
            DrawsProtocol = true,
            DrawsStorage = true,
            DrawsTransport = true,
            CompactEvery = 5,
            DrawsLimits = true,
            Faults = new FaultBudget
            {
                Losses = 20,
                Duplications = 20,
                Partitions = 4,
                OneWayCuts = 4,
                Crashes = 6,
                SlowDisks = 3,
                Stops = 2,
                DiskFailures = 1,
                PortFailures = 2,
                Strays = 2,
                ClockDriftPercent = 20,
                FullDisks = 1,
                Damages = 1,
            },
        },
        RunAsync);

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        await cluster.ProposeAtRandomAsync(proposals: 16, steps: 50);
        await cluster.AwaitConvergenceAsync();
    }
}
