using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Parts;

namespace Raft.Verification.Scenarios;

/// <summary>
/// A node alone, in a world that the scenario holds in its hand, so that what must come can be told exactly: what fits its inbox and in which order
/// it is taken, how it ends, when its timers run out, what it counts, and what it refuses to be given.
/// </summary>
internal static class NodeScenario
{
    private static readonly Func<ICluster, Numbers, Task>[] _parts =
    [
        NodeInbox.MessagesAsync,
        NodeInbox.ProposalsAsync,
        NodeInbox.TurnsAsync,
        NodeInbox.SlowDiskAsync,
        NodeEnds.ServiceAsync,
        NodeEnds.StopAsync,
        NodeEnds.CompactionsAsync,
        NodeTimers.ElectionsAsync,
        NodeTimers.HeartbeatsAsync,
        NodeCounts.FailuresAsync,
        NodeArguments.RefusalsAsync,
    ];

    public static Scenario Scenario { get; } = new(
        "node",
        "a node alone: the bounds and turns of its inbox, its end with a slow or failing disk, its timers, counters and arguments",
        new ClusterOptions { Servers = 3, Faults = FaultBudget.None },
        RunAsync);

    private static async Task RunAsync(ICluster cluster)
    {
        var numbers = new Numbers(cluster);
        await _parts[numbers.Next(_parts.Length)](cluster, numbers);
    }
}
