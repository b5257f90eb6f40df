using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;
using Raft.Verification.Conformance;

namespace Raft.Verification.Scenarios;

/// <summary>A workload of a cluster: ordinary async code, written once, that every engine runs.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Description">What it tests, in one line.</param>
/// <param name="Options">The default options of its world.</param>
/// <param name="RunAsync">The workload.</param>
public sealed record Scenario(string Name, string Description, ClusterOptions Options, Func<ICluster, Task> RunAsync) : IScriptable
{
    /// <inheritdoc/>
    SimulationOptions IWorkload.Options => Options;

    /// <inheritdoc/>
    TraceFormat IWorkload.Format => RaftTraceFormat.Format;

    /// <inheritdoc/>
    object IScriptable.ScriptCode => Script.Code;

    /// <inheritdoc/>
    SystemUnderTest IWorkload.Create(Simulation simulation) =>
        new ClusterUnderTest(RunAsync, simulation, Monitors.All(((ClusterOptions)simulation.Options).Conformance, simulation.ModelStates));

    /// <inheritdoc/>
    bool IWorkload.IsKnownByMessage(string property) => property is "Scenario" or "UnhandledException" or "NodeFailure" or "LabTest";

    /// <inheritdoc/>
    IScriptable IScriptable.WithScript(IReadOnlyList<ScriptStep> script) =>
        this with { RunAsync = cluster => Script.RunAsync(cluster, script) };

    /// <inheritdoc/>
    IScriptable IScriptable.Reporting(Action<ScriptStep> done) =>
        this with { RunAsync = cluster => RunAsync(new ScriptedCluster(cluster, done)) };

    /// <inheritdoc/>
    IEnumerable<Decision> IScriptable.Mending(int servers)
    {
        yield return Decision.Of(new ScriptStep(ScriptAction.Heal), Script.Code);
        for (var server = 1; server <= servers; server++)
        {
            yield return Decision.Mend(server, SimulatedCluster.ResumeDisk);
            yield return Decision.Of(new ScriptStep(ScriptAction.Start, [server]), Script.Code);
        }
    }

    /// <inheritdoc/>
    IEnumerable<SimulationOptions> IScriptable.Simpler(SimulationOptions options)
    {
        if (options is ClusterOptions { CompactEvery: > 0 } compacting)
        {
            yield return compacting with { CompactEvery = 0 };
        }

        if (options is ClusterOptions { DrawsStorage: true } stores)
        {
            yield return stores with { DrawsStorage = false };
            yield return stores with { DrawsStorage = false, Files = true };
        }

        if (options is ClusterOptions { DrawsTransport: true } sends)
        {
            yield return sends with { DrawsTransport = false };
            yield return sends with { DrawsTransport = false, Streams = true };
        }

        if (options is ClusterOptions cluster && (cluster.DrawsProtocol || cluster.Protocol != ProtocolOptions.Figure2))
        {
            yield return cluster with { DrawsProtocol = false, Protocol = ProtocolOptions.Figure2 };
        }
    }

    /// <inheritdoc/>
    /// <remarks>A service that compacts after fewer entries needs fewer proposals.</remarks>
    IEnumerable<SimulationOptions> IScriptable.Tighter(SimulationOptions options) =>
        options is ClusterOptions cluster
            ? Enumerable.Range(1, Math.Max(0, cluster.CompactEvery - 1)).Select(entries => cluster with { CompactEvery = entries })
            : [];

    /// <summary>The same scenario, with the formal model beside each server or without it.</summary>
    /// <param name="conformance">Whether the model steps beside each server.</param>
    internal Scenario With(bool conformance) => this with { Options = Options with { Conformance = conformance } };

    /// <summary>The size of the smallest cluster in which it works.</summary>
    public int MinServers { get; init; } = 1;

    /// <summary>The size of the largest cluster in which it works.</summary>
    public int MaxServers { get; init; } = ClusterOptions.MaxServers;

    /// <summary>Why it does not work in a cluster of some size; null if it does.</summary>
    /// <param name="servers">The number of servers.</param>
    /// <param name="source">Where that number comes from, for example <c>--servers</c>.</param>
    internal string? Refuses(int servers, string source) =>
        servers < MinServers ? $"{Name} needs at least {MinServers} servers; {source} says {servers}"
        : servers > MaxServers ? $"{Name} has at most {MaxServers} servers; {source} says {servers}"
        : null;

    /// <summary>All scenarios, in the order in which they run.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        ElectionScenario.Scenario,
        ReplicationScenario.Scenario,
        PartitionScenario.Scenario,
        CrashRecoveryScenario.Scenario,
        Figure8Scenario.Scenario,
        SnapshotScenario.Scenario,
        ChurnScenario.Scenario,
        FourServersScenario.Scenario,
        FiveServersScenario.Scenario,
        CatchUpScenario.Scenario,
        EndsScenario.Scenario,
        SteadyScenario.Scenario,
        KeyValueScenario.Scenario,
        LeaseScenario.Scenario,
        CoresScenario.Scenario,
        NodeScenario.Scenario,
        FilesScenario.Scenario,
        ConnectionsScenario.Scenario,
    ];
}
