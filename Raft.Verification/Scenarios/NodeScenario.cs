using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Parts;

namespace Raft.Verification.Scenarios;

/// <summary>
/// A node alone, in a world that the scenario controls completely, so that its behaviour is known exactly: what its inbox accepts and in
/// which order the node takes it, how the node ends, when its timers run out, what it counts, and which arguments it rejects.
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
