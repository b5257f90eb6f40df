using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Viewer;

/// <summary>Lays out a trace: puts its events into rows, and follows servers, messages and faults through them.</summary>
internal sealed class DiagramBuilder
{
    private const string _timer = "a timer runs out";
    private readonly Trace _trace;
    private readonly IReadOnlyList<TraceEvent> _events;
    private readonly List<DiagramRow> _rows = [];
    private readonly ArrowsOfTrace _arrows = new();
    private readonly ShadesOfTrace _shades = new();
    private readonly Evidence _evidence;

    // The event that tells each server's state; null: it is down, or nothing told it yet.
    private readonly int?[] _states;

    /// <summary>A builder for one trace.</summary>
    /// <exception cref="InvalidDataException">The trace is damaged.</exception>
    public DiagramBuilder(Trace trace)
    {
        WellFormed.Require(trace);
        _trace = trace;
        _events = trace.Events;
        _evidence = new Evidence(trace.Violation.ClusterSubjects);
        _states = new int?[trace.Options.Servers + 1];
    }

    /// <summary>The layout.</summary>
    public Diagram Build()
    {
        foreach (var (first, count) in RowsOfTrace.Of(_events))
        {
            Add(first, count);
        }

        return new Diagram
        {
            Servers = _trace.Options.Servers,
            Rows = _rows,
            Arrows = _arrows.All,
            Shades = _shades.All,
            Violation = _rows.Count == 0 ? null : Math.Max(0, _rows.FindLastIndex(row => _events[row.First].Step <= _trace.Violation.Step)),
            HasTime = _events.Any(one => one.Seconds > 0),
        };
    }

    private void Add(int first, int count)
    {
        var row = _rows.Count;
        var marks = new SortedDictionary<int, Mark>();
        var topics = new SortedSet<Topic>();
        var banner = default(string);
        var changed = false;
        var isEvidence = false;
        var cause = default(TraceMessage);

        // A duplication stands for itself where the message does not arrive in the same step.
        var copied = default(TraceMessage);
        for (var i = first; i < first + count; i++)
        {
            var happened = _events[i];
            _shades.Follow(happened, row);
            if (happened.Message is { } message)
            {
                _arrows.Follow(happened.Kind, message, i, row);
                topics.Add(MessageLabel.TopicOf(message));
                cause = happened.Kind == TraceEventKind.Arrived ? message : cause;
            }

            if (ServerMarked(happened) is { } server)
            {
                var mark = marks.GetValueOrDefault(server) ?? new Mark { Server = server, State = _states[server] };
                var next = Next(mark, i);
                isEvidence |= _evidence.IsChange(server, StateAt(_states[server]), StateAt(next.State));
                changed |= next.IsNewRole || next.IsNewLog || next.Effect is not null || _states[server] != next.State && !SameVote(_states[server], next.State);
                _states[server] = next.State;
                marks[server] = next;
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
            Seconds = last.Seconds,
            Marks = [.. marks.Values],
            Topics = [.. topics],
            Banner = banner ?? (copied is not null && marks.Count == 0 ? $"the network duplicates {copied.Type} S{copied.From} -> S{copied.To}" : null),
            IsQuiet = !changed && banner is null && topics.IsSubsetOf([Topic.Steps]),
            IsEvidence = isEvidence,
        });
    }

    private Mark Next(Mark mark, int i)
    {
        var happened = _events[i];
        var before = StateAt(mark.State);
        mark = mark with { Cause = Cause(mark, happened) ?? mark.Cause };
        switch (happened.Kind)
        {
            case TraceEventKind.Crashed when happened.State is null:
                return mark with { State = null, IsCrash = true, Effect = "crashes" };
            case TraceEventKind.Crashed:
            case TraceEventKind.Started when mark.IsCrash:
                // It is up again before anything else happens.
                mark = mark with { IsCrash = false, IsStart = true, Effect = "crashes, starts again" };
                break;
            case TraceEventKind.Started:
                mark = mark with { IsStart = true };
                break;
            case TraceEventKind.DiskStalled:
            case TraceEventKind.DiskResumed:
                mark = mark with { Effect = happened.Kind == TraceEventKind.DiskStalled ? "disk stalls" : "disk resumes" };
                break;
        }

        if (happened.ServerState is not { } state)
        {
            return mark;
        }

        var vote = state.VotedFor is { } voted && (before?.VotedFor != voted || before.Term != state.Term) ? $"votes S{voted}" : null;
        return mark with
        {
            State = i,
            Effect = vote ?? mark.Effect,
            IsNewRole = mark.IsNewRole || mark.IsStart || before is null || before.Role != state.Role || before.Term != state.Term,
            IsNewLog = mark.IsNewLog || (before is null ? state.Log.Count + state.SnapshotIndex > 0 : !SameLog(before, state)),
        };
    }

    private TraceState? StateAt(int? happened) => happened is { } i ? _events[i].ServerState : null;

    private bool SameVote(int? before, int? after) =>
        StateAt(before) is { } one && StateAt(after) is { } other
        && one.VotedFor == other.VotedFor && one.DurableTerm == other.DurableTerm && one.DurableVote == other.DurableVote;

    private static bool SameLog(TraceState one, TraceState other) =>
        one.SnapshotIndex == other.SnapshotIndex && one.DurableIndex == other.DurableIndex && one.CommitIndex == other.CommitIndex
        && one.Applied == other.Applied && one.Log.SequenceEqual(other.Log);

    // Where a message arrives, the arrow tells what brought it about; it is where its server may be marked even so.
    private static int? ServerMarked(TraceEvent happened) => happened.Kind switch
    {
        TraceEventKind.Sent => happened.Message?.From,
        TraceEventKind.Arrived => happened.Message?.To,
        _ => happened.Server,
    };

    private static string? Cause(Mark mark, TraceEvent happened) => happened.Kind switch
    {
        TraceEventKind.Arrived => MessageLabel.Of(happened.Message!),
        TraceEventKind.WriteDurable => happened.Write is { } write ? $"write {write.Number} is durable" : "a write is durable",
        TraceEventKind.Timer when mark.Cause is null && happened.Server is not null => _timer,
        TraceEventKind.Stepped when mark.Cause is null or _timer => ShortText.Of(happened.ServerInput?.Brief ?? "takes a step"),
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
