using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Exploration;
using Raft.Verification.Specifications;

namespace Raft.Tests.Exploration;

public sealed class TraceTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [Fact]
    public void A_replay_gives_the_same_violation_and_records_the_events()
    {
        var replayed = Violation().Replayed(ExplorerTests.Fragile);

        Assert.Contains(replayed.Events, one => one is { Kind: TraceEventKind.Arrived, Message.Type: "RequestVote" });
    }

    [Fact]
    public void A_trace_that_is_written_and_read_is_equal()
    {
        var trace = Violation();
        trace.Write(_file);
        var read = Trace.Read(_file);

        Assert.Equal(trace.Choices, read.Choices);
        Assert.Equal(trace.Options, read.Options);
        Assert.Equal(trace.Violation, read.Violation with { Subjects = trace.Violation.Subjects });
        Assert.Equal(trace.Violation.ClusterSubjects.Servers, read.Violation.ClusterSubjects.Servers);
        Assert.NotEmpty(read.Replayed(ExplorerTests.Fragile).Events);
        Assert.False(File.Exists($"{_file}.partial"));
    }

    [Fact]
    public void A_trace_whose_choices_do_not_fit_is_an_error()
    {
        var trace = Violation();

        Assert.Throws<ReplayDivergedException>(
            () => (trace with { Choices = [.. trace.Choices.Take(20)] }).Replayed(ExplorerTests.Fragile));
        Assert.Throws<ReplayDivergedException>(
            () => (trace with { Choices = [.. trace.Choices.Select(_ => 1_000_000)] }).Replayed(ExplorerTests.Fragile));
        Assert.Throws<ReplayDivergedException>(() => (trace with { Digest = "0000000000000000" }).Replayed(ExplorerTests.Fragile));
        Assert.Throws<ReplayDivergedException>(() => trace.Replayed());
    }

    [Fact]
    public void Every_message_that_arrives_or_is_lost_was_sent_or_duplicated_under_its_number()
    {
        var events = Violation().Replayed(ExplorerTests.Fragile).Events;

        var begun = new HashSet<long>();
        foreach (var happened in events.Where(one => one.Message is not null))
        {
            var message = happened.Message!;
            if (happened.Kind is TraceEventKind.Sent or TraceEventKind.Duplicated)
            {
                Assert.True(begun.Add(message.Id));
                Assert.True(message.CopyOf is null || begun.Contains(message.CopyOf.Value));
            }
            else
            {
                Assert.Contains(message.Id, begun);
            }
        }

        Assert.NotEmpty(begun);
    }

    [Fact]
    public void Every_step_records_the_state_of_the_server_after_it()
    {
        var steps = Violation().Replayed(ExplorerTests.Fragile).Events.Where(one => one.Kind == TraceEventKind.Stepped).ToArray();

        Assert.NotEmpty(steps);
        Assert.All(steps, one =>
        {
            var state = Assert.IsType<TraceState>(one.State);
            Assert.Contains($"{state.Role} in term {state.Term}", one.Text, StringComparison.Ordinal);
            Assert.InRange(state.CommitIndex, state.SnapshotIndex, state.SnapshotIndex + state.Log.Count);
            Assert.InRange(state.Applied, 0, state.CommitIndex);
            Assert.InRange(state.DurableTerm, 0, state.Term);
        });
    }

    [Fact]
    public void A_timer_names_its_server_and_a_step_its_input()
    {
        var events = Violation().Replayed(ExplorerTests.Fragile).Events;

        Assert.All(
            events.Where(one => one is { Kind: TraceEventKind.Timer, Server: not null }),
            one => Assert.Matches($"^S{one.Server}: the (election|heartbeat) timer runs out$", one.Text));
        Assert.Contains(events, one => one.ServerInput?.Type == "ElectionTimeout");
        Assert.Contains(events, one => one.Kind == TraceEventKind.Stepped && one.Text.Contains("empty log", StringComparison.Ordinal));
        Assert.DoesNotContain(events, one => one.Text.Contains("0@0,", StringComparison.Ordinal));
        Assert.All(events.Where(one => one.Kind == TraceEventKind.Stepped), one => Assert.NotNull(one.ServerInput));
    }

    [Fact]
    public void A_stalled_disk_resumes_when_the_faults_end()
    {
        for (var seed = 0UL; seed < 40; seed++)
        {
            var log = new EventLog();
            var scenario = ScenarioCatalogue.Find("partition")!;
            Schedule.Run(scenario, scenario.Options, new Choices(new RandomWalk()), seed, log: log);
            Assert.Equal(
                log.Events.Count(one => one.Kind == TraceEventKind.DiskStalled),
                log.Events.Count(one => one.Kind == TraceEventKind.DiskResumed));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{ \"version\": 1, \"scenario\": \"election\" }")]
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
