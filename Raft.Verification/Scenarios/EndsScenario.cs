using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>
/// The ends of nodes: nodes are stopped at any point, ports throw, disks stall and fail, and services stall, give up and throw. Every call
/// is answered or fails, and the next node continues from what the last one left on disk.
/// </summary>
internal static class EndsScenario
{
    public static Scenario Scenario { get; } = new(
        "ends",
        "nodes are stopped, disks fail, ports throw and services give up, at any point; every call is answered",
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
                Losses = 2,
                Crashes = 1,
                SlowDisks = 3,
                Stops = 3,
                DiskFailures = 3,
                PortFailures = 3,
                ServiceFailures = 6,
                Partitions = 1,
                FullDisks = 1,
            },
        },
        RunAsync);

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        await cluster.ProposeAtRandomAsync(proposals: 16, steps: 40);
        await cluster.AwaitConvergenceAsync();
    }
}
