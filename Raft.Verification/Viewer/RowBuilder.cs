using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Viewer;

/// <summary>
/// Groups events into rows. The events of a step form a row. A row that ends with an arriving message, a durable write or an expired timer
/// also takes in the step that was waiting for it, if that step follows immediately.
/// </summary>
internal static class RowBuilder
{
    /// <summary>The rows, each with the number of its first event and the number of its events.</summary>
    public static IEnumerable<(int First, int Count)> Of(IReadOnlyList<TraceEvent> events)
    {
        var first = 0;
        var end = EndOfStep(events, 0);
        while (first < events.Count)
        {
            var next = EndOfStep(events, end);
            if (next > end && IsCauseOf(events, first, end, next))
            {
                end = next;
                next = EndOfStep(events, end);
            }

            yield return (first, end - first);
            first = end;
            end = next;
        }
    }

    // A step ends where the step number changes, or before a second step of the same server.
    private static int EndOfStep(IReadOnlyList<TraceEvent> events, int first)
    {
        var stepped = 0L;
        var i = first;
        for (; i < events.Count && events[i].Step == events[first].Step; i++)
        {
            if (events[i] is { Kind: TraceEventKind.Stepped, Server: { } server })
            {
                var bit = 1L << (server & 63);
                if ((stepped & bit) != 0)
                {
                    break;
                }

                stepped |= bit;
            }
        }

        return i;
    }

    private static bool IsCauseOf(IReadOnlyList<TraceEvent> events, int first, int end, int next)
    {
        var cause = events[end - 1];
        var server = ServerOf(cause);
        var step = default(TraceEvent);
        for (var i = first; i < next; i++)
        {
            if (server is null || ServerOf(events[i]) != server || (i < end && events[i].Kind == TraceEventKind.Stepped))
            {
                return false;
            }

            step = i >= end && events[i].Kind == TraceEventKind.Stepped ? events[i] : step;
        }

        return step is not null && cause.Kind switch
        {
            TraceEventKind.Arrived => step.ServerInput?.Received?.Id == cause.Message!.Id,
            TraceEventKind.WriteDurable => step.ServerInput?.Type == nameof(WriteDurable),
            TraceEventKind.Timer => step.ServerInput?.Type is nameof(ElectionTimeout) or nameof(HeartbeatTimeout),
            _ => false,
        };
    }

    // The server that an event happened to; null: no server, or several.
    private static int? ServerOf(TraceEvent happened) =>
        happened.Server
        ?? (happened.Kind == TraceEventKind.Sent ? happened.Message?.From : happened.Message?.To);
}
