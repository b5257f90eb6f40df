using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Exploration;

/// <summary>
/// Selects the key events of a trace for a reader: changes of servers, faults and their ends, lost and duplicated messages, messages that
/// did not arrive, and all steps and messages sent at the violating step.
/// </summary>
internal static class KeyEvents
{
    /// <summary>The key events, in order.</summary>
    public static IReadOnlyList<TraceEvent> Of(Trace trace)
    {
        var taken = trace.Events.Where(one => one.Kind == TraceEventKind.Arrived).Select(one => one.Message!.Id).ToHashSet();
        var last = new Dictionary<int, TraceState?>();
        var events = new List<TraceEvent>();
        foreach (var happened in trace.Events)
        {
            var before = happened.Server is { } server ? last.GetValueOrDefault(server) : null;
            if (happened.Step > trace.Violation.Step)
            {
                break;
            }

            if (Matters(happened, before, taken, isViolating: happened.Step == trace.Violation.Step))
            {
                events.Add(happened);
            }

            if (happened.Server is { } acting && (happened.State is not null || happened.Kind == TraceEventKind.Crashed))
            {
                last[acting] = happened.ServerState;
            }
        }

        return events;
    }

    private static bool Matters(TraceEvent happened, TraceState? before, HashSet<long> taken, bool isViolating) => happened.Kind switch
    {
        // The step that follows a timer shows it, and the effect of a fault shows the fault.
        TraceEventKind.Timer or TraceEventKind.Fault or TraceEventKind.WriteBegun or TraceEventKind.Overtook => false,
        TraceEventKind.Arrived => false,
        TraceEventKind.Sent => isViolating || !taken.Contains(happened.Message!.Id),

        // The first report of a server that has just started is not a change.
        TraceEventKind.Stepped when happened.ServerInput?.Type == nameof(ReadyToApply) && !isViolating =>
            before is not null && !IsAlike(before, happened.ServerState),
        TraceEventKind.Stepped => isViolating || !IsAlike(before, happened.ServerState),
        TraceEventKind.WriteDurable => true,
        _ => true,
    };

    // The applied index is ignored: it follows from the commit index.
    private static bool IsAlike(TraceState? one, TraceState? other) =>
        one is not null && other is not null
        && one with { Log = other.Log, Applied = other.Applied } == other
        && one.Log.SequenceEqual(other.Log);
}
