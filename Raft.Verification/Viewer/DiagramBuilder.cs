using System.Globalization;
using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Viewer;

/// <summary>Lays out a trace: groups its events into rows, and tracks servers, messages and faults through them.</summary>
internal sealed class DiagramBuilder
{
    private const string _timer = "a timer runs out";
    private readonly Trace _trace;
    private readonly IReadOnlyList<TraceEvent> _events;
    private readonly List<DiagramRow> _rows = [];
    private readonly MessageTracker _arrows = new();
    private readonly FaultSpanTracker _faultSpans = new();
    private readonly CauseHighlighter _causes;
    private readonly bool _hasTime;

    // For each server, the number of the event that holds its state; null if it is down or its state is unknown.
    private readonly int?[] _states;

    /// <summary>Creates a builder for one trace.</summary>
    public DiagramBuilder(Trace trace)
    {
        _trace = trace;
        _events = trace.Events;
        _hasTime = _events.Any(one => one.Seconds > 0);
        _causes = new CauseHighlighter(trace.Violation.ClusterSubjects);
        _states = new int?[trace.Options.Servers + 1];
    }

    /// <summary>Builds the layout, without the places beside the lanes (<see cref="RowLayout"/>).</summary>
    public Diagram Build()
    {
        foreach (var (first, count) in RowBuilder.Of(_events))
        {
            Add(first, count);
        }

        var last = _rows.FindLastIndex(row => _events[row.First].Step <= _trace.Violation.Step);
        int? violation = _rows.Count == 0 ? null : Math.Max(0, last);
        var lanes = Enumerable.Range(1, _trace.Options.Servers).Select(LaneOf).ToArray();
        return new Diagram
        {
            Servers = _trace.Options.Servers,
            Rows = _rows,
            Lanes = lanes,
            Arrows = _arrows.All,
            FaultSpans = _faultSpans.All,
            Violation = violation,
            UnchangedSubjects = violation is { } at ? [.. UnchangedSubjects(at, lanes)] : [],
        };
    }

    private List<LanePoint> LaneOf(int server)
    {
        var points = new List<LanePoint>();
        foreach (var (number, row) in _rows.Index())
        {
            if (row.Changes.FirstOrDefault(change => change.Server == server) is { } change)
            {
                var isStillDown = points is [.., { IsDown: true }] && !change.IsStart && change.State is null;
                points.Add(new LanePoint(number, change.State, change.IsCrash || isStillDown));
            }
        }

        return points;
    }

    private IEnumerable<ServerChange> UnchangedSubjects(int violation, IReadOnlyList<LanePoint>[] lanes) =>
        from server in _trace.Violation.ClusterSubjects.Servers
        where server <= lanes.Length && _rows[violation].Changes.All(change => change.Server != server)
        select new ServerChange { Server = server, State = lanes[server - 1].LastOrDefault(point => point.Row < violation)?.State };

    private void Add(int first, int count)
    {
        var row = _rows.Count;
        var changes = new SortedDictionary<int, ServerChange>();
        var topics = new SortedSet<Topic>();
        var banner = default(string);
        var changed = false;
        var isCause = false;
        var cause = default(TraceMessage);

        // A duplication has a banner of its own unless the message arrives in the same step.
        var copied = default(TraceMessage);
        for (var i = first; i < first + count; i++)
        {
            var happened = _events[i];
            _faultSpans.Follow(happened, row);
            if (happened.Message is { } message)
            {
                _arrows.Follow(happened.Kind, message, i, row);
                topics.Add(MessageLabel.TopicOf(message));
                cause = happened.Kind == TraceEventKind.Arrived ? message : cause;
            }

            if (ServerChanged(happened) is { } server)
            {
                var change = changes.GetValueOrDefault(server) ?? new ServerChange { Server = server, State = _states[server] };
                var next = Next(change, i);
                isCause |= _causes.IsCause(server, StateAt(_states[server]), StateAt(next.State));
                changed |= next.IsNewRole || next.IsNewLog || next.Effect is not null
                    || (_states[server] != next.State && !SameVote(_states[server], next.State));
                _states[server] = next.State;
                changes[server] = next;
            }

            banner = happened.Kind is TraceEventKind.Partitioned or TraceEventKind.Cut or TraceEventKind.Healed ? happened.Text : banner;
            copied = happened.Kind == TraceEventKind.Duplicated ? happened.Message : copied;
            if (TopicOf(happened.Kind, cause is not null) is { } topic)
            {
                topics.Add(topic);
            }
        }

        var last = _events[first + count - 1];
        _rows.Add(new DiagramRow
        {
            First = first,
            Count = count,
            Step = last.Step,
            Time = _hasTime ? string.Create(CultureInfo.InvariantCulture, $"{last.Seconds:0.0000} s") : null,
            Changes = [.. changes.Values.Select(change => change with { Badge = BadgeOf(change) })],
            Topics = [.. topics],
            Banner = banner ?? (copied is null || changes.Count > 0 ? null : $"the network duplicates {copied.Type} {Ends(copied)}"),
            IsQuiet = !changed && banner is null && topics.IsSubsetOf([Topic.Steps]),
            IsCause = isCause,
        });
    }

    private ServerChange Next(ServerChange change, int i)
    {
        var happened = _events[i];
        var before = StateAt(change.State);
        change = change with { Cause = Cause(change, happened) ?? change.Cause };
        switch (happened.Kind)
        {
            case TraceEventKind.Crashed when happened.State is null:
                return change with { State = null, IsCrash = true, Effect = "crashes" };
            case TraceEventKind.Crashed:
            case TraceEventKind.Started when change.IsCrash:
                // It starts again before anything else happens.
                change = change with { IsCrash = false, IsStart = true, Effect = "crashed" };
                break;
            case TraceEventKind.Started:
                change = change with { IsStart = true };
                break;
            case TraceEventKind.DiskStalled:
            case TraceEventKind.DiskResumed:
                change = change with { Effect = happened.Kind == TraceEventKind.DiskStalled ? "disk stalls" : "disk resumes" };
                break;
        }

        if (happened.ServerState is not { } state)
        {
            return change;
        }

        var vote = state.VotedFor is { } voted && (before?.VotedFor != voted || before.Term != state.Term) ? $"votes S{voted}" : null;
        return change with
        {
            State = i,
            Effect = vote ?? change.Effect,
            IsNewRole = change.IsNewRole || change.IsStart || before is null || before.Role != state.Role || before.Term != state.Term,
            IsNewLog = change.IsNewLog || (before is null ? state.Log.Count + state.SnapshotIndex > 0 : !SameLog(before, state)),
        };
    }

    private string? BadgeOf(ServerChange change) =>
        !change.IsNewRole || StateAt(change.State) is not { } state ? null
        : change.IsStart ? $"↻ {state.Role} {state.Term}"
        : state.Role == "Follower" ? $"term {state.Term}"
        : $"{state.Role} {state.Term}";

    private static string Ends(TraceMessage message) => $"S{message.From} -> S{message.To}";

    private TraceState? StateAt(int? happened) => happened is { } i ? _events[i].ServerState : null;

    private bool SameVote(int? before, int? after) =>
        StateAt(before) is { } one && StateAt(after) is { } other
        && one.VotedFor == other.VotedFor && one.DurableTerm == other.DurableTerm && one.DurableVote == other.DurableVote;

    private static bool SameLog(TraceState one, TraceState other) =>
        one.SnapshotIndex == other.SnapshotIndex && one.DurableIndex == other.DurableIndex && one.CommitIndex == other.CommitIndex
        && one.Applied == other.Applied && one.Log.SequenceEqual(other.Log);

    // The server that an event changes. For a message, the arrow shows the cause.
    private static int? ServerChanged(TraceEvent happened) => happened.Kind switch
    {
        TraceEventKind.Sent => happened.Message?.From,
        TraceEventKind.Arrived => happened.Message?.To,
        _ => happened.Server,
    };

    private static string? Cause(ServerChange change, TraceEvent happened) => happened.Kind switch
    {
        TraceEventKind.Arrived => MessageLabel.Of(happened.Message!),
        TraceEventKind.WriteDurable => happened.Write is { } write ? $"write {write.Number} is durable" : "a write is durable",
        TraceEventKind.Timer when change.Cause is null && happened.Server is not null => _timer,
        TraceEventKind.Stepped when change.Cause is null or _timer => ShortText.Of(happened.ServerInput?.Brief ?? "takes a step"),
        _ => null,
    };

    private static Topic? TopicOf(TraceEventKind kind, bool isAnswer) => kind switch
    {
        TraceEventKind.Stepped when isAnswer => null,
        TraceEventKind.Stepped or TraceEventKind.Timer => Topic.Steps,
        TraceEventKind.WriteBegun or TraceEventKind.WriteDurable => Topic.Disk,
        TraceEventKind.Sent or TraceEventKind.Arrived or TraceEventKind.Overtook => null,
        _ => Topic.Faults,
    };
}
