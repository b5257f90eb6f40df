using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Scenarios;

/// <summary>One run of a scenario under the embedded engine, with given monitors.</summary>
public static class ClusterSchedule
{
    /// <summary>Runs a scenario once, on the calling thread. <see cref="Schedule.Run"/> runs it with all monitors.</summary>
    public static ScheduleResult Run(
        Scenario scenario, ClusterOptions options, Choices choices, ulong seed, IReadOnlyList<SpecificationMonitor> monitors,
        CancellationToken stop = default) =>
        Schedule.Run(new Watched(scenario, monitors), options, choices, seed, stop: stop);

    private sealed class Watched(Scenario scenario, IReadOnlyList<SpecificationMonitor> monitors) : IWorkload
    {
        public string Name => scenario.Name;

        public SimulationOptions Options => scenario.Options;

        public SystemUnderTest Create(Simulation simulation) => new ClusterUnderTest(scenario.RunAsync, simulation, monitors);
    }
}
