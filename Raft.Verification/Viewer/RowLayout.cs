using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Viewer;

/// <summary>
/// Places the words and cells beside the lanes, relative to their lane and row: a picture can move lanes apart and hide rows. What has room
/// is decided for one distance between lanes; farther apart, there is only more.
/// </summary>
/// <param name="trace">The trace.</param>
/// <param name="diagram">Its layout without the words and cells.</param>
/// <param name="spacing">The distance between lanes.</param>
internal sealed class RowLayout(Trace trace, Diagram diagram, double spacing)
{
    // The positions where words avoid messages: those of a picture that shows all rows.
    private readonly PictureFrame _frame = new(trace, diagram, mostRows: int.MaxValue);
    private (double X1, double Y1, double X2, double Y2)[] _ways = [];

    /// <summary>Completes the layout.</summary>
    public Diagram Complete()
    {
        _ways = [.. diagram.Arrows.Select(WayOf)];
        ServerChange[] unchanged = [.. diagram.UnchangedSubjects.Select(change => Place(change, isViolation: true, isNextFree: false))];
        var ended = diagram.Arrows.Index().ToLookup(one => one.Item.End);
        return diagram with
        {
            UnchangedSubjects = unchanged,
            Rows = [.. diagram.Rows.Select((row, number) => Place(row, number, ended[number], unchanged))],
        };
    }

    private (double X1, double Y1, double X2, double Y2) WayOf(Arrow arrow)
    {
        var ((x1, y1), (x2, y2)) = (_frame.At(arrow.Tail), _frame.At(arrow.Tip));
        return x1 <= x2 ? (x1, y1, x2, y2) : (x2, y2, x1, y1);
    }

    private DiagramRow Place(DiagramRow row, int number, IEnumerable<(int Index, Arrow Item)> ended, ServerChange[] unchanged)
    {
        var isViolation = number == diagram.Violation;
        var servers = row.Changes.Concat(isViolation ? unchanged : []).Select(change => change.Server).ToHashSet();
        ServerChange[] changes = [.. row.Changes.Select(change => Place(change, isViolation, !servers.Contains(change.Server + 1)))];

        // The words right of the lanes come first: those left of the next lane avoid them.
        var taken = changes.Concat(isViolation ? unchanged : []).ToDictionary(change => change.Server, change => change.Reach);
        var labels = ended.GroupBy(one => (one.Item.To, one.Item.Outcome)).Select(LabelOf).ToList();
        labels.AddRange(
            from change in changes
            where change.Cause is not null && !labels.Exists(label => label.Server == change.Server && !label.IsLost)
            select new Label(change.Server, -13, change.Cause!, []));
        return row with { Changes = changes, Labels = [.. labels.Select(label => Place(label, _frame.Y(number), taken))] };
    }

    // Messages that end at the same server with the same outcome have one label.
    private static Label LabelOf(IEnumerable<(int Index, Arrow Item)> together)
    {
        var arrow = together.First().Item;
        var isLost = arrow.Outcome == DeliveryOutcome.Lost;
        var words = string.Join("; ", together.Select(one => one.Item.Words));
        return new Label(arrow.To, isLost && arrow.From < arrow.To ? -28 : -13, words, [.. together.Select(one => one.Index)], isLost);
    }

    // Words end at a lane, on the first baseline where neither the words of the previous lane nor a message are in the way. They reach over
    // lanes where nothing happens.
    private Label Place(Label label, double y, Dictionary<int, double> taken)
    {
        var need = (label.Words.Length * DiagramStyle.CharWidth) + 4;
        var from = taken.Keys.Where(server => server < label.Server).DefaultIfEmpty().Max();
        var isBeside = from > 0 && from == label.Server - 1;
        var left = isBeside ? DiagramStyle.LaneEdge : taken.GetValueOrDefault(from);
        var right = PictureFrame.X(label.Server) + label.Dx;
        var begin = Math.Max(PictureFrame.X(from) + left, right - need);
        var isTaken = isBeside && taken[from] + need > spacing + label.Dx;
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
        var isSubject = isViolation && trace.Violation.ClusterSubjects.Servers.Contains(change.Server);
        var end = Math.Min(spacing, DiagramStyle.RightMargin) - 12;
        var right = 15 + (change.Badge is null ? 0 : change.BadgeWidth + 5);
        change = change with { IsSubject = isSubject, EffectDx = right };
        if (change.Effect is { } effect)
        {
            var most = change.Server == diagram.Servers ? DiagramStyle.RightMargin - 12 : isNextFree ? end + spacing : end;
            change = change with { Effect = Picture.Clip(effect, (int)((most - right) / DiagramStyle.CharWidth)) };
            right += (change.Effect.Length * DiagramStyle.CharWidth) + 8;
        }

        IReadOnlyList<long> named = isSubject ? trace.Violation.ClusterSubjects.Indexes : [];
        var strip = change.State is { } i && (change.IsNewLog || named.Count > 0)
            ? LogStrip.Of(trace.Events[i].ServerState!, right, end - right, named)
            : null;
        return change with { Strip = strip, Reach = strip?.End ?? right };
    }
}
