using Raft.Verification.Exploration.Strategies;
using Raft.Verification.Scenarios;
using Raft.Verification.Simulation;

namespace Raft.Tests.Simulation;

/// <summary>Runs hand-made scenarios once.</summary>
internal static class Runs
{
    public static ScheduleResult Once(Func<ICluster, Task> scenario, SimulationOptions? options = null, ulong seed = 1) =>
        Schedule.Run(new Scenario("test", "a test", options ?? new SimulationOptions(), scenario), options ?? new SimulationOptions(), Chooser(), seed);

    public static Choices Chooser() => new(new RandomWalk());
}
