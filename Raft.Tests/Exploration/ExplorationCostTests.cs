using DeterministicSimulation;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Exploration;

/// <summary>What a step of an exploration allocates. Unlike its time, it is the same on every machine.</summary>
public sealed class ExplorationCostTests
{
    // Fill the pools of a shard.
    private const int _first = 100;
    private const int _schedules = 200;

    // Measured. A change that needs more must say why, and one that needs less must change it.
    [Theory]
    [InlineData(false, 280)]
    [InlineData(true, 419)]
    public void A_step_of_replication_allocates_as_many_bytes_as_measured(bool conformance, double expected)
    {
        var scenario = Scenario.All.Single(one => one.Name == "replication").With(conformance: conformance);
        // The first time, the schedules also fill what all runs of the process share.
        _ = BytesPerStep(scenario);
        var bytes = BytesPerStep(scenario);
        Assert.InRange(bytes, 0.95 * expected, 1.05 * expected);
    }

    private static double BytesPerStep(Scenario scenario)
    {
        var shard = new StrategyShard(StrategyCatalogue.Create(StrategyCatalogue.Default));
        Run(shard, scenario, 0, _first);
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var steps = Run(shard, scenario, _first, _schedules);
        return (double)(GC.GetAllocatedBytesForCurrentThread() - bytes) / steps;
    }

    private static long Run(StrategyShard shard, Scenario scenario, int from, int count)
    {
        // Files and streams are a few schedules of many, and take more.
        var options = scenario.Options with { DrawsStorage = false, DrawsTransport = false };
        var exploration = Explorer.SeedOf(scenario.Name, seed: 1);
        var steps = 0L;
        for (var schedule = from; schedule < from + count; schedule++)
        {
            steps += shard.Run(scenario, options, Explorer.SeedOf(exploration, schedule)).Steps;
        }

        return steps;
    }
}
