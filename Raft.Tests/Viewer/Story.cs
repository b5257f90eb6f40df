using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Tests.Viewer;

/// <summary>Builds a trace by hand.</summary>
internal sealed class Story(int servers = 3)
{
    private readonly List<TraceEvent> _events = [];
    private long _step;

    /// <summary>Begins the next step: further events belong to it.</summary>
    public Story Step()
    {
        _step++;
        return this;
    }

    /// <summary>Adds a step of a server.</summary>
    public Story Stepped(
        int server, TraceState? state = null, string input = "ElectionTimeout", long? write = null, string? command = null) =>
        Add(new TraceEvent
        {
            Kind = TraceEventKind.Stepped,
            Server = server,
            Input = new TraceInput { Type = input, Write = write, Commands = command is null ? null : [command] },
            State = state ?? State(),
        });

    /// <summary>Adds a step in which a server receives a message.</summary>
    public Story Received(int server, long id, int from, TraceState? state = null, string type = "RequestVote") => Add(new TraceEvent
    {
        Kind = TraceEventKind.Stepped,
        Server = server,
        Input = new TraceInput
        {
            Type = "MessageReceived",
            Received = new TraceReceived(type, from, new Dictionary<string, string> { ["term"] = "1" }) { Id = id },
        },
        State = state ?? State(),
    });

    /// <summary>Adds another event of a server.</summary>
    public Story Happened(
        TraceEventKind kind,
        int? server = null,
        string? what = null,
        TraceState? state = null,
        int[][]? groups = null,
        long? write = null) =>
        Add(new TraceEvent
        {
            Kind = kind,
            Server = server,
            What = what,
            State = state,
            Groups = groups,
            Write = write is { } number ? new TraceWrite(number) : null,
        });

    /// <summary>Adds an event of a message.</summary>
    public Story Message(
        TraceEventKind kind,
        long id,
        int from,
        int to,
        string type = "RequestVote",
        long? copyOf = null,
        params (string Name, string Value)[] fields) =>
        Add(new TraceEvent
        {
            Kind = kind,
            Message = new TraceMessage
            {
                Id = id,
                CopyOf = copyOf,
                Type = type,
                From = from,
                To = to,
                Fields = fields.Prepend(("term", "1")).ToDictionary(field => field.Item1, field => field.Item2),
            },
        });

    /// <summary>Builds the trace, with its violation.</summary>
    public Trace Violating(
        string property = "ElectionSafety",
        string message = "S1 leads, and so does S2.",
        long? step = null,
        Subjects? subjects = null,
        string scenario = "story") => new()
        {
            Version = Trace.CurrentVersion,
            Scenario = scenario,
            Options = new ClusterOptions { Servers = servers },
            Engine = "model",
            Strategy = "breadth-first",
            Seed = 0,
            Schedule = 0,
            Violation = new Violation(property, message, step ?? _step) { Subjects = subjects ?? Subjects.None },
            Digest = "0000000000000000",
            Choices = [1, 2, 3],
            Events = _events,
            Format = RaftTraceFormat.Format,
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

    /// <summary>A trace with a message of each outcome, a crash, a partition, and two leaders.</summary>
    public static Trace OfEverything() => new Story()
        .Step().Stepped(1, State("Candidate", vote: 1))
            .Message(TraceEventKind.Sent, 1, 1, 2).Message(TraceEventKind.Sent, 2, 1, 3).Message(TraceEventKind.Sent, 3, 1, 3)
        .Step().Message(TraceEventKind.Duplicated, 4, 1, 2, copyOf: 1).Message(TraceEventKind.Arrived, 1, 1, 2)
        .Step().Received(2, 1, from: 1, State(vote: 1))
        .Step().Message(TraceEventKind.Lost, 2, 1, 3)
        .Step().Message(TraceEventKind.Arrived, 4, 1, 2)
        .Step().Happened(TraceEventKind.Partitioned, groups: [[1], [2, 3]])
        .Step().Happened(TraceEventKind.DiskStalled, 2, state: State(vote: 1))
        .Step().Happened(TraceEventKind.Crashed, 3)
        .Step().Happened(TraceEventKind.Healed)
        .Step().Happened(TraceEventKind.Cut, groups: [[1], [2]])
        .Step().Happened(TraceEventKind.Started, 3, state: State())
        .Step().Stepped(1, State("Leader", vote: 1, log: [1], durable: 1))
        .Step().Stepped(2, State("Leader", vote: 2, log: [1, 9, 17, 25], durable: 4, commit: 2, applied: 1))
        .Violating(subjects: new Subjects([1, 2], [1], [1]));

    private Story Add(TraceEvent happened)
    {
        _events.Add(happened with { Step = _step });
        return this;
    }
}
