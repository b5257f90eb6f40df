using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Scenarios;

/// <summary>One run of a scenario under the embedded engine, with a log or with given monitors.</summary>
public static class ClusterSchedule
{
    /// <summary>Runs a scenario once, on the calling thread.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="options">The world it runs in.</param>
    /// <param name="choices">Makes the choices, and holds them afterwards.</param>
    /// <param name="seed">The seed of the strategy.</param>
    /// <param name="states">Records the abstract states that were seen, if not null.</param>
    /// <param name="log">Records the events, if not null.</param>
    /// <param name="stop">Ends the schedule early.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> ended the schedule.</exception>
    public static ScheduleResult Run(
        Scenario scenario,
        ClusterOptions options,
        Choices choices,
        ulong seed,
        StateCoverage? states = null,
        EventLog? log = null,
        CancellationToken stop = default) =>
        Schedule.Run(scenario, options, choices, seed, states, log: log, stop: stop);

    /// <summary>Runs a scenario once, with given monitors.</summary>
    public static ScheduleResult Run(
        Scenario scenario, ClusterOptions options, Choices choices, ulong seed, IEnumerable<SpecificationMonitor> monitors) =>
        Schedule.Run(new Watched(scenario, monitors), options, choices, seed);

    private sealed class Watched(Scenario scenario, IEnumerable<SpecificationMonitor> monitors) : IWorkload
    {
        public string Name => scenario.Name;

        public SimulationOptions Options => scenario.Options;

        public SystemUnderTest Create(Simulation simulation) => new ClusterUnderTest(scenario.RunAsync, simulation, monitors);
    }
}
