using DeterministicSimulation;
using Raft.Verification.Scenarios;
using Raft.Verification.Specifications;

namespace Raft.Tests.Scenarios;

public sealed class LeaseScenarioTests
{
    private static readonly Scenario _lease = Scenario.All.First(scenario => scenario.Name == "lease");

    // The bound is a condition of the protocol (dissertation §6.4.1), not a reserve.
    [Fact]
    [Trait("Category", "Long")]
    public void A_read_by_a_lease_is_stale_where_clocks_drift_beyond_the_bound()
    {
        var beyond = _lease with { Options = _lease.Options with { LeasesIgnoreDrift = true } };

        var found = Explorer.Explore(beyond, new ExplorationOptions { Iterations = 20_000, Seed = 1 }).Violation!;

        Assert.Equal(nameof(ReadsAreCurrent), found.Violation.Property);
    }

    [Fact]
    public void A_read_by_a_lease_is_current_where_clocks_drift_within_the_bound()
    {
        Assert.Equal(20, _lease.Options.Faults.ClockDriftPercent);
        Assert.Null(Explorer.Explore(_lease, new ExplorationOptions { Iterations = 500, Seed = 1 }).Violation);
    }
}
