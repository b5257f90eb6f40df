using Raft.Verification.Mutants;

namespace Raft.Tests.Mutants;

public sealed class MutatedSourcesTests
{
    [Fact]
    [Trait("Category", "Long")]
    public void Every_mutant_of_the_catalogue_fits_the_sources_and_compiles()
    {
        var mutants = MutantCatalogue.Own();

        Assert.True(mutants.Count >= 148, $"only {mutants.Count} mutants");
        Assert.All(mutants, mutant => Assert.NotEmpty(MutatedSources.Compile(mutant)));
    }

    [Fact]
    public void A_text_that_is_not_there_is_reported_with_the_mutant_the_file_and_what_to_do()
    {
        var exception = Assert.Throws<MutantException>(() => MutatedSources.Compile(Edited("no such text")));

        Assert.Contains(
            "Mutant X needs a text that occurs exactly once in Raft.Impl/Core/RaftLog.cs, but it does not occur",
            exception.Message,
            StringComparison.Ordinal);
        Assert.Contains("update the text to find and its replacement", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("no such text", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_is_there_more_than_once_is_reported_with_how_often()
    {
        var exception = Assert.Throws<MutantException>(
            () => MutatedSources.Compile(Edited("public RaftLog Clone() => new(Snapshot, Entries);", "public", "///")));

        Assert.Matches("occurs [0-9]+ times. Make the text to find longer", exception.Message);
    }

    [Fact]
    public void A_file_that_is_not_there_is_reported() =>
        Assert.Contains(
            "Mutant X edits Raft.Impl/Core/Gone.cs, which does not exist",
            Assert.Throws<MutantException>(() => MutatedSources.Compile(Of(new MutantEdit("Raft.Impl/Core/Gone.cs", "a", "b")))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void What_does_not_compile_is_reported_with_file_and_line()
    {
        var exception = Assert.Throws<MutantException>(() => MutatedSources.Compile(Of(
            new MutantEdit(
                "Raft.Impl/Core/RaftLog.cs", "public RaftLog Clone() => new(Snapshot, Entries);", "public RaftLog Clone() => nothing;"))));

        Assert.Contains("Mutant X does not compile", exception.Message, StringComparison.Ordinal);
        Assert.Matches(@"Raft.Impl/Core/RaftLog.cs\([0-9]+,[0-9]+\): error CS0103.*'nothing'", exception.Message);
    }

    [Fact]
    public void Raft_Model_can_be_mutated_too() =>
        Assert.Equal(
            ["Raft.Model"],
            MutatedSources.Compile(Of(new MutantEdit(
                "Raft.Model/Spec/Budget.cs", "namespace Raft.Model.Spec;", "namespace Raft.Model.Spec; // changed"))).Keys);

    private static Mutant Edited(params string[] finds) =>
        Of([.. finds.Select(find => new MutantEdit("Raft.Impl/Core/RaftLog.cs", find, find))]);

    private static Mutant Of(params MutantEdit[] edits) => new("X", "a test", "test", "none", ["Liveness"], edits);
}
