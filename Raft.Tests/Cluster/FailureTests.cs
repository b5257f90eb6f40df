using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;
using Raft.Verification.Specifications;

namespace Raft.Tests.Cluster;

/// <summary>An exception in the code under test is a violation with a trace. It does not abort the exploration.</summary>
public sealed class FailureTests
{
    [Fact]
    public void A_node_that_stops_because_of_an_exception_is_a_violation_with_a_trace_that_runs_again()
    {
        var scenario = new Scenario("strange-disk", "the disk of a server is taken away from it", new ClusterOptions(), async cluster =>
        {
            await cluster.StartAsync();
            await cluster.PauseAsync(20 + cluster.Choose(20));
            S1Of(cluster).Disk.Crash();
            await cluster.AwaitConvergenceAsync();
        });

        var trace = FirstViolationOf(scenario);

        Assert.Equal("NodeFailure", trace.Violation.Property);
        Assert.Contains("of S1 comes from a node that does not use this disk any more", trace.Violation.Message, StringComparison.Ordinal);
        Assert.Contains(" in RaftNode.cs:line ", trace.Violation.Message, StringComparison.Ordinal);
        Assert.NotEmpty(trace.Replayed(scenario).Events);
    }

    [Fact]
    public void A_property_that_a_scenario_checks_itself_is_reported_by_its_name()
    {
        var result = Runs.Once(async cluster =>
        {
            await cluster.PauseAsync(1);
            throw new PropertyFailure("Inbox", $"{cluster.Servers[0]} is full.");
        });

        Assert.Equal(("Inbox", "S1 is full."), (result.Violation?.Property, result.Violation?.Message));
    }

    [Fact]
    public void A_write_that_does_not_fit_the_disk_is_a_violation_with_a_trace_that_runs_again()
    {
        var scenario = new Scenario(
            "strange-write", "a disk gets a write that leaves a gap in the log", new ClusterOptions(), async cluster =>
        {
            await cluster.StartAsync();
            _ = S1Of(cluster).Disk.WriteAsync(new RaftWrite(1, new Term(1), null, null, new LogSuffix(new LogIndex(7), EntryList.Empty)));
            await cluster.AwaitConvergenceAsync();
        });

        var trace = FirstViolationOf(scenario);

        Assert.Equal("UnhandledException", trace.Violation.Property);
        Assert.Contains(
            "S1: a write becomes durable, and this throws: Write 1 stores entries from 7 on",
            trace.Violation.Message,
            StringComparison.Ordinal);
        Assert.NotEmpty(trace.Replayed(scenario).Events);
    }

    [Fact]
    public void A_condition_that_throws_is_a_violation_with_a_trace_that_runs_again()
    {
        var scenario = new Scenario("strange-condition", "the scenario waits for what throws", new ClusterOptions(), async cluster =>
        {
            await cluster.StartAsync();
            await cluster.UntilAsync(
                () => cluster.Leader is null ? false : throw new InvalidOperationException("no leader was wanted"), "a wonder");
        });

        var trace = FirstViolationOf(scenario);

        Assert.Equal("UnhandledException", trace.Violation.Property);
        Assert.Contains(
            "A condition is looked at that the scenario waits for, and this throws: no leader was wanted",
            trace.Violation.Message,
            StringComparison.Ordinal);
        Assert.NotEmpty(trace.Replayed(scenario).Events);
    }

    private static SimulatedServer S1Of(ICluster cluster) => ((SimulatedCluster)cluster).Simulated[0];

    private static Trace FirstViolationOf(Scenario scenario)
    {
        var report = Explorer.Explore(scenario, new ExplorationOptions { Iterations = 100, Workers = 2 });

        Assert.Equal((1, 1L), (report.Violations, report.Schedules));
        return report.Violation!;
    }
}
