using System.Diagnostics;
using DeterministicSimulation;
using Raft.Verification.Conformance;
using Raft.Verification.Mutants;

namespace Raft.Tests.Mutants;

public sealed class MutationRunTests
{
    private static readonly MutationRun _run = new(
        [StrategyCatalogue.Default], Seeds: 2, Budget: 600, TimeSpan.FromMinutes(1), Workers: 2);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("E2")]
    [InlineData("E10")]
    [InlineData("C3")]
    [InlineData("P4")]
    [InlineData("S2")]
    [InlineData("A5")]
    public void A_seeded_bug_is_found_by_its_property(string id)
    {
        var report = Assert.Single((_run with { Conformance = false }).Search(MutantCatalogue.Own().First(mutant => mutant.Id == id)));

        Assert.DoesNotContain(ConformanceMonitor.Name, report.Properties, StringComparison.Ordinal);
        Assert.Equal(2, report.FoundAsExpected);
        Assert.All(report.Searches, search => Assert.NotNull(search.Message));
        Assert.True(report.IsAsItShouldBe);
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("E2")]
    [InlineData("P4")]
    [InlineData("E3")]
    public void With_the_model_beside_the_code_no_schedule_more_is_needed_to_find_a_seeded_bug(string id)
    {
        var mutant = MutantCatalogue.Own().First(mutant => mutant.Id == id);
        var report = Assert.Single(_run.Search(mutant));
        var with = report.Searches;
        var without = Assert.Single((_run with { Conformance = false }).Search(mutant)).Searches;

        Assert.Contains(with, search => search.Property == ConformanceMonitor.Name);

        // A trace says whether the model was there.
        Assert.Equal(
            without.Select(search => search with { Seconds = 0, Trace = null }),
            report.WithoutModel!.Searches.Select(search => search with { Seconds = 0, Trace = null }));
        Assert.All(with.Zip(without), pair => Assert.True(pair.First.Schedules <= pair.Second.Schedules, $"{pair}"));
    }

    [Fact]
    [Trait("Category", "Long")]
    public void The_correct_implementation_is_clean()
    {
        var report = Assert.Single((_run with { Budget = 90 }).Search(Mutant.None));

        Assert.All(report.Searches, search => Assert.Null(search.Property));
        Assert.All(report.Searches, search => Assert.Equal(90, search.Schedules));
        Assert.True(report.IsAsItShouldBe);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void Equal_seeds_find_the_same()
    {
        var mutant = MutantCatalogue.Own().First(one => one.Id == "E10");
        var results = Enumerable.Range(0, 2).Select(_ => (_run with { Seeds = 1 }).Search(mutant)[0].Searches[0] with { Seconds = 0 });

        Assert.Single(results.Distinct());
    }

    // The core sleeps before it handles a message.
    [Theory]
    [Trait("Category", "Long")]
    [InlineData(Timeout.Infinite, "Termination")]
    [InlineData(200, null)]
    public void A_step_that_does_not_end_violates_Termination_and_a_slow_schedule_does_not(int milliseconds, string? property)
    {
        const string rule = "effects.Rejected = ObjectionTo(message);";
        var sleep = new MutantEdit("Raft.Impl/Core/RaftCore.AllServers.cs", rule, $"Thread.Sleep({milliseconds}); {rule}");
        var clock = Stopwatch.StartNew();
        var report = Assert.Single(
            (_run with { Seeds = 1, Budget = 1, Conformance = false }).Search(Mutant.None with { Id = "X1", Edits = [sleep] }));

        var search = Assert.Single(report.Searches);
        Assert.Equal((property, 1), (search.Property, search.Schedules));
        Assert.InRange(clock.Elapsed.TotalSeconds, 10.5, 60);
    }

    [Fact]
    public void A_search_that_is_stopped_counts_neither_way()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var report = new MutantReport(
            Mutant.None, StrategyCatalogue.Default, [new MutantSearchResult(1, 5, 1, Stopped: true), new MutantSearchResult(2, 600, 1)]);

        Assert.Empty(_run.Search(Mutant.None, stop: stop.Token));
        Assert.Single(report.Done);
    }

    [Theory]
    [InlineData(0, true, 20.0)]
    [InlineData(1, true, 20.0)]
    [InlineData(2, false, 20.0)]
    [InlineData(6, false, null)]
    public void A_mutant_is_found_if_nine_searches_of_ten_find_it_and_the_median_is_over_all_of_them(
        int misses, bool isFound, double? median)
    {
        var mutant = Mutant.None with { Id = "X", Breaks = ["Liveness"] };
        var report = new MutantReport(
            mutant,
            StrategyCatalogue.Default,
            [
                .. Enumerable.Range(0, 10).Select(i => i < misses
                    ? new MutantSearchResult((ulong)i, 600, 1)
                    : new MutantSearchResult((ulong)i, 20, 1, "Liveness")),
            ]);

        Assert.Equal(isFound, report.IsAsItShouldBe);
        Assert.Equal(median, report.MedianSchedules);
    }

    [Fact]
    public void A_violation_of_a_property_that_the_bug_does_not_break_is_marked()
    {
        var mutant = Mutant.None with { Id = "X", Breaks = ["Liveness"] };
        var report = new MutantReport(
            mutant,
            StrategyCatalogue.Default,
            [
                new MutantSearchResult(1, 5, 1, "Liveness"),
                new MutantSearchResult(2, 5, 1, "Deadlock"),
                new MutantSearchResult(3, 5, 1, "Deadlock"),
            ]);

        Assert.Equal("as Deadlock 2, Liveness 1", report.Properties);
        Assert.Equal(1, report.FoundAsExpected);
    }
}
