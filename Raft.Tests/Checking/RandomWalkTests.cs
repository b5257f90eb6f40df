using ModelChecking;
using Samples;

namespace Raft.Tests.Checking;

public sealed class RandomWalkTests
{
    private static readonly CheckOptions _walks = new() { Order = SearchOrder.RandomWalk, Walks = 200, MaxDepth = 50 };

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(ulong.MaxValue)]
    public void The_broken_lock_is_found_whatever_the_seed(ulong seed)
    {
        var result = Checker.Check(new BrokenLock(), _walks with { Seed = seed });

        Assert.Equal((CheckOutcome.Violated, "MutualExclusion"), (result.Outcome, result.Violated));
        var end = result.Counterexample!.States[^1];
        Assert.Equal(2, end.Values.Count(value => value.Value == "Inside"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_number_of_workers_makes_the_same_walks(int workers)
    {
        var one = Checker.Check(new TwoPhaseCommit(2), _walks with { Workers = 1 });
        var several = Checker.Check(new TwoPhaseCommit(2), _walks with { Workers = workers });

        Assert.Equal(CheckOutcome.Holds, several.Outcome);
        Assert.Equal((one.Generated, one.Depth), (several.Generated, several.Depth));
        Assert.Equal(one.Actions, several.Actions);
        Assert.Equal(one.Evaluations, several.Evaluations);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_number_of_workers_finds_the_same_counterexample(int workers)
    {
        // Most walks end in x. The others differ in how long they stay in each state.
        var graph = new Graph(("Stay", "aa bb cc dd ee"), ("Go", "ab bc cd de ez"), ("Err", "ax bx cx dx ex")) { Bad = "z" };
        for (var seed = 1UL; seed <= 20; seed++)
        {
            var one = Checker.Check(graph, _walks with { Workers = 1, Seed = seed });
            var several = Checker.Check(graph, _walks with { Workers = workers, Seed = seed });

            Assert.Equal("NotBad", one.Violated);
            Assert.Equal(Steps(one), Steps(several));
        }
    }

    [Fact]
    public void Another_seed_makes_other_walks()
    {
        var counterexamples = Enumerable.Range(1, 10)
            .Select(seed => string.Join(' ', Steps(Checker.Check(new BrokenLock(4), _walks with { Seed = (ulong)seed }))));

        Assert.True(counterexamples.Distinct().Count() > 1);
    }

    [Fact]
    public void Walks_differ_from_each_other()
    {
        // One walk can reach only one of the two ends.
        var result = Checker.Check(new Graph(("Go", "ab ac")) { Goals = "bc" }, _walks);

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal(["At b"], Checker.Check(new Graph(("Go", "ac")) { Goals = "bc" }, _walks).NeverReached);
        Assert.Single(Checker.Check(new Graph(("Go", "ab ac")) { Goals = "bc" }, _walks with { Walks = 1 }).NeverReached);
    }

    [Fact]
    public void A_walk_has_no_more_states_than_its_limit()
    {
        var result = Checker.Check(new Graph(("Go", "aa")), _walks with { Walks = 3, MaxDepth = 20 });

        Assert.Equal((CheckOutcome.Holds, 3 * 20, 20), (result.Outcome, result.Generated, result.Depth));
    }

    [Fact]
    public void Every_successor_on_the_path_is_checked_not_only_the_one_taken()
    {
        var graph = new Graph(("Go", "ab ac ad ae af ag ah az")) { Bad = "z" };

        Assert.All(
            Enumerable.Range(1, 20),
            seed => Assert.Equal("NotBad", Checker.Check(graph, _walks with { Walks = 1, Seed = (ulong)seed }).Violated));
    }

    [Fact]
    public void A_walk_stays_within_bounds()
    {
        var result = Checker.Check(new Graph(("Go", "ab ac ba bc cd")) { Beyond = "c", Bad = "d" }, _walks);

        Assert.Equal((CheckOutcome.Holds, 50), (result.Outcome, result.Depth));
    }

    private static IEnumerable<string> Steps(CheckResult result) => result.Counterexample!.States.Select(state => state.Step);
}
