using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;
using Raft.Verification.Labs;
using Raft.Verification.RealTime;

namespace Raft.Tests.Labs;

/// <summary>The quick lab tests on real time. Nothing runs beside them: on a busy machine servers may not agree within 10 s.</summary>
[Collection("Load")]
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
    [Trait("Category", "Long")]
    public async Task A_lab_test_passes_on_real_time_with_the_extensions_of_production()
    {
        var test = LabTest.All.First(test => test.Name == "Rejoin");
        var result = await RealTimeLabRun.RunAsync(test, LabVersion.Lab2024, seed: 1, ProtocolOptions.Production);
        Assert.True(result.Trace is null, result.Trace?.Violation.Message);
        Assert.True(result.Figures.Commits > 5, "The no-ops have indexes too.");
    }

    [Fact]
    public async Task The_servers_have_the_given_extensions_of_figure_2()
    {
        var test = LabTest.All.First(one => one.Name == "BasicAgree") with
        {
            Body = async cluster => throw new LabFailure($"index {await cluster.OneAsync(LabCluster.Number(1), 3, retry: true)}"),
        };
        var without = (await RealTimeLabRun.RunAsync(test, LabVersion.Lab2024, seed: 1)).Trace!;
        var with = (await RealTimeLabRun.RunAsync(test, LabVersion.Lab2024, seed: 1, ProtocolOptions.Production)).Trace!;
        Assert.Equal("index 1", without.Violation.Message);
        Assert.NotEqual("index 1", with.Violation.Message);
        Assert.Equal(ProtocolOptions.Production, ((ClusterOptions)with.Options).Protocol);
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
            () => RealTimeLabRun.RunAsync(test, LabVersion.Lab2024, seed: 1, stop: stop.Token));
    }
}
