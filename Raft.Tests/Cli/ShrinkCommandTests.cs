using DeterministicSimulation;
using Raft.Tests.Exploration;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;

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
    [InlineData("shows what happened in a schedule of Microsoft Coyote", "shrink", "coyote.trace.json")]
    [InlineData("--out takes the name of a file", "shrink", "changed.trace.json", "-o", "")]
    [InlineData("Required argument missing", "shrink")]
    public void What_cannot_be_shrunk_is_reported_and_ends_with_status_2(string expected, params string[] arguments)
    {
        File.WriteAllText(Path.Combine(_directory, "damaged.trace.json"), "{ \"version\": 3");
        var found = Explorer.Explore(ExplorerTests.Fragile, new ExplorationOptions { Iterations = 5000, Seed = 3 }).Violation!;
        found.Write(Path.Combine(_directory, "foreign.trace.json"));
        (found with { Scenario = "election" }).Write(Path.Combine(_directory, "changed.trace.json"));
        (found with { Engine = "model" }).Write(Path.Combine(_directory, "model.trace.json"));
        (found with { Engine = "real-time" }).Write(Path.Combine(_directory, "real-time.trace.json"));
        (found with { Engine = Trace.Coyote }).Write(Path.Combine(_directory, "coyote.trace.json"));

        var (status, output) = RaftVerify.Run(_directory, arguments);

        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Equal(2, status);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(_directory), file => file.Contains(".min.", StringComparison.Ordinal));
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("long.min.trace.json")]
    [InlineData("short.json", "-o", "short.json")]
    public void What_is_needed_goes_beside_the_trace_or_where_out_says(string file, params string[] output)
    {
        var found = Unfinished();

        var (status, printed) = RaftVerify.Run(_directory, ["shrink", "long.trace.json", .. output]);

        Assert.True(status == 0, printed);
        Assert.Contains($"Trace: {file}", printed, StringComparison.Ordinal);
        Assert.Matches("Termination: .* servers, .* steps, .* choices; steps of the protocol: [0-9]+, in ", printed);
        var shrunk = Trace.Read(Path.Combine(_directory, file));
        Assert.Equal("Termination", shrunk.Violation.Property);
        Assert.InRange(shrunk.Choices.Count, 0, found.Choices.Count - 1);
        Assert.NotEmpty(shrunk.Replayed().Events);
    }

    [Fact]
    public async Task An_interrupt_prints_the_results_so_far_and_ends_with_status_3()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Unfinished();
        using var process = RaftVerify.Start(_directory, "shrink", "long.trace.json");
        var (status, output) = await RaftVerify.InterruptAsync(process, "Shrinking long.trace.json");

        Assert.Equal(3, status);
        Assert.Contains("Stopped before the end", output, StringComparison.Ordinal);
        Assert.Equal("Termination", Trace.Read(Path.Combine(_directory, "long.min.trace.json")).Violation.Property);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // The implementation violates nothing; but no scenario is done in so few steps.
    private Trace Unfinished()
    {
        var churn = Scenario.All.First(scenario => scenario.Name == "churn");
        var hurried = churn with { Options = churn.Options with { MaxSteps = 200 } };
        var options = new ExplorationOptions { Iterations = 1000, Seed = 1, Strategy = "random" };
        var found = Explorer.Explore(hurried, options).Violation!;
        found.Write(Path.Combine(_directory, "long.trace.json"));
        return found;
    }
}
