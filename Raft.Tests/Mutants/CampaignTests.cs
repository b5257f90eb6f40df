using DeterministicSimulation;
using Raft.Verification.Mutants;

namespace Raft.Tests.Mutants;

public sealed class CampaignTests
{
    private static readonly Campaign _campaign = new(
        [StrategyCatalogue.Default], Seeds: 2, Budget: 600, TimeSpan.FromMinutes(1), Workers: 2);

    [Theory]
    [InlineData("E2")]
    [InlineData("E10")]
    [InlineData("C3")]
    [InlineData("P4")]
    [InlineData("S2")]
    [InlineData("A5")]
    public void A_seeded_bug_is_found_by_the_property_that_tells_it(string id)
    {
        var report = Assert.Single(_campaign.Run(MutantCatalogue.Own().First(mutant => mutant.Id == id)));

        Assert.Equal(2, report.FoundAsExpected);
        Assert.All(report.Hunts, hunt => Assert.NotNull(hunt.Message));
        Assert.True(report.IsAsItShouldBe);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void The_correct_implementation_is_clean()
    {
        var report = Assert.Single((_campaign with { Budget = 90 }).Run(Mutant.None));

        Assert.All(report.Hunts, hunt => Assert.Null(hunt.Property));
        Assert.All(report.Hunts, hunt => Assert.Equal(90, hunt.Schedules));
        Assert.True(report.IsAsItShouldBe);
    }

    [Fact]
    public void Equal_seeds_find_the_same()
    {
        var mutant = MutantCatalogue.Own().First(one => one.Id == "E10");
        var results = Enumerable.Range(0, 2).Select(_ => (_campaign with { Seeds = 1 }).Run(mutant)[0].Hunts[0] with { Seconds = 0 });

        Assert.Single(results.Distinct());
    }

    [Fact]
    public void A_hunt_that_is_stopped_counts_neither_way()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var report = new MutantReport(
            Mutant.None, StrategyCatalogue.Default, [new HuntResult(1, 5, 1, Stopped: true), new HuntResult(2, 600, 1)]);

        Assert.Empty(_campaign.Run(Mutant.None, stop: stop.Token));
        Assert.Single(report.Done);
    }

    [Theory]
    [InlineData(0, true, 20.0)]
    [InlineData(1, true, 20.0)]
    [InlineData(2, false, 20.0)]
    [InlineData(6, false, null)]
    public void A_mutant_is_found_if_nine_hunts_of_ten_find_it_and_the_median_is_over_all_of_them(int misses, bool isFound, double? median)
    {
        var mutant = Mutant.None with { Id = "X", Breaks = ["Liveness"] };
        var report = new MutantReport(
            mutant,
            StrategyCatalogue.Default,
            [.. Enumerable.Range(0, 10).Select(i => new HuntResult((ulong)i, i < misses ? 600 : 20, 1, i < misses ? null : "Liveness"))]);

        Assert.Equal(isFound, report.IsAsItShouldBe);
        Assert.Equal(median, report.MedianSchedules);
    }

    [Fact]
    public void What_was_found_by_a_property_that_does_not_tell_the_bug_is_marked()
    {
        var mutant = Mutant.None with { Id = "X", Breaks = ["Liveness"] };
        var report = new MutantReport(
            mutant,
            StrategyCatalogue.Default,
            [new HuntResult(1, 5, 1, "Liveness"), new HuntResult(2, 5, 1, "Deadlock"), new HuntResult(3, 5, 1, "Deadlock")]);

        Assert.Equal("as Deadlock 2, Liveness 1", report.Properties);
        Assert.Equal(1, report.FoundAsExpected);
    }
}
