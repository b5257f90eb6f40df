using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;
using Raft.Verification.Exploration;
using Raft.Verification.Labs;
using Raft.Verification.Scenarios;
using Raft.Verification.Specifications;

namespace Raft.Tests.Labs;

public class LabRunTests
{
    private static LabTest Test(string name) => LabTest.All.First(test => test.Name == name);

    private static LabTest Failing { get; } = Test("BasicAgree") with
    {
        Body = async cluster =>
        {
            await cluster.OneAsync(LabCluster.Number(100), cluster.Servers, retry: true);
            throw new LabFailure("expected the unexpected");
        },
    };

    [Fact]
    public void Equal_seeds_give_equal_runs_and_others_do_not()
    {
        LabFigures Figures(ulong seed) => LabRun.OnVirtualTime(Test("UnreliableChurn"), LabVersion.Lab2024, seed).Figures;

        Assert.Equal(Figures(7), Figures(7));
        Assert.NotEqual(Figures(7), Figures(8));
    }

    [Fact]
    [Trait("Category", "Long")]
    public void The_reports_do_not_depend_on_the_number_of_workers()
    {
        LabTest[] tests = [Test("ReElection"), Failing, Test("UnreliableAgree")];
        List<(string, LabFigures, string, string?)> Reports(int workers)
        {
            var reports = new List<(string, LabFigures, string, string?)>();
            LabSuite.Run(tests, LabVersion.Lab2024, 3, 10, workers, report => reports.Add(
                (report.Test.Name, report.Mean, string.Join(",", report.FailedSeeds), report.FirstFailure?.Trace?.Digest)));
            return reports;
        }

        var alone = Reports(1);
        Assert.Equal(3, alone.Count);
        Assert.Equal("3,4,5,6,7,8,9,10,11,12", alone[1].Item3);
        Assert.Equal(alone, Reports(3));
    }

    [Fact]
    public void A_failure_states_what_was_expected_and_what_happened()
    {
        var result = LabRun.OnVirtualTime(Failing, LabVersion.Lab2024, 3);

        Assert.Equal("LabTest", result.Trace!.Violation.Property);
        Assert.Equal("expected the unexpected", result.Trace.Violation.Message);
        Assert.Equal(1, result.Figures.Commits);
    }

    [Fact]
    public void The_trace_of_a_failure_runs_again_with_all_that_happened()
    {
        var events = LabRun.WithEvents(
            LabRun.OnVirtualTime(Failing, LabVersion.Lab2024, 3).Trace!, LabScenario.Of(Failing, LabVersion.Lab2024)).Events;

        Assert.Contains(events, one => one is { Kind: TraceEventKind.Started, Server: 3 });
        Assert.Contains(events, one => one is { Kind: TraceEventKind.Noted, What: "server 2 is connected" });
        var request = Assert.Single(
            events, one => one is { Kind: TraceEventKind.Sent, Message: { Type: "AppendEntries", To: 3 } }
                && one.Text.Contains("100@", StringComparison.Ordinal));
        Assert.Single(events, one => one.Kind == TraceEventKind.Arrived && one.Message!.Id == request.Message!.Id);
        Assert.Contains(events, one => one is { Kind: TraceEventKind.Stepped } && one.ServerState?.CommitIndex == 1);
    }

    [Fact]
    public void The_trace_of_a_long_test_has_the_last_events_and_runs_again()
    {
        var test = Test("Persist2") with
        {
            Body = async cluster =>
            {
                await Test("Persist2").Body(cluster);
                throw new LabFailure("expected the unexpected");
            },
        };
        var scenario = LabScenario.Of(test, LabVersion.Lab2024);
        var trace = LabRun.WithEvents(LabRun.OnVirtualTime(test, LabVersion.Lab2024, 1).Trace!, scenario);

        Assert.Equal(1000, trace.Events.Count);
        Assert.InRange(trace.EventsBefore, 1000, 100_000);
        var again = trace.Replayed(scenario);
        Assert.Equal(trace.Events.Select(one => one.ToString()), again.Events.Select(one => one.ToString()));
        Assert.Equal(trace.EventsBefore, again.EventsBefore);
    }

    [Fact]
    public void A_trace_that_does_not_run_again_says_so()
    {
        // The real test of that name passes.
        var trace = LabRun.WithEvents(LabRun.OnVirtualTime(Failing, LabVersion.Lab2024, 3).Trace!);

        Assert.StartsWith("The schedule does not run again as it ran", trace.Remark, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_that_is_given_what_it_must_not_be_given_ends_the_test_at_once()
    {
        var test = Test("BasicAgree") with
        {
            Body = async cluster =>
            {
                await cluster.SleepAsync(1000);
                cluster.Fail(new LabFailure("apply error: something else"));
                await cluster.SleepAsync(100_000);
            },
        };
        var result = LabRun.OnVirtualTime(test, LabVersion.Lab2024, seed: 1);
        Assert.Equal("apply error: something else", result.Trace!.Violation.Message);
        Assert.Equal(TimeSpan.FromSeconds(1), result.Figures.Time);
    }

    // Messages overtook each other on one link, and each refusal counted as an extra round trip.
    [Theory]
    [InlineData("SnapshotInstall", 80)]
    [InlineData("SnapshotInstallUnreliable", 12)]
    [InlineData("SnapshotInstallCrash", 16)]
    [InlineData("SnapshotInstallUnCrash", 5)]
    public void A_follower_may_refuse_each_message_that_overtakes_another_on_the_network_of_the_labs(string test, ulong seed)
    {
        var trace = LabRun.OnVirtualTime(Test(test), LabVersion.Lab2024, seed).Trace;

        Assert.True(trace is null, $"{trace?.Violation.Property}: {trace?.Violation.Message}");
    }

    [Fact]
    public void Monitors_watch_the_lab_tests()
    {
        var test = Test("BasicAgree");
        var scenario = LabScenario.Of(test, LabVersion.Lab2024);
        var monitor = new NothingIsEverCommitted();

        var result = ClusterSchedule.Run(scenario, scenario.Options, new Choices(new RandomWalk()), seed: 1, [monitor]);

        Assert.Equal(nameof(NothingIsEverCommitted), result.Violation?.Property);
        Assert.True(monitor.IsCalm);
    }

    [Fact]
    public void A_test_that_takes_too_long_fails()
    {
        var test = Test("BasicAgree") with { Body = cluster => cluster.SleepAsync(121_000) };
        Assert.Equal(
            "expected the test to take less than 120 s, but it took 121.0 s",
            LabRun.OnVirtualTime(test, LabVersion.Lab2024, 1).Trace!.Violation.Message);
    }

    private sealed class NothingIsEverCommitted : SpecificationMonitor
    {
        public bool IsCalm { get; private set; }

        public override string Property => nameof(NothingIsEverCommitted);

        public override void OnFaultsEnded(long now) => IsCalm = true;

        public override void OnFaultsResumed() => IsCalm = false;

        public override void OnCommitted(LogIndex index, CommittedEntry entry) => Violate($"{entry} is committed.");
    }
}
