using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>
/// Servers whose storage is the one of production, on files: each change of a file is an operation of the schedule, and a crash keeps any
/// subset of what was not flushed.
/// </summary>
internal static class FilesScenario
{
    public static Scenario Scenario { get; } = new(
        "files",
        "servers store in files; crashes keep any subset of the sectors and names that were not flushed",
        new ClusterOptions
        {
            Servers = 3,
            CompactEvery = 3,
            DrawsProtocol = true,
            DrawsTransport = true,
            DrawsLimits = true,
            Files = true,
            Faults = new FaultBudget
            {
                Losses = 4,
                Duplications = 4,
                Crashes = 8,
                SlowDisks = 2,
                Stops = 3,
                DiskFailures = 3,
                FullDisks = 2,
                Damages = 1,
            },
        },
        cluster => cluster.CrashAllInTheMiddleAsync(proposals: 8, steps: 150));
}
