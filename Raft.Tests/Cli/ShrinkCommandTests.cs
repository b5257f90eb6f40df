using Raft.Tests.Exploration;
using Raft.Verification.Exploration;

namespace Raft.Tests.Cli;

/// <summary>raft-verify shrink.</summary>
public sealed class ShrinkCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    [Theory]
    [InlineData("is not a trace", "shrink", "damaged.trace.json")]
    [InlineData("missing.trace.json", "shrink", "missing.trace.json")]
    [InlineData("There is no scenario 'fragile'", "shrink", "foreign.trace.json")]
    [InlineData("does not fit the code", "shrink", "changed.trace.json")]
    [InlineData("is a counterexample of the model checker", "shrink", "model.trace.json")]
    [InlineData("is the record of a run on real time", "shrink", "real-time.trace.json")]
    [InlineData("--out takes the name of a file", "shrink", "changed.trace.json", "-o", "")]
    [InlineData("Required argument missing", "shrink")]
    public void What_cannot_be_shrunk_is_told_in_words_and_ends_with_status_2(string told, params string[] arguments)
    {
        File.WriteAllText(Path.Combine(_directory, "damaged.trace.json"), "{ \"version\": 3");
        var found = Explorer.Explore(ExplorerTests.Fragile, new ExplorationOptions { Iterations = 5000, Seed = 3 }).Violation!;
        found.Write(Path.Combine(_directory, "foreign.trace.json"));
        (found with { Scenario = "election" }).Write(Path.Combine(_directory, "changed.trace.json"));
        (found with { Engine = "model" }).Write(Path.Combine(_directory, "model.trace.json"));
        (found with { Engine = "real-time" }).Write(Path.Combine(_directory, "real-time.trace.json"));

        var (status, output) = RaftVerify.Run(_directory, arguments);

        Assert.Contains(told, output, StringComparison.Ordinal);
        Assert.Equal(2, status);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(_directory), file => file.Contains(".min.", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
