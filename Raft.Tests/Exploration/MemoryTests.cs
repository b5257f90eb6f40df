using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Tests.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Exploration;

/// <summary>Measures memory while no other test runs.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    [Fact]
    public void Memory_does_not_grow_with_the_number_of_schedules()
    {
        // One specification is kept for each combination of extensions. Here there is only one combination.
        var scenario = Scenario.All.First(one => one.Name == "churn");
        var options = scenario.Options with { DrawsProtocol = false, Protocol = ProtocolOptions.Production };
        var choices = Runs.Chooser();
        var states = new StateCoverage();
        long HeldAfter(ulong first, ulong last)
        {
            for (var seed = first; seed < last; seed++)
            {
                Schedule.Run(scenario, options, choices, seed, states);
            }

            return GC.GetTotalMemory(forceFullCollection: true);
        }

        var before = HeldAfter(0, 500);
        var after = HeldAfter(500, 5500);
        Assert.True(after - before < 500_000, $"{before:N0} bytes after 500 schedules, {after:N0} after 5,500");
        GC.KeepAlive(choices);
        GC.KeepAlive(states);
    }
}
