using DeterministicSimulation;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Exploration.Strategies;

/// <summary>The requirements on every strategy.</summary>
public sealed class StrategyTests
{
    private const string _random = StrategyCatalogue.Random;

    public static TheoryData<string> All => [.. StrategyCatalogue.Names];

    public static TheoryData<string> Unfair => [.. StrategyCatalogue.Names.Where(name => name != _random)];

    [Theory]
    [InlineData(StrategyCatalogue.Default)]
    public void Equal_seeds_give_equal_schedules_for_any_number_of_workers(string name)
    {
        var churn = ScenarioCatalogue.Find("churn")!;
        ExplorationReport[] reports =
        [
            .. ((int[])[1, 2, 3]).Select(workers => Explorer.Explore(
                churn, new ExplorationOptions { Strategy = name, Iterations = 300, Seed = 5, Workers = workers })),
        ];

        Assert.Single(reports.Select(report => (report.Digest, report.Steps, report.AbstractStates, report.Schedules)).Distinct());
    }

    [Theory]
    [MemberData(nameof(All))]
    [Trait("Category", "Long")]
    public void Equal_seeds_give_equal_schedules_with_every_strategy(string name) =>
        Equal_seeds_give_equal_schedules_for_any_number_of_workers(name);

    [Fact]
    public void Every_scenario_holds_with_the_default_strategy() => Holds(StrategyCatalogue.Default);

    [Theory]
    [MemberData(nameof(All))]
    [Trait("Category", "Long")]
    public void Every_scenario_holds(string name) => Holds(name);

    [Theory]
    [MemberData(nameof(All))]
    public void A_schedule_runs_again_from_its_choices(string name)
    {
        var churn = ScenarioCatalogue.Find("churn")!;
        var choices = new Choices(StrategyCatalogue.Create(name));
        var result = Schedule.Run(churn, churn.Options, choices, seed: 3);
        var again = Schedule.Run(churn, churn.Options, new Choices(new Replay([.. choices.Made])), seed: 0);

        Assert.Equal(result.Digest, again.Digest);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void No_operation_waits_for_ever(string name)
    {
        var threads = Threads.Apart(1, 20_000, 20_000);

        Assert.All(
            Enumerable.Range(0, 20), seed => Assert.Contains('a', threads.Run(StrategyCatalogue.Create(name), (ulong)seed, steps: 6_000)));
    }

    [Theory]
    [MemberData(nameof(Unfair))]
    public void Once_faults_have_ended_choices_are_uniform_and_no_fault_strikes(string name)
    {
        var strategy = StrategyCatalogue.Create(name);
        strategy.Begin(1);
        strategy.FaultsEnded();
        var order = Threads.Apart(3000, 3000, 3000).Go(strategy, steps: 3000);

        Assert.All("abc", thread => Assert.InRange(order.Count(letter => letter == thread), 900, 1100));
        Assert.DoesNotContain(Enumerable.Range(0, 1000), _ => strategy.ChooseFault(FaultKind.Loss));
        Assert.InRange(Enumerable.Range(0, 1000).Average(_ => strategy.ChooseInteger(1000)), 450, 550);
    }

    [Theory]
    [MemberData(nameof(Unfair))]
    public void Each_schedule_draws_its_own_mix_of_faults(string name)
    {
        var strategy = StrategyCatalogue.Create(name);
        int Losses(ulong seed)
        {
            strategy.Begin(seed);
            Threads.Apart(100, 100).Go(strategy);
            return Enumerable.Range(0, 1000).Count(_ => strategy.ChooseFault(FaultKind.Loss));
        }

        var losses = Enumerable.Range(0, 100).Select(seed => Losses((ulong)seed)).ToArray();
        Assert.InRange(losses.Count(count => count == 0), 15, 60);
        Assert.Contains(losses, count => count > 200);
    }

    [Fact]
    public void The_error_for_an_unknown_name_lists_the_known_names() =>
        Assert.Contains(
            "there is random, swarm, pct",
            Assert.Throws<ArgumentException>(() => StrategyCatalogue.Create("luck")).Message,
            StringComparison.Ordinal);

    private static void Holds(string name) =>
        Assert.All(Scenario.All, scenario =>
            Assert.Null(Explorer.Explore(
                scenario, new ExplorationOptions { Strategy = name, Iterations = 150, Seed = 9 }).Violation?.Violation.Message));
}
