using DeterministicSimulation;
using Raft.Tests.Tla;
using Raft.Tests.Viewer;

namespace Raft.Tests.Cli;

/// <summary>raft-verify trace.</summary>
[Collection(nameof(InProcess))]
public sealed class TraceCommandTests : IDisposable
{
    private static readonly string _traces = Path.Combine(AppContext.BaseDirectory, "Traces");

    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void It_writes_the_actions_of_the_model_as_a_module()
    {
        var (status, output, errors) = Run(Bug("E1"), "Recorded.tla");

        Assert.Equal((0, string.Empty), (status, errors));
        Assert.Matches("replication: [0-9]+ steps of the model, of 2 servers", output);
        Assert.Contains("Module: ", output, StringComparison.Ordinal);
        var module = TlaModule.Parse(File.ReadAllText(At("Recorded.tla")));
        Assert.Equal("Recorded", module.Name);
        Assert.Contains("BecomeLeader", module.Strings);
    }

    [Fact]
    public void The_same_trace_gives_the_same_module()
    {
        Run(Bug("S5"), "One.tla");
        Run(Bug("S5"), "Other.tla");

        Assert.Equal(
            File.ReadAllText(At("One.tla")).Replace("MODULE One", "MODULE Other", StringComparison.Ordinal),
            File.ReadAllText(At("Other.tla")));
    }

    [Theory]
    [InlineData("Recorded.txt")]
    [InlineData("7B.tla")]
    [InlineData("Raft.tla")]
    [InlineData(".tla")]
    public void A_file_whose_name_is_not_that_of_a_module_is_refused(string file) =>
        Refused("takes the name of a TLA+ module", Bug("E1"), file);

    [Theory]
    [InlineData("is a directory", ".")]
    [InlineData("cannot be written", "nowhere/Recorded.tla")]
    public void A_file_that_cannot_be_written_is_refused(string expected, string file) => Refused(expected, Bug("E1"), file);

    [Fact]
    public void The_trace_is_not_overwritten()
    {
        File.Copy(Bug("E1"), At("Bug.tla"));

        Refused("--tla would overwrite the trace", At("Bug.tla"), "Bug.tla");
    }

    [Fact]
    public void A_trace_that_is_not_of_a_scenario_is_refused()
    {
        var story = Story.OfEverything();
        story.Write(At("model.trace.json"));
        (story with { Engine = Trace.Embedded }).Write(At("story.trace.json"));
        File.WriteAllText(At("damaged.trace.json"), "{ \"some\": \"json\" }");

        Refused("is a counterexample of the model checker", At("model.trace.json"), "Recorded.tla");
        Refused("does not fit the code. There is no scenario 'story'", At("story.trace.json"), "Recorded.tla");
        Refused("is not a trace", At("damaged.trace.json"), "Recorded.tla");
        Refused("missing.trace.json", At("missing.trace.json"), "Recorded.tla");
    }

    [Fact]
    public void A_trace_without_a_cluster_is_refused() =>
        Refused("no server of its scenario 'cores' takes a step of the model", Bug("V1"), "Recorded.tla");

    [Fact]
    public void A_trace_of_servers_with_extensions_of_Figure_2_is_refused()
    {
        var trace = At("extended.trace.json");
        File.WriteAllText(
            trace,
            File.ReadAllText(Bug("E1")).Replace(
                "\"options\": {", "\"options\": { \"protocol\": { \"noOp\": true, \"preVote\": true },", StringComparison.Ordinal));

        Refused("its servers have extensions of Figure 2 (NoOp, PreVote). docs/tla/Raft.tla does not have them", trace, "Recorded.tla");
    }

    [Fact]
    public void It_needs_a_file_to_write()
    {
        var (status, _, errors) = InProcess.Run("trace", Bug("E1"));

        Assert.Equal(2, status);
        Assert.Contains("--tla", errors, StringComparison.Ordinal);
    }

    private static string Bug(string name) => Path.Combine(_traces, $"{name}.trace.json");

    private void Refused(string expected, string trace, string file)
    {
        var before = Directory.GetFiles(_directory);

        var (status, output, errors) = Run(trace, file);

        Assert.Equal(2, status);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Empty(output);
        Assert.Equal(before, Directory.GetFiles(_directory));
    }

    private (int Status, string Output, string Errors) Run(string trace, string file) => InProcess.Run("trace", "--tla", At(file), trace);

    private string At(string file) => Path.Combine(_directory, file);
}
