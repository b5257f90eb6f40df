using DeterministicSimulation;

namespace Raft.Verification.Viewer;

/// <summary>
/// What there is to draw of a trace: rows in the order of events, and in them what happened to each server; arrows for messages, and spans of rows in
/// which something was broken. Both pictures, the page and the file, are drawn from it. Rows are numbered from 0.
/// </summary>
public sealed record Diagram
{
    /// <summary>How many servers, and so lanes, there are.</summary>
    public required int Servers { get; init; }

    /// <summary>The rows, downwards.</summary>
    public required IReadOnlyList<DiagramRow> Rows { get; init; }

    /// <summary>The messages, in the order in which they were sent.</summary>
    public required IReadOnlyList<Arrow> Arrows { get; init; }

    /// <summary>What was broken, from when to when.</summary>
    public required IReadOnlyList<FaultSpan> FaultSpans { get; init; }

    /// <summary>The row in which the violation was seen; null: there are no rows.</summary>
    public int? Violation { get; init; }

    /// <summary>Whether the trace tells a time.</summary>
    public bool HasTime { get; init; }

    /// <summary>Lays out a trace.</summary>
    public static Diagram Of(Trace trace) => new DiagramBuilder(trace).Build();
}

/// <summary>Something that happened at once: the events of a step, with what brought it about.</summary>
public sealed record DiagramRow
{
    /// <summary>The number of the first event, from 0.</summary>
    public required int First { get; init; }

    /// <summary>How many events it is made of.</summary>
    public required int Count { get; init; }

    /// <summary>The step of its last event.</summary>
    public required long Step { get; init; }

    /// <summary>When, in seconds of virtual time.</summary>
    public required double Seconds { get; init; }

    /// <summary>What happened to servers.</summary>
    public required IReadOnlyList<ServerChange> Changes { get; init; }

    /// <summary>What it is about, for filters.</summary>
    public required IReadOnlyList<Topic> Topics { get; init; }

    /// <summary>What happened to the network as a whole.</summary>
    public string? Banner { get; init; }

    /// <summary>Nothing changed that one could see.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>It made something that the violation names: an entry at its index, a leader or a vote in its term, at one of its servers.</summary>
    public bool IsCause { get; init; }
}

/// <summary>What a row is about.</summary>
public enum Topic
{
    /// <summary>Requests for votes, and votes.</summary>
    Elections,

    /// <summary>AppendEntries and its replies.</summary>
    Replication,

    /// <summary>InstallSnapshot and its replies.</summary>
    Snapshots,

    /// <summary>Any other message.</summary>
    Messages,

    /// <summary>Steps that no message brings about: timeouts, proposals, compaction.</summary>
    Steps,

    /// <summary>Writes, begun and durable.</summary>
    Disk,

    /// <summary>Losses, duplications, crashes, restarts, partitions, stalled disks.</summary>
    Faults,
}

/// <summary>What happened to a server in a row.</summary>
public sealed record ServerChange
{
    /// <summary>The number of the server.</summary>
    public required int Server { get; init; }

    /// <summary>The number of the event that tells its state; null: it is down, or nothing told it yet.</summary>
    public int? State { get; init; }

    /// <summary>What brought it about, in few words.</summary>
    public string? Cause { get; init; }

    /// <summary>What came of it that no drawing shows, in few words.</summary>
    public string? Effect { get; init; }

    /// <summary>Its role or its term changed.</summary>
    public bool IsNewRole { get; init; }

    /// <summary>Its log changed: entries, or what of them is durable, committed or applied.</summary>
    public bool IsNewLog { get; init; }

    /// <summary>It crashed.</summary>
    public bool IsCrash { get; init; }

    /// <summary>It started.</summary>
    public bool IsStart { get; init; }
}

/// <summary>What became of a message.</summary>
public enum DeliveryOutcome
{
    /// <summary>It is still on its way where the trace ends.</summary>
    InFlight,

    /// <summary>It arrived.</summary>
    Arrived,

    /// <summary>It was lost.</summary>
    Lost,
}

/// <summary>A message on its way.</summary>
public sealed record Arrow
{
    /// <summary>The number of an event that tells the message.</summary>
    public required int Event { get; init; }

    /// <summary>The number of the server that sent it.</summary>
    public required int From { get; init; }

    /// <summary>The number of the server that it is for.</summary>
    public required int To { get; init; }

    /// <summary>Its term.</summary>
    public required long Term { get; init; }

    /// <summary>What it carries, in few words.</summary>
    public required string Label { get; init; }

    /// <summary>What it is about.</summary>
    public required Topic Topic { get; init; }

    /// <summary>The row in which it was sent; null: nothing tells that.</summary>
    public int? Sent { get; init; }

    /// <summary>The row in which it arrived or was lost; null: it is still on its way.</summary>
    public int? End { get; init; }

    /// <summary>What became of it.</summary>
    public DeliveryOutcome Outcome { get; init; }

    /// <summary>The network made it, of another.</summary>
    public bool IsCopy { get; init; }

    /// <summary>It overtook an older one.</summary>
    public bool Overtook { get; init; }
}

/// <summary>What was broken over a span of rows.</summary>
public enum FaultSpanKind
{
    /// <summary>A server was down.</summary>
    Down,

    /// <summary>A disk completed no writes.</summary>
    Stalled,

    /// <summary>The network was divided.</summary>
    Partition,

    /// <summary>A way was cut.</summary>
    Cut,
}

/// <summary>A span of rows in which something was broken.</summary>
public sealed record FaultSpan
{
    /// <summary>What was broken.</summary>
    public required FaultSpanKind Kind { get; init; }

    /// <summary>The servers that it is about, in groups that do not reach each other; of a way that is cut: its first and its last.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Groups { get; init; }

    /// <summary>The first row.</summary>
    public required int From { get; init; }

    /// <summary>The row in which it was mended; null: it never was.</summary>
    public int? Until { get; init; }
}
