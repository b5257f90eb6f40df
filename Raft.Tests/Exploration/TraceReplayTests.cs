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
    public void It_repeats_the_events_of_the_trace()
    {
        var events = new TraceReplay(_trace, ExplorerTests.Fragile).Run();

        Assert.Equal(_trace.Events.Select(_trace.Format.ToLine), events.Select(_trace.Format.ToLine));
    }

    [Fact]
    public void The_first_step_that_differs_is_reported_with_both_events()
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
    public void A_difference_in_the_state_of_a_server_is_reported()
    {
        var changed = _trace.Events.ToArray();
        var index = Array.FindIndex(changed, one => one.State is not null);
        changed[index] = changed[index] with { State = changed[index].ServerState! with { DurableIndex = 77 } };

        var exception = Assert.Throws<ReplayDivergedException>(
            () => new TraceReplay(_trace with { Events = changed }, ExplorerTests.Fragile).Run());

        Assert.Contains("\"durableIndex\":77", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_events_and_additional_events_are_reported()
    {
        var more = _trace with { Events = [.. _trace.Events, _trace.Events[^1]] };
        var fewer = _trace with { Events = [.. _trace.Events.Take(3)] };

        Assert.Contains("replay: no more events", Divergence(more), StringComparison.Ordinal);
        Assert.Contains("trace:  no more events", Divergence(fewer), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_violation_is_reported_even_if_all_events_are_equal()
    {
        var other = _trace with { Violation = _trace.Violation with { Property = "ElectionSafety" } };

        Assert.Contains("trace:  ElectionSafety", Divergence(other), StringComparison.Ordinal);
        Assert.Contains("replay: Scenario", Divergence(other), StringComparison.Ordinal);
    }

    [Fact]
    public void A_callback_runs_before_each_step()
    {
        var steps = new List<long>();

        new TraceReplay(_trace, ExplorerTests.Fragile) { BeforeStep = steps.Add }.Run();

        Assert.Equal(Enumerable.Range(1, steps.Count).Select(step => (long)step), steps);
        Assert.Equal(_trace.Violation.Step, steps[^1]);
    }

    [Fact]
    public void A_rerun_makes_default_choices_where_the_recorded_ones_do_not_fit()
    {
        var other = _trace with { Scenario = "election" };

        Assert.Null(other.Rerun());
        Assert.Null((other with { Choices = [.. other.Choices.Select(_ => int.MaxValue)] }).Rerun());
        Assert.Null((other with { Choices = [] }).Rerun());
    }

    [Fact]
    public void The_test_made_from_a_trace_reads_the_file_and_names_the_scenario()
    {
        var source = TraceTest.For(_trace with { Scenario = "figure-8" }, "Traces/figure-8.trace.json");

        Assert.Contains("public sealed class Figure_8_Scenario_3_", source, StringComparison.Ordinal);
        Assert.Contains("Assert.Null(Trace.Read(@\"Traces/figure-8.trace.json\").Rerun());", source, StringComparison.Ordinal);
        Assert.DoesNotContain("it broke\n", source, StringComparison.Ordinal);
    }

    private static string Divergence(Trace trace) =>
        Assert.Throws<ReplayDivergedException>(() => new TraceReplay(trace, ExplorerTests.Fragile).Run()).Message;
}
