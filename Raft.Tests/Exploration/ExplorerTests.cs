using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Exploration;

public sealed class ExplorerTests
{
    public static TheoryData<string> Scenarios => [.. Scenario.All.Select(scenario => scenario.Name)];

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Scenarios))]
    public void Every_scenario_holds_in_two_thousand_schedules_whose_digest_does_not_depend_on_the_number_of_workers(string name)
    {
        var scenario = Scenario.All.First(one => one.Name == name);
        ExplorationReport[] reports =
        [
            .. ((int[])[1, 2, 3])
                .Select(workers => Explorer.Explore(
                    scenario, new ExplorationOptions { Iterations = 2000, Seed = 11, Workers = workers })),
        ];

        Assert.All(reports, report => Assert.Null(report.Violation));
        Assert.All(reports, report => Assert.Equal(2000, report.Schedules));
        Assert.Single(reports.Select(report => (report.Digest, report.Steps, report.AbstractStates, report.Faults.Total)).Distinct());
    }

    [Fact]
    public void Another_seed_gives_another_digest()
    {
        var scenario = Scenario.All[0];
        ulong Digest(ulong seed) => Explorer.Explore(scenario, new ExplorationOptions { Iterations = 20, Seed = seed }).Digest;

        Assert.NotEqual(Digest(1), Digest(2));
    }

    [Fact]
    public void It_ends_with_the_first_violation_by_number_for_any_number_of_workers()
    {
        ExplorationReport[] reports =
        [
            .. ((int[])[1, 2, 4])
                .Select(workers => Explorer.Explore(
                    Fragile, new ExplorationOptions { Iterations = 5000, Seed = 3, Workers = workers })),
        ];

        Assert.All(reports, report => Assert.Equal(1, report.Violations));
        Assert.Single(reports.Select(report => (report.Digest, report.Schedules, report.Steps, report.Violation!.Schedule)).Distinct());
        Assert.Equal(reports[0].Schedules - 1, reports[0].Violation!.Schedule);
    }

    [Fact]
    public void It_stops_when_the_time_is_over()
    {
        var report = Explorer.Explore(Scenario.All[0], new ExplorationOptions { Time = TimeSpan.FromSeconds(1) });

        Assert.InRange(report.Time, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        Assert.True(report.Schedules > 0);
    }

    [Fact]
    public void It_stops_when_it_is_cancelled_and_reports_what_was_done()
    {
        using var stop = new CancellationTokenSource();
        var report = Explorer.Explore(
            Scenario.All[0], new ExplorationOptions { Iterations = long.MaxValue / 128 }, _ => stop.Cancel(), stop.Token);

        Assert.True(report.Schedules > 0);
        Assert.True(report.Steps > report.Schedules);
    }

    [Fact]
    public void It_requires_a_limit() =>
        Assert.Throws<ArgumentException>(() => Explorer.Explore(Scenario.All[0], new ExplorationOptions()));

    [Fact]
    public void Its_random_walk_sees_many_abstract_states()
    {
        var report = Explorer.Explore(
            Scenario.All.First(one => one.Name == "churn"),
            new ExplorationOptions { Iterations = 500, Strategy = StrategyCatalogue.Random });

        Assert.True(report.AbstractStates > 5_000, $"only {report.AbstractStates} abstract states in 500 schedules");
    }

    /// <summary>Fails in one schedule of a few hundred.</summary>
    internal static Scenario Fragile { get; } = new(
        "fragile",
        "fails now and then",
        new ClusterOptions { Faults = new FaultBudget { Losses = 5 } },
        async cluster =>
        {
            await cluster.StartAsync();
            await cluster.PauseAsync(50);
            if (cluster.Choose(300) == 0)
            {
                throw new InvalidOperationException("it broke");
            }
        });
}
