using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Viewer;

/// <summary>
/// Places the words and cells beside the lanes, relative to their lane and row: a picture can move lanes apart and hide rows. What has room
/// is decided for one distance between lanes; farther apart, there is only more.
/// </summary>
internal sealed class RowLayout
{
    private readonly Trace _trace;
    private readonly Diagram _diagram;
    private readonly Subjects _subjects;

    private readonly double _spacing;

    // The positions where words avoid messages: those of a picture that shows all rows.
    private readonly PictureFrame _frame;
    private readonly (double X1, double Y1, double X2, double Y2)[] _ways;

    private RowLayout(Trace trace, Diagram diagram, double spacing)
    {
        (_trace, _diagram, _subjects) = (trace, diagram, trace.Violation.ClusterSubjects);
        _spacing = spacing;
        _frame = new PictureFrame(trace, diagram, mostRows: int.MaxValue);
        _ways = [.. diagram.Arrows.Select(WayOf)];
    }

    /// <summary>Completes a layout with the places beside the lanes.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="diagram">Its layout without them.</param>
    /// <param name="spacing">The distance between lanes.</param>
    public static Diagram Complete(Trace trace, Diagram diagram, double spacing) => new RowLayout(trace, diagram, spacing).Complete();

    private Diagram Complete()
    {
        ServerChange[] unchanged = [.. _diagram.UnchangedSubjects.Select(change => Place(change, isViolation: true, isNextFree: false))];
        var ended = _diagram.Arrows.Index().ToLookup(one => one.Item.End);
        return _diagram with
        {
            UnchangedSubjects = unchanged,
            Rows = [.. _diagram.Rows.Select((row, number) => Place(row, number, ended[number], unchanged))],
        };
    }

    private (double X1, double Y1, double X2, double Y2) WayOf(Arrow arrow)
    {
        var ((x1, y1), (x2, y2)) = (_frame.At(arrow.Tail), _frame.At(arrow.Tip));
        return x1 <= x2 ? (x1, y1, x2, y2) : (x2, y2, x1, y1);
    }

    private DiagramRow Place(DiagramRow row, int number, IEnumerable<(int Index, Arrow Item)> ended, ServerChange[] unchanged)
    {
        var isViolation = number == _diagram.Violation;
        var drawn = row.Changes.Concat(isViolation ? unchanged : []).Select(change => change.Server).ToHashSet();
        ServerChange[] changes = [.. row.Changes.Select(change => Place(change, isViolation, !drawn.Contains(change.Server + 1)))];

        // The words right of the lanes come first: those left of the next lane avoid them.
        var taken = new double[_diagram.Servers + 1];
        foreach (var change in changes.Concat(isViolation ? unchanged : []))
        {
            taken[change.Server] = change.Reach;
        }

        var labels = ended.GroupBy(one => (one.Item.To, one.Item.Outcome)).Select(LabelOf).ToList();
        labels.AddRange(
            from change in changes
            where change.Cause is not null && !labels.Exists(label => label.Server == change.Server && !label.IsLost)
            select new Label { Server = change.Server, Words = change.Cause! });
        return row with { Changes = changes, Labels = [.. labels.Select(label => Place(label, _frame.Y(number), taken))] };
    }

    // Messages that end at the same server with the same outcome have one label.
    private static Label LabelOf(IEnumerable<(int Index, Arrow Item)> together)
    {
        var (_, arrow) = together.First();
        var isLost = arrow.Outcome == DeliveryOutcome.Lost;
        return new Label
        {
            Server = arrow.To,
            Dx = isLost && arrow.From < arrow.To ? -28 : -13,
            Words = string.Join("; ", together.Select(one => one.Item.Words)),
            Arrows = [.. together.Select(one => one.Index)],
            IsLost = isLost,
        };
    }

    // Words end at a lane, on the first baseline where neither the words of the previous lane nor a message are in the way. They reach over
    // the previous lane if nothing happens there.
    private Label Place(Label label, double y, double[] taken)
    {
        var need = (label.Words.Length * DiagramStyle.CharWidth) + 4;
        var before = label.Server - 1;
        var isFree = before >= 1 && taken[before] == 0;
        var from = isFree ? before - 1 : before;
        var left = from == 0 ? 0 : isFree ? Math.Max(DiagramStyle.LaneEdge, taken[from]) : DiagramStyle.LaneEdge;
        var right = PictureFrame.X(label.Server) + label.Dx;
        var begin = Math.Max(PictureFrame.X(from) + left, right - need);
        var isTaken = !isFree && before >= 1 && taken[before] + need > _spacing + label.Dx;
        double[] baselines = [.. DiagramStyle.Baselines.Skip(isTaken ? 1 : 0)];
        var i = Array.FindIndex(baselines, dy => !_ways.Any(way => Crosses(way, begin, right, y + dy - 9, y + dy + 3)));
        return label with { Dy = baselines[Math.Max(0, i)], From = from, Left = left };
    }

    // Whether a line crosses a box.
    private static bool Crosses((double X1, double Y1, double X2, double Y2) way, double left, double right, double top, double bottom)
    {
        var (x1, y1, x2, y2) = way;
        if (x2 <= left || x1 >= right || x1 == x2)
        {
            return false;
        }

        double At(double x) => y1 + ((y2 - y1) * (x - x1) / (x2 - x1));
        var (begin, end) = (At(Math.Max(left, x1)), At(Math.Min(right, x2)));
        return Math.Min(begin, end) < bottom && Math.Max(begin, end) > top;
    }

    // An effect reaches over the next lane if nothing happens there.
    private ServerChange Place(ServerChange change, bool isViolation, bool isNextFree)
    {
        var isSubject = isViolation && _subjects.Servers.Contains(change.Server);
        var end = Math.Min(_spacing, DiagramStyle.RightMargin) - 12;
        var right = 15 + (change.Badge is null ? 0 : change.BadgeWidth + 5);
        change = change with { IsSubject = isSubject, EffectDx = right };
        if (change.Effect is { } effect)
        {
            var most = change.Server == _diagram.Servers ? DiagramStyle.RightMargin - 12 : isNextFree ? end + _spacing : end;
            change = change with { Effect = Picture.Clip(effect, (int)((most - right) / DiagramStyle.CharWidth)) };
            right += (change.Effect.Length * DiagramStyle.CharWidth) + 8;
        }

        IReadOnlyList<long> named = isSubject ? _subjects.Indexes : [];
        var strip = change.State is { } i && (change.IsNewLog || named.Count > 0)
            ? LogStrip.Of(_trace.Events[i].ServerState!, right, end - right, named)
            : null;
        return change with { Strip = strip, Reach = strip?.End ?? right };
    }
}
