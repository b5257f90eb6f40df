using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Exploration;
using Raft.Verification.Specifications;

namespace Raft.Tests.Viewer;

/// <summary>A trace told by hand.</summary>
internal sealed class Story(int servers = 3)
{
    private readonly List<TraceEvent> _events = [];
    private long _step;

    /// <summary>The next event is of the next step.</summary>
    public Story Step()
    {
        _step++;
        return this;
    }

    /// <summary>A server takes a step.</summary>
    public Story Stepped(int server, TraceState? state = null, string what = "ElectionTimeout") =>
        Add(TraceEventKind.Stepped, $"S{server} {what}: as it is", server, state: state ?? State());

    /// <summary>Something else happens to a server.</summary>
    public Story Happened(
        TraceEventKind kind, int? server = null, string text = "it happens", TraceState? state = null, int[][]? groups = null) =>
        Add(kind, text, server, state: state, groups: groups);

    /// <summary>Something happens to a message.</summary>
    public Story Message(
        TraceEventKind kind,
        long id,
        int from,
        int to,
        string type = "RequestVote",
        long? copyOf = null,
        params (string Name, string Value)[] fields) =>
        Add(kind, $"  {type} S{from} -> S{to} ({kind})", message: new TraceMessage
        {
            Id = id,
            CopyOf = copyOf,
            Type = type,
            From = from,
            To = to,
            Term = 1,
            Fields = fields.ToDictionary(field => field.Name, field => field.Value),
        });

    /// <summary>The trace, with what it violates.</summary>
    public Trace Violating(
        string property = "ElectionSafety",
        string message = "S1 leads, and so does S2.",
        long? step = null,
        Witnesses? witnesses = null,
        string scenario = "story") => new()
        {
            Version = Trace.CurrentVersion,
            Scenario = scenario,
            Options = new ClusterOptions { Servers = servers },
            Engine = "model",
            Strategy = "breadth-first",
            Seed = 0,
            Schedule = 0,
            Violation = new Violation(property, message, step ?? _step) { Subjects = witnesses ?? Witnesses.None },
            Digest = "0000000000000000",
            Choices = [1, 2, 3],
            Events = _events,
        };

    /// <summary>A state.</summary>
    public static TraceState State(
        string role = "Follower",
        long term = 1,
        int? vote = null,
        long[]? log = null,
        long durable = 0,
        long commit = 0,
        long applied = 0,
        long snapshot = 0) => new()
        {
            Role = role,
            Term = term,
            VotedFor = vote,
            SnapshotIndex = snapshot,
            Log = [.. (log ?? []).Select((one, i) => new TraceEntry(one, $"c{i + 1}"))],
            DurableIndex = durable,
            CommitIndex = commit,
            Applied = applied,
            DurableTerm = term,
            DurableVote = vote,
        };

    /// <summary>A message of each fate, a crash, a partition, and two leaders.</summary>
    public static Trace OfEverything() => new Story()
        .Step().Stepped(1, State("Candidate", vote: 1))
            .Message(TraceEventKind.Sent, 1, 1, 2).Message(TraceEventKind.Sent, 2, 1, 3).Message(TraceEventKind.Sent, 3, 1, 3)
        .Step().Message(TraceEventKind.Duplicated, 4, 1, 2, copyOf: 1).Message(TraceEventKind.Arrived, 1, 1, 2)
        .Step().Stepped(2, State(vote: 1), "takes RequestVote S1 -> S2")
        .Step().Message(TraceEventKind.Lost, 2, 1, 3)
        .Step().Message(TraceEventKind.Arrived, 4, 1, 2)
        .Step().Happened(TraceEventKind.Partitioned, text: "partition: S1 | S2, S3", groups: [[1], [2, 3]])
        .Step().Happened(TraceEventKind.DiskStalled, 2, "the disk of S2 stalls", State(vote: 1))
        .Step().Happened(TraceEventKind.Crashed, 3, "S3 crashes, and loses 0 writes in flight")
        .Step().Happened(TraceEventKind.Healed, text: "every way is open again")
        .Step().Happened(TraceEventKind.Cut, text: "the way from S1 to S2 is cut", groups: [[1], [2]])
        .Step().Happened(TraceEventKind.Started, 3, "S3 starts again", State())
        .Step().Stepped(1, State("Leader", vote: 1, log: [1], durable: 1))
        .Step().Stepped(2, State("Leader", vote: 2, log: [1, 9, 17, 25], durable: 4, commit: 2, applied: 1))
        .Violating(witnesses: new Witnesses([1, 2], [1], [1]));

    private Story Add(
        TraceEventKind kind,
        string text,
        int? server = null,
        TraceMessage? message = null,
        TraceState? state = null,
        int[][]? groups = null)
    {
        _events.Add(new TraceEvent
        {
            Step = _step,
            Seconds = 0,
            Kind = kind,
            Text = text,
            Server = server,
            Message = message,
            State = state,
            Groups = groups,
        });
        return this;
    }
}
