using DeterministicSimulation;

namespace Raft.Verification.Viewer;

/// <summary>
/// The layout of a trace's space-time diagram: rows in the order of events with the changes of each server, the lanes between them, arrows
/// for messages, and spans of rows for faults. The page and the picture are both drawn from it. Rows are numbered from 0.
/// </summary>
public sealed record Diagram
{
    /// <summary>The number of servers, which is the number of lanes.</summary>
    public required int Servers { get; init; }

    /// <summary>The rows, from top to bottom.</summary>
    public required IReadOnlyList<DiagramRow> Rows { get; init; }

    /// <summary>For each server, from S1 on: the points of its lane at which the server changes.</summary>
    public required IReadOnlyList<IReadOnlyList<LanePoint>> Lanes { get; init; }

    /// <summary>The messages, in the order in which they were sent.</summary>
    public required IReadOnlyList<Arrow> Arrows { get; init; }

    /// <summary>The faults that last for a span of rows.</summary>
    public required IReadOnlyList<FaultSpan> FaultSpans { get; init; }

    /// <summary>The row in which the violation was seen; null if there are no rows.</summary>
    public int? Violation { get; init; }

    /// <summary>The subjects of the violation that do not change in its row. Their state is drawn there too.</summary>
    public required IReadOnlyList<ServerChange> UnchangedSubjects { get; init; }
    /// <summary>Lays out a trace.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="laneSpacing">The smallest distance between lanes, in pixels; null for that of the page.</param>
    public static Diagram Of(Trace trace, double? laneSpacing = null) =>
        new RowLayout(
            trace, new DiagramBuilder(trace).Build(), laneSpacing ?? DiagramStyle.LaneSpacing(trace.Options.Servers)).Complete();
}

/// <summary>One row: the events of a step, together with what the step waited for.</summary>
public sealed record DiagramRow
{
    /// <summary>The number of the first event, from 0.</summary>
    public required int First { get; init; }

    /// <summary>The number of events in the row.</summary>
    public required int Count { get; init; }

    /// <summary>The step of the last event.</summary>
    public required long Step { get; init; }

    /// <summary>The virtual time; null if the events have no times.</summary>
    public string? Time { get; init; }

    /// <summary>The changes of servers, at most one a server.</summary>
    public required IReadOnlyList<ServerChange> Changes { get; init; }

    /// <summary>The words left of the lanes: what the servers received or did.</summary>
    public IReadOnlyList<Label> Labels { get; init; } = [];

    /// <summary>The topics of the events, for filters.</summary>
    public required IReadOnlyList<Topic> Topics { get; init; }

    /// <summary>What happened to the whole network; null if nothing did.</summary>
    public string? Banner { get; init; }

    /// <summary>Whether nothing visible changed.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>
    /// Whether the row made something that the violation names: an entry at its index, or a leader or a vote in its term, at one of its
    /// servers.
    /// </summary>
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

    /// <summary>Steps that no message causes: timeouts, proposals, compaction.</summary>
    Steps,

    /// <summary>Writes that begin or become durable.</summary>
    Disk,

    /// <summary>Losses, duplications, crashes, restarts, partitions, stalled disks.</summary>
    Faults,
}

/// <summary>What happened to a server in a row.</summary>
public sealed record ServerChange
{
    /// <summary>The number of the server.</summary>
    public required int Server { get; init; }

    /// <summary>The number of the event that holds the server's state; null if it is down or its state is unknown.</summary>
    public int? State { get; init; }

    /// <summary>The cause of the change, in a few words.</summary>
    public string? Cause { get; init; }

    /// <summary>The new role and term, in a few words; null if neither changed. They stand right of the lane.</summary>
    public string? Badge { get; init; }

    /// <summary>The width of the badge.</summary>
    public double BadgeWidth => ((Badge?.Length ?? 0) * 6.3) + 12;

    /// <summary>An effect that no symbol shows, in a few words. They stand right of the badge.</summary>
    public string? Effect { get; init; }

    /// <summary>How far right of the lane the effect begins.</summary>
    public double EffectDx { get; init; }

    /// <summary>The log, right of the effect; null if it is not drawn.</summary>
    public LogStrip? Strip { get; init; }

    /// <summary>How far right of the lane all this reaches.</summary>
    public double Reach { get; init; }

    /// <summary>Whether the role or the term changed.</summary>
    public bool IsNewRole { get; init; }

    /// <summary>Whether the log changed: its entries, or which of them are durable, committed or applied.</summary>
    public bool IsNewLog { get; init; }

    /// <summary>Whether the server crashed.</summary>
    public bool IsCrash { get; init; }

    /// <summary>Whether the server started.</summary>
    public bool IsStart { get; init; }

    /// <summary>Whether the row is that of the violation, and the server one of its subjects.</summary>
    public bool IsSubject { get; init; }
}

/// <summary>Words that end left of a lane, in the middle of a row or near it.</summary>
/// <param name="Server">The server of the lane.</param>
/// <param name="Dx">How far right of the lane they end, in pixels.</param>
/// <param name="Words">The words.</param>
/// <param name="Arrows">The messages with these words, as indexes of <see cref="Diagram.Arrows"/>; empty if none is the cause.</param>
/// <param name="IsLost">Whether the messages were lost.</param>
/// <param name="Dy">How far below the middle of the row their baseline is.</param>
/// <param name="From">The previous lane that they must not reach. 0: the right edge of the step numbers.</param>
/// <param name="Left">How far right of <paramref name="From"/> they may begin. Words that are too long are cut.</param>
public sealed record Label(
    int Server, double Dx, string Words, IReadOnlyList<int> Arrows, bool IsLost = false, double Dy = 0, int From = 0, double Left = 0);

/// <summary>A point relative to a lane and a row.</summary>
/// <param name="Server">The server of the lane.</param>
/// <param name="Dx">How far right of the lane it is, in pixels.</param>
/// <param name="Row">The row.</param>
/// <param name="Dy">How far below the middle of the row it is, in pixels.</param>
public readonly record struct Anchor(int Server, double Dx, int Row, double Dy);

/// <summary>A point of a lane, from which on the server is in one state.</summary>
/// <param name="Row">The row.</param>
/// <param name="State">The number of the event that holds the server's state; null if it is down or its state is unknown.</param>
/// <param name="IsDown">Whether the server is down.</param>
public sealed record LanePoint(int Row, int? State, bool IsDown);

/// <summary>How a message ends.</summary>
public enum DeliveryOutcome
{
    /// <summary>It is still in flight at the end of the trace.</summary>
    InFlight,

    /// <summary>It arrived.</summary>
    Arrived,

    /// <summary>It was lost.</summary>
    Lost,
}

/// <summary>A message from one lane to another.</summary>
public sealed record Arrow
{
    /// <summary>The number of an event that holds the message.</summary>
    public required int Event { get; init; }

    /// <summary>The number of the sender.</summary>
    public required int From { get; init; }

    /// <summary>The number of the receiver.</summary>
    public required int To { get; init; }

    /// <summary>The term of the message.</summary>
    public required long Term { get; init; }

    /// <summary>The content of the message, in a few words.</summary>
    public required string Label { get; init; }

    /// <summary>The topic of the message.</summary>
    public required Topic Topic { get; init; }

    /// <summary>The row in which it was sent; null if the trace does not hold that event.</summary>
    public int? Sent { get; init; }

    /// <summary>The row in which it arrived or was lost; null if it is in flight.</summary>
    public int? End { get; init; }

    /// <summary>How it ended.</summary>
    public DeliveryOutcome Outcome { get; init; }

    /// <summary>Whether the network made it, as a copy of another message.</summary>
    public bool IsCopy { get; init; }

    /// <summary>Whether it overtook an older message.</summary>
    public bool Overtook { get; init; }

    /// <summary>The words at its end: the label, with a sign for a copy and for overtaking.</summary>
    internal string Words => $"{(IsCopy ? "2× " : string.Empty)}{(Overtook ? "↷ " : string.Empty)}{Label}";

    /// <summary>The point where its line begins.</summary>
    public Anchor Tail => Sent is { } sent
        ? new Anchor(From, Side * 6, sent, sent == End ? Tip.Dy : DiagramStyle.Port)
        : new Anchor(To, Side * -60, End!.Value, -0.8 * DiagramStyle.RowHeight);

    /// <summary>The point where its line ends: at the lane of the receiver, or short of it.</summary>
    public Anchor Tip => End is { } end
        ? new Anchor(To, Side * (Outcome == DeliveryOutcome.Lost ? -18 : -6), end, -DiagramStyle.Port - (Sent == end ? 2 : 0))
        : new Anchor(From, Side * 70, Sent!.Value, DiagramStyle.Port + 9);

    private int Side => From <= To ? 1 : -1;
}

/// <summary>The kinds of faults that last for a span of rows.</summary>
public enum FaultSpanKind
{
    /// <summary>A server is down.</summary>
    Down,

    /// <summary>A disk completes no writes.</summary>
    Stalled,

    /// <summary>The network is partitioned.</summary>
    Partition,

    /// <summary>The connection from one server to another is cut.</summary>
    Cut,
}

/// <summary>A fault that lasts for a span of rows.</summary>
/// <param name="Kind">The kind of fault.</param>
/// <param name="Groups">
/// The servers concerned, in groups that do not reach each other. For a cut connection: a group with the sender and a group with the
/// receiver.
/// </param>
/// <param name="From">The first row.</param>
/// <param name="Until">The row in which it ends; null if it does not end.</param>
public sealed record FaultSpan(FaultSpanKind Kind, IReadOnlyList<IReadOnlyList<int>> Groups, int From, int? Until = null)
{
    /// <summary>
    /// The columns that show it. A bar right of a lane is about what the server sends; a bar left of it, about what it receives or writes.
    /// </summary>
    public IReadOnlyList<FaultColumn> Columns => Kind switch
    {
        FaultSpanKind.Down => [new(Groups[0][0], 0, 34)],
        FaultSpanKind.Stalled => [new(Groups[0][0], -24, 8)],
        FaultSpanKind.Cut => [new(Groups[0][0], 20, 8), new(Groups[1][0], -20, 8)],
        _ => [.. Groups.SelectMany((group, i) => group.Select(server => new FaultColumn(server, 0, 134, i % FaultColumn.Sides)))],
    };
}

/// <summary>A column of a lane that shows a fault.</summary>
/// <param name="Server">The server of the lane.</param>
/// <param name="Offset">How far its middle is right of the lane, in pixels.</param>
/// <param name="Width">Its width in pixels.</param>
/// <param name="Side">The side of the partition, which decides its tint; null for a hatched column.</param>
public sealed record FaultColumn(int Server, double Offset, double Width, int? Side = null)
{
    /// <summary>The number of tints.</summary>
    public const int Sides = 4;
}
