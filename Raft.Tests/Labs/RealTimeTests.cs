using DeterministicSimulation;
using Raft.Verification.Labs;
using Raft.Verification.RealTime;

namespace Raft.Tests.Labs;

/// <summary>The quick lab tests on real time.</summary>
public class RealTimeTests
{
    [Theory]
    [Trait("Category", "Long")]
    [InlineData("Rejoin")]
    [InlineData("Persist3")]
    [InlineData("UnreliableAgree")]
    public async Task A_lab_test_passes_on_real_time(string name)
    {
        var result = await RealTimeLabRun.RunAsync(LabTest.All.First(test => test.Name == name), LabVersion.Lab2024, seed: 1);
        Assert.True(result.Trace is null, result.Trace?.Violation.Message);
        Assert.True(result.Figures.Commits > 0);
    }

    [Fact]
    public async Task A_failure_leaves_a_trace_with_what_was_done()
    {
        var test = LabTest.All.First(one => one.Name == "BasicAgree") with { Body = _ => throw new LabFailure("expected the unexpected") };
        var trace = (await RealTimeLabRun.RunAsync(test, LabVersion.Lab2024, seed: 1)).Trace!;
        Assert.Equal("expected the unexpected", trace.Violation.Message);
        Assert.Equal("real-time", trace.Engine);
        Assert.Contains(trace.Events, one => one is { Kind: TraceEventKind.Noted, Text: "server 2 is connected" });
    }

    [Fact]
    public async Task A_test_that_throws_anything_else_fails_too()
    {
        var test = LabTest.All.First(one => one.Name == "BasicAgree") with
        {
            Body = _ => throw new InvalidOperationException("a mistake of the test"),
        };
        var violation = (await RealTimeLabRun.RunAsync(test, LabVersion.Lab2024, seed: 1)).Trace!.Violation;
        Assert.Equal("Scenario", violation.Property);
        Assert.Contains("a mistake of the test", violation.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_given_up_ends_at_once()
    {
        var test = LabTest.All.First(one => one.Name == "BasicAgree") with { Body = cluster => cluster.SleepAsync(60_000) };
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RealTimeLabRun.RunAsync(test, LabVersion.Lab2024, seed: 1, stop.Token));
    }
}
