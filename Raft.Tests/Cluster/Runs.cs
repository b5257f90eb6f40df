using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Cluster;

/// <summary>Runs a scenario of a test once.</summary>
internal static class Runs
{
    public static ScheduleResult Once(
        Func<ICluster, Task> scenario, ClusterOptions? options = null, ulong seed = 1, IStrategy? strategy = null) =>
        Schedule.Run(
            new Scenario("test", "a test", options ?? new ClusterOptions(), scenario),
            options ?? new ClusterOptions(),
            new Choices(strategy ?? new RandomWalk()),
            seed);

    public static Choices Chooser() => new(new RandomWalk());
}
