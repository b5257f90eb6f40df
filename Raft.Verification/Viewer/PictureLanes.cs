using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Viewer;

/// <summary>Draws the lanes of a picture, the messages between them, and the changes of servers on them.</summary>
internal sealed class PictureLanes(Trace trace, Diagram diagram, PictureFrame frame, Svg svg)
{
    // The ring around a subject of the violation.
    private const string _subject = $"stroke=\"{Palette.Bad}\" stroke-width=\"2.5\"";

    // The lines of messages. Words are placed beside them.
    private readonly List<(double X1, double Y1, double X2, double Y2)> _ways = [];

    /// <summary>Draws the lanes with everything on them.</summary>
    public void Draw()
    {
        for (var server = 1; server <= diagram.Servers; server++)
        {
            svg.Raw($"<g class=\"lane\" data-server=\"{server}\">");
            DrawLane(server);
            svg.Raw($"</g>");
        }

        foreach (var arrow in diagram.Arrows)
        {
            if (frame.Shows(arrow.Sent ?? arrow.End!.Value, arrow.End ?? arrow.Sent!.Value))
            {
                DrawArrow(arrow);
            }
        }

        foreach (var row in frame.Rows)
        {
            DrawRow(row);
        }
    }

    private void DrawLane(int server)
    {
        var y = frame.Top;
        var before = default(LanePoint);
        foreach (var point in diagram.Lanes[server - 1].Where(point => point.Row <= frame.Rows[^1]))
        {
            var next = frame.Y(point.Row);
            if (next > y)
            {
                DrawLane(PictureFrame.X(server), y, next, before);
                y = next;
            }

            before = point;
        }

        DrawLane(PictureFrame.X(server), y, frame.Bottom, before);
    }

    private void DrawLane(double x, double y, double end, LanePoint? point)
    {
        if (point is { IsDown: true })
        {
            svg.Line(x, y, x, end, Palette.Soft, 1.5, " stroke-dasharray=\"2 5\"");
            return;
        }

        var state = StateAt(point?.State);
        var style = state is null ? null : DiagramStyle.Of(state.Role);
        var colour = Palette.Of(state?.Term ?? 0);
        var width = style?.LaneWidth ?? 2;
        svg.Line(x, y, x, end, colour.Hue, width, style?.Dashes is { } dashes ? $" stroke-dasharray=\"{dashes}\"" : string.Empty);
        if (colour.Round > 0)
        {
            svg.Line(x, y, x, end, "#fff", width > 5 ? 2.5 : 1.2);
        }
    }

    private TraceState? StateAt(int? happened) => happened is { } i ? trace.Events[i].ServerState : null;

    private void DrawArrow(Arrow arrow)
    {
        var x1 = PictureFrame.X(arrow.From);
        var x2 = PictureFrame.X(arrow.To);
        var side = Math.Sign(x2 - x1);
        var y1 = arrow.Sent is { } sent
            ? frame.Y(sent) + DiagramStyle.Port
            : frame.Y(arrow.End!.Value) - (DiagramStyle.RowHeight * 0.8);
        var hue = Palette.Of(arrow.Term).Hue;
        x1 = arrow.Sent is null ? x2 - (side * 60) : x1 + (side * 6);
        if (arrow.End is not { } end || end > frame.Rows[^1])
        {
            // It is still in flight at the end of the picture.
            x2 = PictureFrame.X(arrow.From) + (side * 70);
            _ways.Add((x1, y1, x2, y1 + 9));
            svg.Raw($"<g class=\"message flight\">");
            svg.Line(x1, y1, x2, y1 + 9, hue, 1.5, " stroke-dasharray=\"2 4\" opacity=\".6\"");
            svg.Raw($"<circle cx=\"{x2}\" cy=\"{y1 + 9}\" r=\"3\" fill=\"none\" stroke=\"{hue}\"/></g>");
            return;
        }

        var isAtOnce = arrow.Sent == arrow.End;
        var isLost = arrow.Outcome == DeliveryOutcome.Lost;
        x2 -= side * (isLost ? 18 : 6);
        var y2 = frame.Y(end) - DiagramStyle.Port - (isAtOnce ? 2 : 0);
        y1 = isAtOnce ? y2 : y1;
        _ways.Add((x1, y1, x2, y2));
        var look = arrow.IsCopy ? " stroke-dasharray=\"1.5 3\" stroke-linecap=\"round\" stroke-width=\"2.2\""
            : isLost ? " stroke-dasharray=\"6 4\" stroke-width=\"1.6\""
            : " stroke-width=\"1.6\"";
        var faint = y2 - y1 > 12 * DiagramStyle.RowHeight ? " opacity=\".45\"" : string.Empty;
        svg.Raw($"<g class=\"message {(isLost ? "lost" : "arrived")}{(arrow.IsCopy ? " copy" : string.Empty)}\">");
        svg.Raw($"<path d=\"M{x1} {y1}L{x2} {y2}\" fill=\"none\" stroke=\"{hue}\"{look}{faint}/>");
        if (isLost)
        {
            DrawCross("cross", x2, y2, 5, 2.4);
        }
        else
        {
            var angle = Math.Atan2(y2 - y1, x2 - x1);
            var (left, right) = (angle + 0.42, angle - 0.42);
            svg.Raw($"<path class=\"head\" d=\"M{x2} {y2}");
            svg.Raw($"L{x2 - (9 * Math.Cos(left))} {y2 - (9 * Math.Sin(left))}");
            svg.Raw($"L{x2 - (9 * Math.Cos(right))} {y2 - (9 * Math.Sin(right))}Z\" fill=\"{hue}\"/>");
        }

        svg.Raw($"</g>");
    }

    private void DrawRow(int number)
    {
        var row = diagram.Rows[number];
        var y = frame.Y(number);

        // The words right of the lanes come first: those left of the next lane avoid them.
        var taken = new double[diagram.Servers + 1];
        foreach (var change in row.Changes.Concat(number == diagram.Violation ? diagram.UnchangedSubjects : []))
        {
            taken[change.Server] = DrawChange(change, number, y);
        }

        var answered = new HashSet<int>();
        foreach (var together in row.Ended)
        {
            var arrow = diagram.Arrows[together[0]];
            var isLost = arrow.Outcome == DeliveryOutcome.Lost;
            var x = PictureFrame.X(arrow.To) - (isLost && arrow.From < arrow.To ? 28 : 13);
            DrawLeft(arrow.To, x, y, string.Join("; ", together.Select(one => diagram.Arrows[one].Words)), taken);
            if (!isLost)
            {
                answered.Add(arrow.To);
            }
        }

        foreach (var change in row.Changes.Where(change => change.Cause is not null && !answered.Contains(change.Server)))
        {
            DrawLeft(change.Server, PictureFrame.X(change.Server) - 13, y, change.Cause!, taken);
        }

        if (row.Banner is { } banner)
        {
            svg.Line(PictureFrame.Gutter, y, frame.Width, y, Palette.Soft, 1, " stroke-dasharray=\"8 4\"");
            svg.Words(PictureFrame.Gutter + 8, y - 4, banner, " font-weight=\"600\"");
        }
    }

    // Draws words that end at a lane, on the first baseline where neither the words of the previous lane nor a message are in the way. They
    // reach over the previous lane if nothing happens there.
    private void DrawLeft(int server, double x, double y, string words, double[] taken)
    {
        var need = (words.Length * DiagramStyle.CharWidth) + 4;
        var left = PictureFrame.Left(server);
        var before = server - 1;
        if (before >= 1 && taken[before] == 0 && x - need < left)
        {
            left = before == 1 ? PictureFrame.Gutter : Math.Max(PictureFrame.Left(before), taken[before - 1]);
        }

        var begin = Math.Max(left, x - need);
        var isTaken = before >= 1 && begin < taken[before];
        double[] baselines = [.. DiagramStyle.Baselines.Skip(isTaken ? 1 : 0).Select(below => y + below)];
        var i = Array.FindIndex(baselines, baseline => !_ways.Exists(way => Crosses(way, begin, x, baseline - 9, baseline + 3)));
        var chars = (int)((x - left) / DiagramStyle.CharWidth);
        var look = $" class=\"label\" text-anchor=\"end\" fill=\"{Palette.Soft}\"";
        svg.Words(x, baselines[Math.Max(0, i)], Picture.Clip(words, chars), look);
    }

    // Whether a line crosses a box.
    private static bool Crosses((double X1, double Y1, double X2, double Y2) way, double left, double right, double top, double bottom)
    {
        var (x1, y1, x2, y2) = way.X1 <= way.X2 ? way : (way.X2, way.Y2, way.X1, way.Y1);
        if (x2 <= left || x1 >= right || x1 == x2)
        {
            return false;
        }

        double At(double x) => y1 + ((y2 - y1) * (x - x1) / (x2 - x1));
        var (begin, end) = (At(Math.Max(left, x1)), At(Math.Min(right, x2)));
        return Math.Min(begin, end) < bottom && Math.Max(begin, end) > top;
    }

    // Draws a change of a server, and returns the end of the words and cells right of the lane.
    private double DrawChange(ServerChange change, int number, double y)
    {
        var x = PictureFrame.X(change.Server);
        var right = x + 15;
        var end = x + PictureFrame.Right(change.Server);
        var isSubject = number == diagram.Violation && trace.Violation.ClusterSubjects.Servers.Contains(change.Server);
        var state = StateAt(change.State);
        if (change.IsCrash)
        {
            svg.Raw($"<circle cx=\"{x}\" cy=\"{y}\" r=\"9\" fill=\"#fff\"/>");
            DrawCross("crash", x, y, 6, 3.4);
        }
        else if (state is not null)
        {
            DrawNode(x, y, state);
        }

        if (change.Badge is { } badge)
        {
            right = DrawBadge(right, y, badge, Palette.Of(state!.Term));
        }

        if (change.Effect is { } effect)
        {
            var words = Picture.Clip(effect, (int)((end - right) / DiagramStyle.CharWidth));
            svg.Words(right, y + 4, words);
            right += (words.Length * DiagramStyle.CharWidth) + 8;
        }

        if (state is not null && (change.IsNewLog || (isSubject && trace.Violation.ClusterSubjects.Indexes.Count > 0)))
        {
            right = DrawLog(right, y, state, isSubject, end - right);
        }

        if (isSubject)
        {
            svg.Raw($"<circle class=\"subject\" cx=\"{x}\" cy=\"{y}\" r=\"12\" fill=\"none\" {_subject}/>");
        }

        return right;
    }

    // A hollow symbol: the term or the vote is not durable.
    private void DrawNode(double x, double y, TraceState state)
    {
        var hue = Palette.Of(state.Term).Hue;
        var fill = state.DurableTerm == state.Term && state.DurableVote == state.VotedFor ? hue : "#fff";
        var shape = DiagramStyle.Of(state.Role).Shape;
        svg.Raw($"<path transform=\"translate({x} {y})\" d=\"{shape}\" fill=\"{fill}\" stroke=\"{hue}\" stroke-width=\"2.6\"/>");
    }

    private void DrawCross(string name, double x, double y, double size, double width)
    {
        var (left, right, top, bottom) = (x - size, x + size, y - size, y + size);
        svg.Raw($"<path class=\"{name}\" d=\"M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}\"");
        svg.Raw($" stroke=\"{Palette.Text}\" stroke-width=\"{width}\"/>");
    }

    private double DrawBadge(double x, double y, string words, TermColour colour)
    {
        var width = (words.Length * DiagramStyle.BadgeCharWidth) + 12;
        svg.Rect(x, y - 8, width, 16, colour.Hue, " rx=\"5\"");
        svg.Text(x + (width / 2), y + 4, words, $" text-anchor=\"middle\" font-weight=\"600\" fill=\"{colour.Ink}\"");
        return x + width + 5;
    }

    private double DrawLog(double x, double y, TraceState state, bool isSubject, double room)
    {
        var size = 9.0 + (6 * state.Log.Select(entry => entry.Term.ToString().Length).Append(1).Max());
        var cells = Math.Max(3, (int)((room - 24) / size));
        var hidden = Math.Max(0, state.Log.Count - cells);
        var named = isSubject ? trace.Violation.ClusterSubjects.Indexes : [];
        foreach (var index in named)
        {
            var i = index - state.SnapshotIndex - 1;
            hidden = i >= 0 && i <= hidden ? (int)Math.Max(0, i - 1) : hidden;
        }

        if (state.SnapshotIndex + hidden > 0)
        {
            var words = $"…{state.SnapshotIndex + hidden}";
            svg.Words(x, y + 4, words, $" fill=\"{Palette.Soft}\"");
            x += (words.Length * 7) + 3;
        }

        var end = Math.Min(state.Log.Count, hidden + cells);
        for (var i = hidden; i < end; i++, x += size)
        {
            DrawCell(x, y, size, state, i);
            if (named.Contains(state.SnapshotIndex + i + 1))
            {
                svg.Rect(x - 2, y - 10, size + 3, 22, "none", $" class=\"subject\" rx=\"3\" {_subject}");
            }
        }

        var isMissing = end == state.Log.Count && named.Contains(state.SnapshotIndex + end + 1);
        if (isMissing)
        {
            // The violation names an entry that is missing.
            svg.Rect(x, y - 10, size, 22, "none", $" class=\"subject\" rx=\"3\" {_subject}");
        }

        var after = isMissing || (end == state.Log.Count && end > 0) ? string.Empty : end == 0 ? "∅" : $"+{state.Log.Count - end}";
        svg.Words(x + 1, y + 4, after, $" fill=\"{Palette.Soft}\"");
        return x + (isMissing ? size : after.Length * 7) + 6;
    }

    private void DrawCell(double x, double y, double size, TraceState state, int i)
    {
        var index = state.SnapshotIndex + i + 1;
        var term = state.Log[i].Term;
        var colour = Palette.Of(term);
        var isDurable = index <= state.DurableIndex;
        var dashes = isDurable ? string.Empty : " stroke-dasharray=\"3 2\"";
        var border = $" class=\"entry\" rx=\"2\" stroke=\"{colour.Hue}\" stroke-width=\"1.8\"{dashes}";
        svg.Rect(x + 0.75, y - 8, size - 2.5, 14, isDurable ? colour.Hue : "#fff", border);
        if (isDurable && colour.Round > 0)
        {
            DrawCorners(x + 0.75, y - 8, size - 2.5, colour.Round);
        }

        var look = $" font-size=\"10\" text-anchor=\"middle\" fill=\"{(isDurable ? colour.Ink : Palette.Text)}\"";
        svg.Text(x + (size / 2) - 0.5, y + 2.5, $"{term}", look);
        if (index <= state.CommitIndex)
        {
            svg.Line(x, y + 8.4, x + size - 1, y + 8.4, Palette.Text, 1.8);
        }

        if (index <= state.Applied)
        {
            svg.Line(x, y + 11.2, x + size - 1, y + 11.2, Palette.Text, 1.8);
        }
    }

    // The cell of a term whose colour is used for the second time has one corner cut off; for the third time, two; from then on, three.
    private void DrawCorners(double x, double y, double width, int round)
    {
        svg.Raw($"<path class=\"corner\" d=\"M{x + width - 5} {y - 1}h6v6Z");
        if (round > 1)
        {
            svg.Raw($"M{x - 1} {y + 9}v6h6Z");
        }

        if (round > 2)
        {
            svg.Raw($"M{x - 1} {y + 5}v-6h6Z");
        }

        svg.Raw($"\" fill=\"#fff\"/>");
    }
}
