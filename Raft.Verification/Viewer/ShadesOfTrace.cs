using DeterministicSimulation;

namespace Raft.Verification.Viewer;

/// <summary>Follows what is broken in a trace until it is mended.</summary>
internal sealed class ShadesOfTrace
{
    private readonly List<Shade> _all = [];

    /// <summary>All spans.</summary>
    public IReadOnlyList<Shade> All => _all;

    /// <summary>Takes note of an event.</summary>
    public void Follow(TraceEvent happened, int row)
    {
        switch (happened)
        {
            case { Kind: TraceEventKind.Crashed, State: null, Server: { } server }:
                End(row, ShadeKind.Down, server);
                Begin(row, ShadeKind.Down, [[server]]);
                break;
            case { Kind: TraceEventKind.Started, Server: { } server }:
                End(row, ShadeKind.Down, server);
                break;
            case { Kind: TraceEventKind.DiskStalled, Server: { } server }:
                End(row, ShadeKind.Stalled, server);
                Begin(row, ShadeKind.Stalled, [[server]]);
                break;

            // Disks are mended without a word when faults end; that a write is done shows it.
            case { Kind: TraceEventKind.DiskResumed or TraceEventKind.WriteDurable, Server: { } server }:
                End(row, ShadeKind.Stalled, server);
                break;
            case { Kind: TraceEventKind.Partitioned, Groups: { } groups }:
                Divide(row, groups);
                break;
            case { Kind: TraceEventKind.Cut, Groups: [[_, ..], [_, ..]] groups }:
                Begin(row, ShadeKind.Cut, groups);
                break;
            case { Kind: TraceEventKind.Healed }:
                End(row, ShadeKind.Partition, null);
                End(row, ShadeKind.Cut, null);
                break;
        }
    }

    // A division of what is divided already: only who is on the same side both times is still together.
    private void Divide(int row, IReadOnlyList<IReadOnlyList<int>> groups)
    {
        var before = _all.FindLast(shade => shade is { Kind: ShadeKind.Partition, Until: null })?.Groups;
        End(row, ShadeKind.Partition, null);
        IReadOnlyList<IReadOnlyList<int>> together = before is null
            ? groups
            : [.. before.SelectMany(one => groups, (one, other) => (int[])[.. one.Intersect(other)]).Where(group => group.Length > 0)];
        Begin(row, ShadeKind.Partition, together);
    }

    private void Begin(int row, ShadeKind kind, IReadOnlyList<IReadOnlyList<int>> groups) => _all.Add(new Shade { Kind = kind, Groups = groups, From = row });

    private void End(int row, ShadeKind kind, int? server)
    {
        for (var i = 0; i < _all.Count; i++)
        {
            var shade = _all[i];
            if (shade.Kind == kind && shade.Until is null && (server is null || shade.Groups[0][0] == server))
            {
                _all[i] = shade with { Until = row };
            }
        }
    }
}
