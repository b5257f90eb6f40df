using Raft.Verification.Mutants;

namespace Raft.Tests.Mutants;

public sealed class ModelSearchTests
{
    [Theory]
    [Trait("Category", "Long")]
    [InlineData("E4", "OneLeaderPerTerm", "an election of four", 10)]
    [InlineData("P2", "OneLeaderPerTerm", "a crash in an election", 11)]
    [InlineData("C4", "QuorumLog", "a crash of a leader with an entry", 13)]
    [InlineData("E6", "OneLeaderPerTerm", "three elections", 11)]
    [InlineData("A1", "OneLeaderPerTerm", "slow disks in three elections", 11)]
    public void A_bug_that_is_seeded_into_the_model_is_found_by_the_checker_on_the_first_preset_that_has_room_for_it(
        string id, string property, string preset, int steps)
    {
        using var context = new MutantContext(MutantCatalogue.Own().First(mutant => mutant.Id == id), MutatedSources.Model);

        var result = context.SearchModel(_ => { }, default);

        Assert.Equal((property, preset, steps), (result.Property, result.Preset, result.Steps));
    }

    [Fact]
    [Trait("Category", "Long")]
    public void The_states_it_takes_are_always_the_same()
    {
        using var context = new MutantContext(MutantCatalogue.Own().First(mutant => mutant.Id == "P2"), MutatedSources.Model);

        Assert.Equal(
            context.SearchModel(_ => { }, default) with { Seconds = 0 },
            context.SearchModel(_ => { }, default) with { Seconds = 0 });
    }

    [Fact]
    public void A_search_that_is_stopped_says_so()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        var result = ModelSearch.Run(_ => { }, stop.Token);

        Assert.True(result.Stopped);
        Assert.Null(result.Property);
    }

    [Theory]
    [InlineData(true, null, true)]
    [InlineData(true, "QuorumLog", false)]
    [InlineData(false, "QuorumLog", true)]
    [InlineData(false, null, false)]
    public void A_bug_must_be_found_and_the_correct_model_must_hold(bool isCorrect, string? property, bool isAsItShouldBe)
    {
        var mutant = isCorrect ? Mutant.None : Mutant.None with { Id = "X" };

        Assert.Equal(isAsItShouldBe, new ModelReport(mutant, new ModelSearchResult(1, 1, property)).IsAsItShouldBe);
    }
}
