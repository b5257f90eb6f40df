using Raft.Verification.Exploration;

namespace Raft.Tests.Exploration;

public sealed class TraceTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [Fact]
    public void A_trace_runs_again_to_the_same_violation_and_tells_what_happened()
    {
        var replayed = Violation().Replayed(ExplorerTests.Fragile);

        Assert.Contains(replayed.Events, line => line.Contains("RequestVote", StringComparison.Ordinal));
    }

    [Fact]
    public void A_trace_comes_back_from_its_file_as_it_was()
    {
        var trace = Violation();
        trace.Write(_file);
        var read = Trace.Read(_file);

        Assert.Equal(trace.Choices, read.Choices);
        Assert.Equal(trace.Options, read.Options);
        Assert.Equal(trace with { Choices = read.Choices, Events = read.Events }, read);
        Assert.NotEmpty(read.Replayed(ExplorerTests.Fragile).Events);
        Assert.False(File.Exists($"{_file}.partial"));
    }

    [Fact]
    public void A_trace_whose_choices_do_not_fit_is_not_passed_in_silence()
    {
        var trace = Violation();

        Assert.Throws<ReplayDivergedException>(() => (trace with { Choices = [.. trace.Choices.Take(20)] }).Replayed(ExplorerTests.Fragile));
        Assert.Throws<ReplayDivergedException>(() => (trace with { Choices = [.. trace.Choices.Select(_ => 1_000_000)] }).Replayed(ExplorerTests.Fragile));
        Assert.Throws<ReplayDivergedException>(() => (trace with { Digest = "0000000000000000" }).Replayed(ExplorerTests.Fragile));
        Assert.Throws<ReplayDivergedException>(() => trace.Replayed());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{ \"version\": 1 }")]
    [InlineData("not a trace")]
    [InlineData("null")]
    public void A_damaged_file_is_refused(string text)
    {
        File.WriteAllText(_file, text);

        Assert.Throws<InvalidDataException>(() => Trace.Read(_file));
    }

    public void Dispose() => File.Delete(_file);

    private static Trace Violation() =>
        Explorer.Explore(ExplorerTests.Fragile, new ExplorationOptions { Iterations = 5000, Seed = 3 }).Violation!;
}
