using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Exploration;

namespace Raft.Tests.Exploration;

public sealed class TraceReplayTests
{
    private static readonly Trace _trace = Explorer.Explore(
            ExplorerTests.Fragile, new ExplorationOptions { Iterations = 5000, Seed = 3 })
        .Violation!.Replayed(ExplorerTests.Fragile);

    [Fact]
    public void It_goes_event_by_event_as_it_went()
    {
        var events = new TraceReplay(_trace, ExplorerTests.Fragile).Run();

        Assert.Equal(_trace.Events.Select(_trace.Format.ToLine), events.Select(_trace.Format.ToLine));
    }

    [Fact]
    public void The_first_step_that_differs_is_told_with_both_sides()
    {
        var changed = _trace.Events.ToArray();
        var index = Array.FindLastIndex(changed, one => one.Kind == TraceEventKind.Stepped);
        changed[index] = changed[index] with { Input = new TraceInput { Type = "something else" } };

        var exception = Assert.Throws<ReplayDivergedException>(
            () => new TraceReplay(_trace with { Events = changed }, ExplorerTests.Fragile).Run());

        Assert.Contains($"At step {_trace.Events[index].Step} ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("something else", exception.Message, StringComparison.Ordinal);
        Assert.Contains(_trace.Events[index].Text, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_difference_that_only_a_servers_state_shows_is_told()
    {
        var changed = _trace.Events.ToArray();
        var index = Array.FindIndex(changed, one => one.State is not null);
        changed[index] = changed[index] with { State = changed[index].ServerState! with { DurableIndex = 77 } };

        var exception = Assert.Throws<ReplayDivergedException>(
            () => new TraceReplay(_trace with { Events = changed }, ExplorerTests.Fragile).Run());

        Assert.Contains("\"durableIndex\":77", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Events_that_do_not_come_any_more_and_events_that_are_new_are_told()
    {
        var more = _trace with { Events = [.. _trace.Events, _trace.Events[^1]] };
        var fewer = _trace with { Events = [.. _trace.Events.Take(3)] };

        Assert.Contains("replay: no more events", Divergence(more), StringComparison.Ordinal);
        Assert.Contains("trace:  no more events", Divergence(fewer), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_end_is_told_even_if_all_events_are_the_same()
    {
        var other = _trace with { Violation = _trace.Violation with { Property = "ElectionSafety" } };

        Assert.Contains("trace:  ElectionSafety", Divergence(other), StringComparison.Ordinal);
        Assert.Contains("replay: Scenario", Divergence(other), StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_wants_to_break_at_a_step_is_called_before_it()
    {
        var steps = new List<long>();

        new TraceReplay(_trace, ExplorerTests.Fragile) { BeforeStep = steps.Add }.Run();

        Assert.Equal(Enumerable.Range(1, steps.Count).Select(step => (long)step), steps);
        Assert.Equal(_trace.Violation.Step, steps[^1]);
    }

    [Fact]
    public void A_rerun_goes_on_by_default_where_the_choices_do_not_fit()
    {
        var other = _trace with { Scenario = "election" };

        Assert.Null(other.Rerun());
        Assert.Null((other with { Choices = [.. other.Choices.Select(_ => int.MaxValue)] }).Rerun());
        Assert.Null((other with { Choices = [] }).Rerun());
    }

    [Fact]
    public void The_test_that_is_made_of_it_reads_the_file_and_says_what_was_violated()
    {
        var source = TraceTest.For(_trace with { Scenario = "figure-8" }, "Traces/figure-8.trace.json");

        Assert.Contains("public sealed class Figure_8_Scenario_3_", source, StringComparison.Ordinal);
        Assert.Contains("Assert.Null(Trace.Read(@\"Traces/figure-8.trace.json\").Rerun());", source, StringComparison.Ordinal);
        Assert.DoesNotContain("it broke\n", source, StringComparison.Ordinal);
    }

    private static string Divergence(Trace trace) =>
        Assert.Throws<ReplayDivergedException>(() => new TraceReplay(trace, ExplorerTests.Fragile).Run()).Message;
}
