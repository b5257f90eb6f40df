using Raft.Verification.Mutants;

namespace Raft.Tests.Mutants;

public sealed class MutantTextTests
{
    private const string _header = """
        id: X1
        title: does it wrong
          in two lines
        category: test
        source: nobody
        breaks: ElectionSafety, Liveness

        """;

    private const string _edit = """

        --- edit Raft.Impl/Core/RaftLog.cs
        --- find
            the right
            thing
        --- replace
            the wrong one
        --- end

        """;

    [Fact]
    public void A_mutant_is_a_header_and_edits_whose_texts_stand_as_in_the_sources()
    {
        var mutant = MutantText.Read("X1.mutant", _header + _edit);

        Assert.Equal("X1", mutant.Id);
        Assert.Equal("does it wrong in two lines", mutant.Title);
        Assert.Equal(["ElectionSafety", "Liveness"], mutant.Breaks);
        Assert.Equal([new MutantEdit("Raft.Impl/Core/RaftLog.cs", "    the right\n    thing", "    the wrong one")], mutant.Edits);
    }

    [Fact]
    public void Line_endings_do_not_matter() =>
        Assert.Equal(
            MutantText.Read("X1.mutant", _header + _edit).Edits,
            MutantText.Read("X1.mutant", (_header + _edit).ReplaceLineEndings("\r\n")).Edits);

    [Theory]
    [InlineData(
        "title: does it wrong",
        "titel: does it wrong",
        "line 2: 'titel' is not a field of a mutant; there is id, title, category, source, breaks")]
    [InlineData("source: nobody", "", "'source' is missing")]
    [InlineData("category: test", "id: X2", "'id' is repeated")]
    [InlineData("Liveness", "Livelyness", "'Livelyness', which is not a property; there is SoundMessages, ")]
    [InlineData("Raft.Impl/Core", "Raft.Tests/Core", "'Raft.Tests/Core/RaftLog.cs' is not a file of Raft.Impl or Raft.Model")]
    [InlineData("--- find", "--- search", "after '--- edit' comes '--- find'")]
    [InlineData("--- replace", "", "comes before the '--- replace' of the text that begins in line 10")]
    [InlineData("--- end", "", "the text that begins in line 13 has no '--- end'")]
    [InlineData("    the right\n    thing", "", "there is nothing to find")]
    [InlineData("--- edit", "--- change", "is not an edit")]
    public void What_is_not_a_mutant_is_reported_with_the_place_and_the_remedy(string right, string wrong, string error)
    {
        var text = (_header + _edit).ReplaceLineEndings("\n");
        Assert.Contains(right, text, StringComparison.Ordinal);

        var exception = Assert.Throws<MutantException>(
            () => MutantText.Read("X1.mutant", text.Replace(right, wrong, StringComparison.Ordinal)));

        Assert.StartsWith("X1.mutant, line ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(error, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mutant_without_an_edit_is_none() =>
        Assert.Contains(
            "there is no edit",
            Assert.Throws<MutantException>(() => MutantText.Read("X1.mutant", _header)).Message,
            StringComparison.Ordinal);
}
