using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Scenarios;

/// <summary>One run of a scenario under the embedded engine, with monitors or a log of the caller's.</summary>
public static class ClusterSchedule
{
    /// <summary>Runs a scenario once, on the calling thread.</summary>
    /// <param name="scenario">The workload.</param>
    /// <param name="options">The world it runs in.</param>
    /// <param name="choices">Who chooses; what was chosen is in it afterwards.</param>
    /// <param name="seed">What the strategy begins with.</param>
    /// <param name="states">Takes note of the abstract states that were seen; null: nothing does.</param>
    /// <param name="log">Takes note of what happens, in words; null: nothing does.</param>
    /// <param name="stop">Ends the schedule early.</param>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static ScheduleResult Run(
        Scenario scenario,
        ClusterOptions options,
        Choices choices,
        ulong seed,
        StateCoverage? states = null,
        EventLog? log = null,
        CancellationToken stop = default) =>
        Schedule.Run(scenario, options, choices, seed, states, log: log, stop: stop);

    /// <summary>Runs a scenario once, with monitors of the caller's.</summary>
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
