using DeterministicSimulation;

namespace Raft.Verification.Viewer;

/// <summary>Tracks the faults of a trace that last for a span of rows.</summary>
internal sealed class FaultSpanTracker
{
    private readonly List<FaultSpan> _all = [];

    /// <summary>All spans.</summary>
    public IReadOnlyList<FaultSpan> All => _all;

    /// <summary>Takes an event into account.</summary>
    public void Follow(TraceEvent happened, int row)
    {
        switch (happened)
        {
            case { Kind: TraceEventKind.Crashed, State: null, Server: { } server }:
                End(row, FaultSpanKind.Down, server);
                Begin(row, FaultSpanKind.Down, [[server]]);
                break;
            case { Kind: TraceEventKind.Started, Server: { } server }:
                End(row, FaultSpanKind.Down, server);
                break;
            case { Kind: TraceEventKind.DiskStalled, Server: { } server }:
                End(row, FaultSpanKind.Stalled, server);
                Begin(row, FaultSpanKind.Stalled, [[server]]);
                break;

            // A disk resumes without an event when faults end. A durable write shows it.
            case { Kind: TraceEventKind.DiskResumed or TraceEventKind.WriteDurable, Server: { } server }:
                End(row, FaultSpanKind.Stalled, server);
                break;
            case { Kind: TraceEventKind.Partitioned, Groups: { } groups }:
                Partition(row, groups);
                break;
            case { Kind: TraceEventKind.Cut, Groups: [[_, ..], [_, ..]] groups }:
                Begin(row, FaultSpanKind.Cut, groups);
                break;
            case { Kind: TraceEventKind.Healed }:
                End(row, FaultSpanKind.Partition, null);
                End(row, FaultSpanKind.Cut, null);
                break;
        }
    }

    // In a network that is partitioned already, two servers stay together if they are on the same side of both partitions.
    private void Partition(int row, IReadOnlyList<IReadOnlyList<int>> groups)
    {
        var before = _all.FindLast(span => span is { Kind: FaultSpanKind.Partition, Until: null })?.Groups;
        End(row, FaultSpanKind.Partition, null);
        IReadOnlyList<IReadOnlyList<int>> together = before is null
            ? groups
            : [.. before.SelectMany(one => groups, (one, other) => (int[])[.. one.Intersect(other)]).Where(group => group.Length > 0)];
        Begin(row, FaultSpanKind.Partition, together);
    }

    private void Begin(int row, FaultSpanKind kind, IReadOnlyList<IReadOnlyList<int>> groups) =>
        _all.Add(new FaultSpan(kind, groups, row));

    private void End(int row, FaultSpanKind kind, int? server)
    {
        for (var i = 0; i < _all.Count; i++)
        {
            var span = _all[i];
            if (span.Kind == kind && span.Until is null && (server is null || span.Groups[0][0] == server))
            {
                _all[i] = span with { Until = row };
            }
        }
    }
}
