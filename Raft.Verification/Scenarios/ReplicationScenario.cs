using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>§5.3: commands are replicated and committed over a network that loses, duplicates and reorders messages.</summary>
internal static class ReplicationScenario
{
    public static Scenario Scenario { get; } = new(
        "replication",
        "commands are replicated while messages are lost, duplicated and reordered",
        new ClusterOptions
        {
            Servers = 3,
            DrawsProtocol = true,
            DrawsStorage = true,
            DrawsTransport = true,
            DrawsLimits = true,
            Faults = new FaultBudget { Losses = 10, Duplications = 10, SlowDisks = 1, PortFailures = 2, Strays = 2 },
        },
        RunAsync);

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        await cluster.ProposeAtRandomAsync(proposals: 16, steps: 40);
        await cluster.AwaitConvergenceAsync();
    }
}
