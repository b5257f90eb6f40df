using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>
/// Servers whose transport is the one of production, on simulated streams of bytes, which arrive in parts and late, and break with or
/// without a sign of it.
/// </summary>
internal static class ConnectionsScenario
{
    public static Scenario Scenario { get; } = new(
        "connections",
        "servers send with TcpTransport over streams of bytes, which arrive in parts and late, break, or are half-open",
        new ClusterOptions
        {
            Servers = 3,
            CompactEvery = 4,
            DrawsProtocol = true,
            DrawsStorage = true,
            Streams = true,
            MaxSteps = 200_000,
            Faults = new FaultBudget { Losses = 8, Partitions = 2, OneWayCuts = 2, Crashes = 3, Stops = 2, SlowDisks = 1, FullDisks = 1 },
        },
        cluster => cluster.CrashAllInTheMiddleAsync(proposals: 6, steps: 250));
}
