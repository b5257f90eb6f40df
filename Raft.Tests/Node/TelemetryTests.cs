using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using Raft.Impl.Transport.Tcp;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Node.SingleNode;

namespace Raft.Tests.Node;

/// <summary>Metrics, spans and log lines, and that each is in the documents.</summary>
public sealed class TelemetryTests
{
    // No other test has a server of this name: the meter is that of the process.
    private static readonly ServerId _self = new(7_001);
    private static readonly RaftNodeOptions _options = new()
    {
        Id = _self,
        Members = [_self, S2, S3],
        Protocol = ProtocolOptions.Figure2,
    };

    [Fact]
    public void A_node_measures_what_it_is_and_what_happens_to_it()
    {
        var measured = new ConcurrentDictionary<string, double>();
        using var listener = Listen(measured);
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var node = SteppedNode.Start(_options, new InMemoryStorage(time, TimeSpan.FromMilliseconds(50)), time: time);
        Refuse(node);
        node.Advance(900);
        Assert.Equal(Role.Candidate, node.Status.Role);
        node.Deliver(new RequestVoteReply(S2, _self, node.Status.Term, VoteGranted: true));
        Assert.True(node.Status.IsLeader);
        node.Propose("x");
        node.Advance(60);
        node.Deliver(new AppendEntriesReply(S2, _self, node.Status.Term, Success: true, new LogIndex(1)));
        Assert.Equal(new LogIndex(1), node.Status.CommitIndex);
        node.Deliver(new RequestVoteReply(S2, S3, node.Status.Term, VoteGranted: true));
        Assert.Equal((0, 0), (measured["raft.writes"], measured["raft.follower.in_flight 2"]));
        node.Propose("y");
        Assert.True(node.Do(one => one.ReadBarrierAsync()).IsCompletedSuccessfully);

        Assert.Equal(node.Status.Term.Value, measured["raft.term"]);
        Assert.Equal(2, measured["raft.role"]);
        Assert.Equal(2, measured["raft.last_index"]);
        Assert.Equal(1, measured["raft.commit_index"]);
        Assert.Equal(0, measured["raft.applied_index"]);
        Assert.Equal(0, measured["raft.snapshot_index"]);
        var size = new LogEntry(node.Status.Term, Command.FromText("y")).Size;
        Assert.Equal((size, size), (measured["raft.writes"], measured["raft.follower.in_flight 2"]));
        Assert.Equal((1, 0), (measured["raft.follower.match_index 2"], measured["raft.follower.match_index 3"]));
        Assert.Equal((1, 1), (measured["raft.reads"], measured["raft.reads.refused NotEnabled"]));
        Assert.Equal(2, measured["raft.proposals"]);
        Assert.Equal(1, measured["raft.proposals.refused NotLeader"]);
        Assert.Equal(node.Status.Term.Value, measured["raft.elections"]);
        Assert.Equal(1, measured["raft.leader_changes"]);
        Assert.Equal(1, measured["raft.messages.rejected"]);
        Assert.InRange(measured["raft.write.duration"], 0.05, 1);
        Assert.InRange(measured["raft.commit.duration"], 0.06, 1);
        Assert.True(measured.ContainsKey("raft.backlog") && measured.ContainsKey("raft.inbox"));
    }

    [Fact]
    public async Task A_span_goes_from_the_proposal_to_the_answer()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RaftTelemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var alone = Alone with { Id = new ServerId(7_002), Members = [new ServerId(7_002)] };
        await using var node = await RaftNode.StartAsync(alone, Dependencies());
        await Eventually.Ends(node.WaitForLeaderAsync());
        var call = node.ReplicateAsync(Command.FromText("x"));
        await NextAsync(node);
        Assert.False(node.Committed.TryRead(out _));
        var result = await Eventually.Ends(call);
        var span = Assert.Single(ended, span => Equals(span.GetTagItem(RaftTelemetry.ServerTag), 7_002));
        Assert.Equal("raft.replicate", span.OperationName);
        Assert.Equal((result.Index.Value, "Applied"), (span.GetTagItem("raft.index"), span.GetTagItem("raft.outcome")));
    }

    [Fact]
    public void A_call_leaves_the_activity_of_its_caller_as_it_is()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RaftTelemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        var node = SteppedNode.Start(_options);
        node.Elect();
        using var own = new Activity("the caller's").Start();
        var call = node.Do(one => one.ReplicateAsync(Command.FromText("x")));
        Assert.Same(own, Activity.Current);
        Assert.False(call.IsCompleted);
    }

    [Fact]
    public void Each_line_of_the_log_has_an_event_of_its_own()
    {
        var lines = new Lines();
        var node = SteppedNode.Start(_options with { Id = S1, Members = [S1, S2, S3] }, change: one => one with { Logger = lines });
        node.Elect();
        Assert.Contains(lines.Events, line => line.Id == 1);
        var events = EventIds().ToArray();
        Assert.Equal(events.Distinct(), events);
        var page = File.ReadAllText(Path.Combine(Docs.Repository.Root, "docs/reference/node.md"));
        Assert.All(events, id => Assert.Contains($"| {id} |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void A_transport_measures_what_it_drops_and_refuses()
    {
        var measured = new ConcurrentDictionary<string, double>();
        using var listener = Listen(measured);
        var counts = new TransportCounts(_self);
        counts.Dropped();
        counts.Dropped();
        counts.Refused();
        Assert.Equal((2, 1), (measured["raft.transport.messages.dropped"], measured["raft.transport.connections.refused"]));
    }

    [Fact]
    public void The_documents_name_every_metric_and_no_other()
    {
        var page = File.ReadAllText(Path.Combine(Docs.Repository.Root, "docs/reference/node.md"));
        var names = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == RaftTelemetry.Name)
                {
                    names.Add(instrument.Name);
                }
            },
        };
        listener.Start();
        Assert.Equal(RaftTelemetry.Name, RaftTelemetry.Meter.Name);
        new TransportCounts(_self).Dropped();
        var table = page.Split('\n').SkipWhile(line => line is not "## Metrics and spans").TakeWhile(line => line is not "## Log lines")
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal));
        var documented = table.SelectMany(line => line.Split('|')[1].Split(',')).Select(name => name.Trim(' ', '`'));
        Assert.Equal(names.Distinct().Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<int> EventIds() => typeof(RaftNode)
        .GetMethods(System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)
        .Select(method => (LoggerMessageAttribute?)Attribute.GetCustomAttribute(method, typeof(LoggerMessageAttribute)))
        .Where(attribute => attribute is not null)
        .Select(attribute => attribute!.EventId);

    private static void Refuse(SteppedNode node) => Assert.False(node.Propose("x").IsTaken);

    // The last value of each gauge, the sum of each counter, and the greatest value of each histogram.
    private static MeterListener Listen(ConcurrentDictionary<string, double> measured)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == RaftTelemetry.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(measured, instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(measured, instrument, value, tags));
        listener.Start();
        return listener;
    }

    private static void Record(
        ConcurrentDictionary<string, double> measured,
        Instrument instrument,
        double value,
        ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = instrument.Name;
        var isOwn = false;
        foreach (var (key, tag) in tags)
        {
            isOwn |= key == RaftTelemetry.ServerTag && Equals(tag, _self.Value);
            name = key is RaftTelemetry.ReasonTag or RaftTelemetry.FollowerTag ? $"{name} {tag}" : name;
        }

        if (isOwn)
        {
            measured.AddOrUpdate(name, value, (_, before) => instrument switch
            {
                Gauge<long> => value,
                Counter<long> => before + value,
                _ => Math.Max(before, value),
            });
        }
    }

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<EventId> Events { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Events.Enqueue(eventId);
    }
}
