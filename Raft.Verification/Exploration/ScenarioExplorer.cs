using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Exploration;

/// <summary>Explores a scenario under the embedded engine, and makes a trace of what it finds.</summary>
public static class ScenarioExplorer
{
    /// <summary>Explores a scenario.</summary>
    /// <inheritdoc cref="Explorer.Explore"/>
    public static ScenarioReport Explore(
        Scenario scenario, ExplorationOptions options, Action<ExplorationProgress>? progress = null, CancellationToken stop = default)
    {
        var report = Explorer.Explore(scenario, options, progress, stop);
        var violation = report.Violation is { } found
            ? Trace.Of(scenario, (ClusterOptions)found.Options, options.Strategy, options.Seed, found.Schedule, found.Choices, found.Result)
            : null;
        return new(report.Workload, report.Schedules, report.Steps, report.Time, report.AbstractStates, report.Faults, report.Digest, violation);
    }
}
