using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>
/// The ends of nodes, and what they leave behind: nodes are stopped in the middle of everything, ports throw, disks stall and fail, services stall,
/// give up and throw. Every call gets its answer, or a failure, and the next node goes on where the last one ended.
/// </summary>
internal static class EndsScenario
{
    public static Scenario Scenario { get; } = new(
        "ends",
        "nodes are stopped, disks fail, ports throw and services give up, whatever is under way; every call is answered",
        new ClusterOptions
        {
            Servers = 3,
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
