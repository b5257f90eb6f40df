using ModelChecking;
using Samples;

namespace Raft.Tests.Checking;

public sealed class DepthFirstTests
{
    private static readonly CheckOptions _depthFirst = new() { Order = SearchOrder.DepthFirst };

    [Fact]
    public void It_finds_the_same_states_and_steps_as_breadth_first()
    {
        var counters = new Counters(4, 5);

        var result = Checker.Check(counters, _depthFirst);

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal((1 + counters.Steps, counters.States, counters.Depth), (result.Generated, result.Distinct, result.Depth));
        Assert.Equal(
            [("Odd", counters.Steps / 2), ("Even", counters.Steps / 2)], result.Actions.Select(action => (action.Name, action.Fired)));
        Assert.Equal(0, result.Queue);
    }

    [Fact]
    public void It_uses_symmetry()
    {
        var result = Checker.Check(new TwoPhaseCommit(3), _depthFirst with { Symmetry = true });

        Assert.Equal((CheckOutcome.Holds, 80), (result.Outcome, result.Distinct));
    }

    [Fact]
    public void It_follows_one_path_to_its_end_before_it_tries_another()
    {
        var visits = "";
        var graph = new Graph(("Go", "ab bc cd ae ef")) { Visit = letter => visits += letter };

        Checker.Check(graph, _depthFirst);

        Assert.Equal("abcdef", visits);
    }

    [Fact]
    public void It_gets_deep_where_breadth_first_would_drown()
    {
        // These counters have 10^12 states. The one that is sought is 107 steps away.
        var result = Checker.Check(new Counters(12, 9) { BadSum = 107 }, _depthFirst);

        Assert.Equal("NotThatSum", result.Violated);
        Assert.Equal(108, result.Counterexample!.States.Count);
        Assert.InRange(result.Generated, 108, 10_000);
    }

    [Fact]
    public void It_goes_no_deeper_than_its_limit()
    {
        var graph = new Graph(("Go", "ab bc cz")) { Bad = "z" };

        Assert.Equal((CheckOutcome.Holds, 3, 3), Found(3));
        Assert.Equal((CheckOutcome.Violated, 4, 4), Found(4));

        (CheckOutcome, long, int) Found(int maxDepth)
        {
            var result = Checker.Check(graph, _depthFirst with { MaxDepth = maxDepth });
            return (result.Outcome, result.Distinct, result.Depth);
        }
    }

    [Fact]
    public void A_state_first_seen_at_the_greatest_depth_is_not_explored_from_nearer()
    {
        // c is reached through b first, at the depth limit. The shorter path comes too late.
        var result = Checker.Check(new Graph(("Go", "ab bc ac cz")) { Bad = "z" }, _depthFirst with { MaxDepth = 3 });

        Assert.Equal((CheckOutcome.Holds, 3), (result.Outcome, result.Distinct));
    }

    [Fact]
    public void A_counterexample_is_the_path_of_the_search()
    {
        var result = Checker.Check(new Graph(("Stroll", "ab bc cz"), ("Jump", "az")) { Bad = "z" }, _depthFirst);

        Assert.Equal(["Init", "Stroll", "Stroll", "Stroll"], result.Counterexample!.States.Select(state => state.Step));
    }

    [Fact]
    public void When_the_memory_is_used_up_it_ends_and_reports_what_it_found()
    {
        var result = Checker.Check(new Counters(8, 6), _depthFirst with { MaxBytes = 1_000_000 });

        Assert.Equal(CheckOutcome.OutOfMemory, result.Outcome);
        Assert.InRange(result.Distinct, 10_000, 125_000);
        Assert.InRange(result.Bytes, 8 * result.Distinct, 1_000_000);
        Assert.InRange(result.Queue, 1, 48 * 8);
    }
}
