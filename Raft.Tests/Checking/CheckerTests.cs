using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Tests.Checking;

public sealed class CheckerTests
{
    private static readonly CheckOptions _oneWorker = new() { Workers = 1 };

    public static TheoryData<SearchOrder> Orders => [SearchOrder.BreadthFirst, SearchOrder.DepthFirst, SearchOrder.RandomWalk];

    [Fact]
    public void A_counterexample_is_a_shortest_one_and_names_the_actions_and_what_changed()
    {
        var graph = new Graph(("Stroll", "ab bc cd dz"), ("Jump", "ae ez")) { Bad = "z" };

        var result = Checker.Check(graph, _oneWorker);

        Assert.Equal((CheckOutcome.Violated, "NotBad"), (result.Outcome, result.Violated));
        Assert.Equal("NotBad", result.Counterexample!.Property);
        Assert.Equal(["Init", "Jump", "Jump"], result.Counterexample.States.Select(state => state.Step));
        Assert.Equal([At('a'), At('e'), At('z')], result.Counterexample.States.Select(state => Assert.Single(state.Values)));
        Assert.Equal([At('a'), At('e'), At('z')], result.Counterexample.States.Select(state => Assert.Single(state.Changes)));
    }

    [Fact]
    public void What_a_step_leaves_as_it_is_is_not_among_its_changes()
    {
        var result = Checker.Check(new Counters(3, 2) { BadSum = 3 }, _oneWorker);

        Assert.Equal(4, result.Counterexample!.States.Count);
        Assert.All(result.Counterexample.States.Skip(1), state => Assert.Single(state.Changes));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Any_number_of_workers_finds_the_same(int workers)
    {
        var counters = new Counters(6, 6);

        var result = Checker.Check(counters, new CheckOptions { Workers = workers });

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal((1 + counters.Steps, counters.States, counters.Depth), (result.Generated, result.Distinct, result.Depth));
        Assert.Equal(
            [("Odd", counters.Steps / 2), ("Even", counters.Steps / 2)], result.Actions.Select(action => (action.Name, action.Fired)));
        Assert.Equal(counters.States - 1, result.Actions.Sum(action => action.Distinct));
        Assert.Equal([KeyValuePair.Create("NotThatSum", counters.States)], result.Evaluations);
        Assert.Equal(0, result.Queue);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Any_number_of_workers_finds_a_shortest_counterexample(int workers)
    {
        var result = Checker.Check(new Counters(6, 6) { BadSum = 20 }, new CheckOptions { Workers = workers });

        Assert.Equal("NotThatSum", result.Violated);
        Assert.Equal(21, result.Counterexample!.States.Count);
        Assert.Equal(20, result.Counterexample.States[^1].Values.Sum(value => int.Parse(value.Value)));
    }

    [Fact]
    public void A_successor_out_of_bounds_is_generated_but_neither_counted_nor_explored()
    {
        var result = Checker.Check(new Graph(("Go", "ab ac bd dc")) { Beyond = "b" });

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal((3, 2, 2), (result.Generated, result.Distinct, result.Depth));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_successor_out_of_bounds_is_checked_against_the_invariants(SearchOrder order)
    {
        var result = Checker.Check(new Graph(("Go", "ab ac")) { Beyond = "b", Bad = "b" }, new CheckOptions { Order = order });

        Assert.Equal("NotBad", result.Violated);
        Assert.Equal(At('b'), Assert.Single(result.Counterexample!.States[^1].Values));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_step_is_checked_against_the_action_properties_also_one_that_leads_out_of_bounds_or_to_a_state_that_is_known(
        SearchOrder order)
    {
        foreach (var step in new[] { "ab", "bc", "ba", "aa" })
        {
            var result = Checker.Check(
                new Graph(("Go", "ab bc ba aa")) { Beyond = "c", BadSteps = step }, new CheckOptions { Order = order });

            Assert.Equal("NoBadStep", result.Violated);
            Assert.Equal(
                [At(step[0]), At(step[1])], result.Counterexample!.States.TakeLast(2).Select(state => Assert.Single(state.Values)));
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void What_should_be_reached_and_is_not_is_reported(SearchOrder order)
    {
        var result = Checker.Check(new Graph(("Go", "ab bc ce fd")) { Goals = "bdef", Beyond = "e" }, new CheckOptions { Order = order });

        Assert.Equal(CheckOutcome.NeverReached, result.Outcome);
        Assert.Equal(["At d", "At e", "At f"], result.NeverReached);
        Assert.Null(result.Counterexample);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void When_all_that_should_be_reached_is_the_check_holds(SearchOrder order)
    {
        var result = Checker.Check(new Graph(("Go", "ab bc ca")) { Goals = "abc" }, new CheckOptions { Order = order, Walks = 10 });

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Empty(result.NeverReached);
    }

    [Fact]
    public void Each_action_is_counted_and_how_many_new_states_it_led_to()
    {
        var result = Checker.Check(new Graph(("Forth", "ab bc cd"), ("Back", "ba cb aa"), ("Never", "yz")), _oneWorker);

        Assert.Equal(
            [new ActionCount("Forth", 3, 3, true), new ActionCount("Back", 3, 0, true), new ActionCount("Never", 0, 0, true)],
            result.Actions);
    }

    [Fact]
    public void Invariants_are_evaluated_once_for_each_distinct_state_and_for_each_successor_out_of_bounds()
    {
        var result = Checker.Check(new Graph(("Go", "ab bc ca ad bd")) { Beyond = "d" });

        Assert.Equal([KeyValuePair.Create("NotBad", 3L + 2L)], result.Evaluations);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_state_that_no_step_leaves_is_an_error_only_if_deadlocks_are_to_be_found(SearchOrder order)
    {
        var graph = new Graph(("Go", "ab bc ca bz"));

        var found = Checker.Check(graph, new CheckOptions { Order = order, FindDeadlocks = true });
        var ignored = Checker.Check(graph, new CheckOptions { Order = order, FindDeadlocks = false });

        Assert.Equal((CheckOutcome.Violated, CheckResult.Deadlock), (found.Outcome, found.Violated));
        Assert.Equal(At('z'), Assert.Single(found.Counterexample!.States[^1].Values));
        Assert.Equal(CheckOutcome.Holds, ignored.Outcome);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_state_whose_successors_are_all_out_of_bounds_is_no_deadlock(SearchOrder order)
    {
        var result = Checker.Check(new Graph(("Go", "ab")) { Beyond = "b" }, new CheckOptions { Order = order, FindDeadlocks = true });

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
    }

    [Fact]
    public void Each_of_several_initial_states_is_a_beginning()
    {
        var result = Checker.Check(new Graph(("Go", "ab cd de")) { Initial = "acca", Bad = "e" }, _oneWorker);

        Assert.Equal([At('c'), At('d'), At('e')], result.Counterexample!.States.Select(state => Assert.Single(state.Values)));
        Assert.Equal(4 + 2, Checker.Check(new Graph(("Go", "ab cd")) { Initial = "acca" }).Generated);
        Assert.Equal(4, Checker.Check(new Graph(("Go", "ab cd")) { Initial = "acca" }).Distinct);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_bad_initial_state_is_a_counterexample_of_its_own_also_out_of_bounds(SearchOrder order)
    {
        foreach (var beyond in new[] { "", "b" })
        {
            var result = Checker.Check(
                new Graph(("Go", "ac")) { Initial = "ab", Bad = "b", Beyond = beyond }, new CheckOptions { Order = order });

            Assert.Equal((CheckOutcome.Violated, "NotBad"), (result.Outcome, result.Violated));
            Assert.Equal(
                ("Init", At('b')), result.Counterexample!.States.Select(state => (state.Step, Assert.Single(state.Values))).Single());
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void An_initial_state_out_of_bounds_is_no_beginning(SearchOrder order)
    {
        var result = Checker.Check(new Graph(("Go", "bz")) { Initial = "ab", Beyond = "b", Bad = "z" }, new CheckOptions { Order = order });

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Without_an_initial_state_there_is_nothing_and_nothing_is_reached(SearchOrder order)
    {
        var result = Checker.Check(
            new Graph(("Go", "ab")) { Initial = "", Goals = "a" }, new CheckOptions { Order = order, FindDeadlocks = true });

        Assert.Equal(CheckOutcome.NeverReached, result.Outcome);
        Assert.Equal((0, 0, 0), (result.Generated, result.Distinct, result.Depth));
    }

    [Theory]
    [InlineData(50_000, 1)]
    [InlineData(1, 200_000)]
    [InlineData(3, 70_000)]
    public void There_may_be_many_initial_states_and_many_successors_of_a_state(int initial, int successors)
    {
        var result = Checker.Check(new Fan(initial, successors), new CheckOptions { Workers = 2 });

        Assert.Equal(initial + ((long)initial * successors), result.Distinct);
    }

    [Fact]
    public void When_the_memory_is_used_up_it_ends_and_reports_what_it_found()
    {
        var counters = new Counters(8, 6);

        var result = Checker.Check(counters, new CheckOptions { MaxBytes = 4_000_000 });

        Assert.Equal(CheckOutcome.OutOfMemory, result.Outcome);
        Assert.Null(result.Violated);
        Assert.InRange(result.Distinct, 10_000, counters.States / 10);
        Assert.InRange(result.Generated, result.Distinct, counters.Steps);
        Assert.InRange(result.Queue, 1, result.Distinct);
        Assert.InRange(result.Depth, 2, counters.Depth);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void When_it_is_stopped_it_ends_and_reports_what_it_found(SearchOrder order)
    {
        using var stop = new CancellationTokenSource();
        var visits = 0;
        var counters = new Counters(9, 9)
        {
            Visit = () =>
            {
                if (Interlocked.Increment(ref visits) == 5_000)
                {
                    stop.Cancel();
                }
            },
        };

        var result = Checker.Check(counters, new CheckOptions { Order = order, Walks = long.MaxValue, Workers = 2 }, stop: stop.Token);

        Assert.Equal(CheckOutcome.Stopped, result.Outcome);
        Assert.InRange(result.Generated, 5_000, 1_000_000);
        Assert.InRange(result.Distinct, order == SearchOrder.RandomWalk ? 0 : 1_000, result.Generated);
        Assert.InRange(result.Depth, 2, counters.Depth);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Progress_is_reported_while_it_runs(SearchOrder order)
    {
        // The check waits after its first hundred states until progress was reported.
        using var reported = new ManualResetEventSlim();
        var visits = 0;
        CheckProgress? last = null;
        var counters = new Counters(3, 4) { Visit = () => WaitAt(ref visits, reported, order) };

        var result = Checker.Check(counters, new CheckOptions { Order = order, Workers = 1, Walks = 20 }, Tell);

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.NotNull(last);
        Assert.InRange(last.Generated, 1, result.Generated);
        Assert.InRange(last.Distinct, order == SearchOrder.RandomWalk ? 0 : 1, 125);
        Assert.InRange(last.Queue, 0, 1_000);
        Assert.InRange(last.Depth, 1, counters.Depth);
        Assert.InRange(last.Elapsed, TimeSpan.FromMilliseconds(900), TimeSpan.FromMinutes(5));

        void Tell(CheckProgress progress)
        {
            last = progress;
            reported.Set();
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void When_the_progress_callback_throws_the_check_ends(SearchOrder order)
    {
        using var reported = new ManualResetEventSlim();
        var visits = 0;
        var failure = new IOException("nobody reads this");
        var counters = new Counters(9, 9) { Visit = () => WaitAt(ref visits, reported, order) };

        var error = Assert.Throws<InvalidOperationException>(
            () => Checker.Check(counters, new CheckOptions { Order = order, Workers = 2, Walks = long.MaxValue }, Tell));

        Assert.Same(failure, error.InnerException);

        void Tell(CheckProgress progress)
        {
            reported.Set();
            throw failure;
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void When_the_specification_fails_the_error_says_which_and_why(SearchOrder order)
    {
        var failure = new ArgumentException("there is no such letter");
        var graph = new Graph(("Go", "ab bc")) { Visit = letter => ThrowAt(letter, 'b', failure) };

        var error = Assert.Throws<InvalidOperationException>(() => Checker.Check(graph, new CheckOptions { Order = order, Workers = 2 }));

        Assert.Equal("The check of Graph failed: there is no such letter", error.Message);
        Assert.Same(failure, error.InnerException);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void When_its_initial_states_fail_the_error_says_which_and_why(SearchOrder order)
    {
        var error = Assert.Throws<InvalidOperationException>(
            () => Checker.Check(new Graph { Initial = "{" }, new CheckOptions { Order = order }));

        Assert.Equal("The check of Graph failed: at was set to 26, but it goes from 0 to 25.", error.Message);
    }

    [Fact]
    public void The_chance_that_a_collision_hid_a_state_is_estimated_as_TLC_does()
    {
        var result = Checker.Check(new Counters(2, 1)) with { Generated = 73_655_755, Distinct = 8_875_508 };

        // 8,875,508 * (73,655,755 - 8,875,508) / 2^64.
        Assert.Equal(3.1168e-5, result.CollisionProbability, tolerance: 1e-9);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void A_distinct_state_of_Raft_takes_at_most_32_bytes_beyond_the_frontier()
    {
        var spec = new RaftSpec(new RaftBounds
        {
            Servers = 3,
            MaxTerm = 2,
            MaxLog = 1,
            MaxMessages = 3,
            MaxRestarts = 0,
            MaxDuplicates = 0,
            MaxDrops = 0,
            MaxClientRequests = 1,
            MaxTimeouts = 1,
        });

        var result = Checker.Check(spec);

        Assert.Equal(295_741, result.Distinct);
        Assert.InRange(result.BytesPerState, 16, 32);
        Assert.Equal(result.Bytes, result.BytesPerState * result.Distinct, tolerance: 1);
    }

    [Fact]
    public void Invalid_options_are_refused()
    {
        var graph = new Graph(("Go", "ab"));

        Refuses("options.Workers ('0')", new CheckOptions { Workers = 0 });
        Refuses("options.MaxDepth ('-1')", new CheckOptions { MaxDepth = -1 });
        Refuses("options.Walks ('0')", new CheckOptions { Walks = 0 });

        void Refuses(string what, CheckOptions options) =>
            Assert.StartsWith(
                what, Assert.Throws<ArgumentOutOfRangeException>(() => Checker.Check(graph, options)).Message, StringComparison.Ordinal);
    }

    private static KeyValuePair<string, string> At(char letter) => KeyValuePair.Create("at", $"{letter}");

    private static void ThrowAt(char letter, char at, Exception failure)
    {
        if (letter == at)
        {
            throw failure;
        }
    }

    private static void WaitAt(ref int visits, ManualResetEventSlim reported, SearchOrder order)
    {
        // Depth-first search reports between two states, so it must continue, slowly.
        if (Interlocked.Increment(ref visits) > 100)
        {
            reported.Wait(order == SearchOrder.DepthFirst ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromMinutes(1));
        }
    }
}
