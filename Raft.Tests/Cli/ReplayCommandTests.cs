using System.Reflection;
using DeterministicSimulation;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Raft.Tests.Exploration;
using Raft.Verification.Exploration;
using Xunit.Sdk;

namespace Raft.Tests.Cli;

/// <summary>raft-verify replay.</summary>
public sealed class ReplayCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;
    private readonly string _file;

    public ReplayCommandTests()
    {
        _file = Path.Combine(_directory, "bug.trace.json");
        Explorer.Explore(ExplorerTests.Fragile, new ExplorationOptions { Iterations = 5000, Seed = 3 })
            .Violation!.Replayed(ExplorerTests.Fragile).Write(_file);
    }

    [Fact]
    public void A_trace_of_a_scenario_that_is_gone_is_reported_and_does_not_pass()
    {
        var (status, output) = RaftVerify.Run(_directory, "replay", _file);

        Assert.Equal(2, status);
        Assert.Contains("does not fit the code", output, StringComparison.Ordinal);
        Assert.Contains("There is no scenario 'fragile' any more", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trace_that_another_scenario_cannot_follow_is_reported_and_does_not_pass()
    {
        var trace = Trace.Read(_file);
        (trace with { Scenario = "election", Choices = [.. trace.Choices.Take(8), 1914, .. trace.Choices.Skip(9)] }).Write(_file);

        var (status, output) = RaftVerify.Run(_directory, "replay", _file);

        Assert.Equal(2, status);
        Assert.Contains("After step 0: Choice 9 is 1914, but only 0 to 119 can be chosen", output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void It_prints_a_test_that_compiles_and_holds_as_long_as_nothing_is_violated()
    {
        var trace = Trace.Read(Path.Combine(AppContext.BaseDirectory, "Traces", "E5.trace.json"));

        trace.Write(_file);
        EmittedTest()();

        (trace with { Options = trace.Options with { MaxSteps = 10 } }).Write(_file);
        Assert.Contains("Termination", Assert.Throws<NullException>(EmittedTest()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_test_is_printed_of_a_scenario_that_is_gone()
    {
        var (status, output) = RaftVerify.Run(_directory, "replay", "--emit-test", _file);

        Assert.Equal(2, status);
        Assert.Contains("There is no scenario 'fragile' any more", output, StringComparison.Ordinal);
        Assert.DoesNotContain("[Fact]", output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void A_trace_of_a_seeded_bug_runs_again_with_the_bug_and_its_violation_is_gone_without_it()
    {
        var trace = Path.Combine(AppContext.BaseDirectory, "Traces", "E5.trace.json");

        var (status, output) = RaftVerify.Run(_directory, "replay", trace, "--mutant", "E5");
        var (without, printed) = RaftVerify.Run(_directory, "replay", trace);

        Assert.Contains("ElectedByQuorum is violated at step 13, as before.", output, StringComparison.Ordinal);
        Assert.Contains("A candidate leads only with the votes of a majority", output, StringComparison.Ordinal);
        Assert.Equal(1, status);
        Assert.StartsWith("The violation is gone: this trace no longer violates ElectedByQuorum.", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("does not fit", printed, StringComparison.Ordinal);
        Assert.Equal(0, without);
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("E2")]
    [InlineData("F3")]
    public void A_violation_is_gone_too_where_the_choices_of_its_trace_do_not_fit_the_correct_code_any_more(string bug)
    {
        var (status, output) = RaftVerify.Run(_directory, "replay", Path.Combine(AppContext.BaseDirectory, "Traces", $"{bug}.trace.json"));

        Assert.Equal(0, status);
        Assert.StartsWith("The violation is gone: this trace no longer violates ", output, StringComparison.Ordinal);
        Assert.Contains("followed as far as they fit", output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void A_trace_whose_violation_comes_about_in_another_way_is_reported_and_does_not_pass()
    {
        // As if it had been found a step later.
        var trace = Trace.Read(Path.Combine(AppContext.BaseDirectory, "Traces", "E6.trace.json"));
        var violated = trace with { Violation = trace.Violation with { Step = trace.Violation.Step + 1 } };
        violated.Write(_file);

        var (status, output) = RaftVerify.Run(_directory, "replay", _file, "--mutant", "E6");

        Assert.Equal(1, status);
        Assert.Contains("ElectedByQuorum is still violated, but not in the same way.", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "is not a trace")]
    [InlineData("[1, 2]", "is not a trace")]
    [InlineData("{ \"name\": \"something else\" }", "is not a trace")]
    [InlineData("{ \"version\": 1 }", "of version 1; this program reads version 4")]
    [InlineData("{ \"version\": \"new\" }", "is not a trace")]
    public void A_damaged_or_foreign_file_is_reported(string text, string expected)
    {
        File.WriteAllText(_file, text);

        var (status, output) = RaftVerify.Run(_directory, "replay", _file);

        Assert.Equal(2, status);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_reported()
    {
        var (status, output) = RaftVerify.Run(_directory, "replay", "nowhere.trace.json");

        Assert.Equal(2, status);
        Assert.Contains("nowhere.trace.json", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    // What --emit-test prints, compiled: its only test.
    private Action EmittedTest()
    {
        var (status, source) = RaftVerify.Run(_directory, "replay", "--emit-test", _file);
        Assert.Equal(0, status);
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        using var image = new MemoryStream();
        var compiled = CSharpCompilation
            .Create(
                "Emitted",
                [CSharpSyntaxTree.ParseText(source)],
                platform.Select(file => MetadataReference.CreateFromFile(file)),
                new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary))
            .Emit(image);
        Assert.True(compiled.Success, string.Join(Environment.NewLine, compiled.Diagnostics));
        var test = Assert.Single(
            Assembly.Load(image.ToArray()).GetExportedTypes().Single().GetMethods(),
            method => method.GetCustomAttribute<FactAttribute>() is not null);
        return test.CreateDelegate<Action>(Activator.CreateInstance(test.DeclaringType!));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
