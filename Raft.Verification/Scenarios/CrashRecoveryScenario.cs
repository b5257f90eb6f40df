using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>
/// Figure 2, persistent state: servers crash at any point, for example between a write and its completion, and restart with what is
/// durable.
/// </summary>
internal static class CrashRecoveryScenario
{
    public static Scenario Scenario { get; } = new(
        "crash-recovery",
        "servers crash between writes and their completion, and restart with what is durable",
        new ClusterOptions
        {
            Servers = 3,
            DrawsProtocol = true,
            DrawsStorage = true,
            DrawsTransport = true,
            DrawsLimits = true,
            Faults = new FaultBudget
            {
                Losses = 4,
                Duplications = 4,
                Crashes = 6,
                SlowDisks = 2,
                Stops = 4,
                DiskFailures = 2,
                FullDisks = 1,
                Damages = 1,
            },
        },
        cluster => cluster.CrashAllInTheMiddleAsync(proposals: 6, steps: 60));
}
