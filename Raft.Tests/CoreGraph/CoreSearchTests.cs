using Raft.Verification.Mutants;

namespace Raft.Tests.CoreGraph;

public sealed class CoreSearchTests
{
    private const string _elections = "elections of two, crashes and late messages";

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("E1", "Conformance", _elections, 4)]
    [InlineData("E4", "Conformance", _elections, 2)]
    [InlineData("P1", "Conformance", _elections, 3)]
    [InlineData("P2", "Conformance", _elections, 1)]
    [InlineData("C1", "Conformance", "two leaders of three", 29)]
    [InlineData("C3", "CommitIndexNeverDecreases", "two leaders of three", 17)]
    [InlineData("C4", "Conformance", "two leaders of three", 14)]
    [InlineData("R1", "Conformance", _elections, 7)]
    [InlineData("R4", "Conformance", "two leaders of three with conflicting entries", 28)]
    [InlineData("S1", "Conformance", "a leader of three and its snapshot", 27)]
    public void A_bug_that_is_seeded_into_the_core_is_found_on_the_first_preset_that_has_room_for_it(
        string id, string property, string preset, int steps)
    {
        using var context = new MutantContext(MutantCatalogue.Own().First(mutant => mutant.Id == id));

        var result = context.SearchCores(_ => { }, default);

        Assert.Equal((property, preset, steps), (result.Property, result.Preset, result.Steps));
    }

    [Fact]
    public void The_difference_from_the_model_is_the_reason()
    {
        using var context = new MutantContext(MutantCatalogue.Own().First(mutant => mutant.Id == "C4"));

        var reason = context.SearchCores(_ => { }, default).Reason;

        Assert.StartsWith("in the message that it sends, AppendEntries", reason, StringComparison.Ordinal);
    }
}
