using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Viewer;

/// <summary>Draws the lanes of a picture, the messages between them, and on them what the servers were.</summary>
internal sealed class PictureLanes(Trace trace, Diagram diagram, PictureFrame frame, Svg svg)
{
    // Where messages run, so that words can stand beside them.
    private readonly List<(double X1, double Y1, double X2, double Y2)> _ways = [];

    /// <summary>Draws all of them.</summary>
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
        var state = default(TraceState);
        var isDown = false;
        for (var row = 0; row <= frame.Rows[^1]; row++)
        {
            foreach (var change in diagram.Rows[row].Changes.Where(change => change.Server == server))
            {
                var next = frame.Y(row);
                if (next > y)
                {
                    DrawLane(frame.X(server), y, next, state, isDown);
                    y = next;
                }

                state = change.State is { } told ? trace.Events[told].ServerState : null;
                isDown = change.IsCrash || (isDown && !change.IsStart && state is null);
            }
        }

        DrawLane(frame.X(server), y, frame.Bottom, state, isDown);
    }

    private void DrawLane(double x, double y, double end, TraceState? state, bool isDown)
    {
        if (isDown)
        {
            svg.Line(x, y, x, end, Palette.Soft, 1.5, " stroke-dasharray=\"2 5\"");
            return;
        }

        var (width, dashes) = state?.Role switch
        {
            null => (2.0, string.Empty),
            "Leader" => (10.0, string.Empty),
            "Candidate" => (5.0, " stroke-dasharray=\"7 4\""),
            _ => (3.0, string.Empty),
        };
        svg.Line(x, y, x, end, Palette.Of(state?.Term ?? 0), width, dashes);
        if (state is not null && Palette.RoundOf(state.Term) > 0)
        {
            svg.Line(x, y, x, end, "#fff", width > 5 ? 2.5 : 1.2);
        }
    }

    private void DrawArrow(Arrow arrow)
    {
        var x1 = frame.X(arrow.From);
        var x2 = frame.X(arrow.To);
        var side = Math.Sign(x2 - x1);
        var y1 = arrow.Sent is { } sent ? frame.Y(sent) + PictureFrame.Port : frame.Y(arrow.End!.Value) - (PictureFrame.RowHeight * 0.8);
        var hue = Palette.Of(arrow.Term);
        x1 = arrow.Sent is null ? x2 - (side * 60) : x1 + (side * 6);
        if (arrow.End is not { } end || end > frame.Rows[^1])
        {
            // It has not arrived by the end of the picture.
            x2 = frame.X(arrow.From) + (side * Math.Min(70, frame.Spacing * 0.4));
            _ways.Add((x1, y1, x2, y1 + 9));
            svg.Raw($"<g class=\"message flight\"><path d=\"M{x1} {y1}L{x2} {y1 + 9}\" stroke=\"{hue}\" stroke-width=\"1.5\" stroke-dasharray=\"2 4\" opacity=\".6\"/><circle cx=\"{x2}\" cy=\"{y1 + 9}\" r=\"3\" fill=\"none\" stroke=\"{hue}\"/></g>");
            return;
        }

        var isAtOnce = arrow.Sent == arrow.End;
        var isLost = arrow.Outcome == DeliveryOutcome.Lost;
        x2 -= side * (isLost ? 18 : 6);
        var y2 = frame.Y(end) + (isAtOnce ? -PictureFrame.Port - 2 : -PictureFrame.Port);
        y1 = isAtOnce ? y2 : y1;
        _ways.Add((x1, y1, x2, y2));
        var look = arrow.IsCopy ? " stroke-dasharray=\"1.5 3\" stroke-linecap=\"round\" stroke-width=\"2.2\"" : isLost ? " stroke-dasharray=\"6 4\" stroke-width=\"1.6\"" : " stroke-width=\"1.6\"";
        var kinds = $"message {(isLost ? "lost" : "arrived")}{(arrow.IsCopy ? " copy" : string.Empty)}";
        svg.Raw($"<g class=\"{kinds}\"><path d=\"M{x1} {y1}L{x2} {y2}\" fill=\"none\" stroke=\"{hue}\"{look}{(y2 - y1 > 12 * PictureFrame.RowHeight ? " opacity=\".45\"" : string.Empty)}/>");
        if (isLost)
        {
            svg.Raw($"<path class=\"cross\" d=\"M{x2 - 5} {y2 - 5}L{x2 + 5} {y2 + 5}M{x2 - 5} {y2 + 5}L{x2 + 5} {y2 - 5}\" stroke=\"{Palette.Text}\" stroke-width=\"2.4\"/>");
        }
        else
        {
            var angle = Math.Atan2(y2 - y1, x2 - x1);
            var (left, right) = (angle + 0.42, angle - 0.42);
            svg.Raw($"<path class=\"head\" d=\"M{x2} {y2}L{x2 - (9 * Math.Cos(left))} {y2 - (9 * Math.Sin(left))}L{x2 - (9 * Math.Cos(right))} {y2 - (9 * Math.Sin(right))}Z\" fill=\"{hue}\"/>");
        }

        svg.Raw($"</g>");
    }

    private void DrawRow(int number)
    {
        var row = diagram.Rows[number];
        var y = frame.Y(number);
        var changes = row.Changes.ToList();
        if (number == diagram.Violation)
        {
            // A subject that did nothing in this row shows what it is even so.
            changes.AddRange(trace.Violation.ClusterSubjects.Servers
                .Where(server => server <= diagram.Servers && row.Changes.All(change => change.Server != server))
                .Select(server => new ServerChange { Server = server, State = LastState(server, number) }));
        }

        // Right of the lanes first: what stands left of the next lane gives way.
        var taken = new double[diagram.Servers + 1];
        foreach (var change in changes)
        {
            taken[change.Server] = DrawChange(change, number, y);
        }

        var answered = new HashSet<int>();
        foreach (var group in diagram.Arrows.Where(arrow => arrow.End == number).GroupBy(arrow => (arrow.To, arrow.Outcome)))
        {
            DrawLabel([.. group], y, taken);
            if (group.Key.Outcome == DeliveryOutcome.Arrived)
            {
                answered.Add(group.Key.To);
            }
        }

        foreach (var change in row.Changes.Where(change => change.Cause is not null && !answered.Contains(change.Server)))
        {
            DrawLeft(change.Server, frame.X(change.Server) - 13, y, change.Cause!, taken);
        }

        if (row.Banner is { } banner)
        {
            svg.Line(PictureFrame.Gutter, y, frame.Width, y, Palette.Soft, 1, " stroke-dasharray=\"8 4\"");
            svg.Words(PictureFrame.Gutter + 8, y - 4, banner, " font-weight=\"600\"");
        }
    }

    // Words that end at a lane. They stand where neither the words of the lane before nor a message are in their way: at the lane, below,
    // or above; and where nothing is at the lane before, they may reach over it.
    private void DrawLeft(int server, double x, double y, string words, double[] taken)
    {
        var need = (words.Length * PictureFrame.LabelCharWidth) + 4;
        var left = frame.Left(server);
        var before = server - 1;
        if (before >= 1 && taken[before] == 0 && x - need < left)
        {
            left = before == 1 ? PictureFrame.Gutter : Math.Max(frame.Left(before), taken[before - 1]);
        }

        var begin = Math.Max(left, x - need);
        var isTaken = before >= 1 && begin < taken[before];
        double[] places = isTaken ? [17, -9] : [4, 17, -9];
        var place = Array.FindIndex(places, place => !_ways.Exists(way => Crosses(way, begin, x, y + place - 9, y + place + 3)));
        var chars = (int)((x - left) / PictureFrame.LabelCharWidth);
        var look = $" class=\"label\" text-anchor=\"end\" fill=\"{Palette.Soft}\"";
        svg.Words(x, y + places[Math.Max(0, place)], Picture.Clip(words, chars), look);
    }

    // Whether a line runs through a box.
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

    private int? LastState(int server, int number)
    {
        for (var row = number; row >= 0; row--)
        {
            if (diagram.Rows[row].Changes.FirstOrDefault(change => change.Server == server) is { } change)
            {
                return change.State;
            }
        }

        return null;
    }

    // What messages carry that end together at a lane.
    private void DrawLabel(IReadOnlyList<Arrow> arrows, double y, double[] taken)
    {
        var arrow = arrows[0];
        var isLeftOfCross = arrow.Outcome == DeliveryOutcome.Lost && arrow.From < arrow.To;
        var words = string.Join("; ", arrows.Select(one => $"{(one.IsCopy ? "2× " : string.Empty)}{(one.Overtook ? "↷ " : string.Empty)}{one.Label}"));
        DrawLeft(arrow.To, frame.X(arrow.To) - (isLeftOfCross ? 28 : 13), y, words, taken);
    }

    // Returns where what stands right of the lane ends.
    private double DrawChange(ServerChange change, int number, double y)
    {
        var x = frame.X(change.Server);
        var right = x + 15;
        var end = x + frame.Right(change.Server);
        var isSubject = number == diagram.Violation && trace.Violation.ClusterSubjects.Servers.Contains(change.Server);
        if (change.IsCrash)
        {
            svg.Raw($"<circle cx=\"{x}\" cy=\"{y}\" r=\"9\" fill=\"#fff\"/><path class=\"crash\" d=\"M{x - 6} {y - 6}L{x + 6} {y + 6}M{x - 6} {y + 6}L{x + 6} {y - 6}\" stroke=\"{Palette.Text}\" stroke-width=\"3.4\"/>");
        }
        else if (change.State is { } told && trace.Events[told].ServerState is { } state)
        {
            DrawNode(x, y, state);
            if (change.IsNewRole)
            {
                right = DrawBadge(right, y, state, change.IsStart);
            }
        }

        if (change.Effect is { } effect)
        {
            var words = Picture.Clip(effect, (int)((end - right) / PictureFrame.LabelCharWidth));
            svg.Words(right, y + 4, words);
            right += (words.Length * PictureFrame.LabelCharWidth) + 8;
        }

        if ((change.IsNewLog || (isSubject && trace.Violation.ClusterSubjects.Indexes.Count > 0)) && change.State is { } known && trace.Events[known].ServerState is { } log)
        {
            right = DrawLog(right, y, log, isSubject, end - right);
        }

        if (isSubject)
        {
            svg.Raw($"<circle class=\"subject\" cx=\"{x}\" cy=\"{y}\" r=\"12\" fill=\"none\" stroke=\"{Palette.Bad}\" stroke-width=\"2.5\"/>");
        }

        return right;
    }

    // A circle follows, a diamond stands for election, a square leads; hollow: its term or its vote is not on disk.
    private void DrawNode(double x, double y, TraceState state)
    {
        var hue = Palette.Of(state.Term);
        var look = $"fill=\"{(state.DurableTerm == state.Term && state.DurableVote == state.VotedFor ? hue : "#fff")}\" stroke=\"{hue}\" stroke-width=\"2.6\"";
        _ = state.Role switch
        {
            "Leader" => svg.Raw($"<rect x=\"{x - 7}\" y=\"{y - 7}\" width=\"14\" height=\"14\" rx=\"2\" {look}/>"),
            "Candidate" => svg.Raw($"<path d=\"M{x} {y - 8}L{x + 8} {y}L{x} {y + 8}L{x - 8} {y}Z\" {look}/>"),
            _ => svg.Raw($"<circle cx=\"{x}\" cy=\"{y}\" r=\"5\" {look}/>"),
        };
    }

    private double DrawBadge(double x, double y, TraceState state, bool isStart)
    {
        var words = state.Role == "Follower" && !isStart ? $"term {state.Term}" : $"{(isStart ? "↻ " : string.Empty)}{state.Role} {state.Term}";
        var width = (words.Length * 6.3) + 12;
        svg.Rect(x, y - 8, width, 16, Palette.Of(state.Term), " rx=\"5\"");
        svg.Text(x + (width / 2), y + 4, words, $" text-anchor=\"middle\" font-weight=\"600\" fill=\"{Palette.InkOn(state.Term)}\"");
        return x + width + 5;
    }

    private double DrawLog(double x, double y, TraceState state, bool isSubject, double room)
    {
        var size = 9.0 + (6 * state.Log.Select(entry => entry.Term.ToString().Length).Append(1).Max());
        var cells = Math.Max(3, (int)((room - 24) / size));
        var hidden = Math.Max(0, state.Log.Count - cells);
        foreach (var index in isSubject ? trace.Violation.ClusterSubjects.Indexes : [])
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
            if (isSubject && trace.Violation.ClusterSubjects.Indexes.Contains(state.SnapshotIndex + i + 1))
            {
                svg.Rect(x - 2, y - 10, size + 3, 22, "none", $" class=\"subject\" rx=\"3\" stroke=\"{Palette.Bad}\" stroke-width=\"2.5\"");
            }
        }

        var isMissing = isSubject && end == state.Log.Count && trace.Violation.ClusterSubjects.Indexes.Contains(state.SnapshotIndex + end + 1);
        if (isMissing)
        {
            // What the violation names, and is not there.
            svg.Rect(x, y - 10, size, 22, "none", $" class=\"subject\" rx=\"3\" stroke=\"{Palette.Bad}\" stroke-width=\"2.5\"");
        }

        var after = isMissing ? string.Empty : state.Log.Count == 0 ? "∅" : end < state.Log.Count ? $"+{state.Log.Count - end}" : string.Empty;
        svg.Words(x + 1, y + 4, after, $" fill=\"{Palette.Soft}\"");
        return x + (isMissing ? size : after.Length * 7) + 6;
    }

    private void DrawCell(double x, double y, double size, TraceState state, int i)
    {
        var index = state.SnapshotIndex + i + 1;
        var term = state.Log[i].Term;
        var hue = Palette.Of(term);
        var isDurable = index <= state.DurableIndex;
        svg.Rect(x + 0.75, y - 8, size - 2.5, 14, isDurable ? hue : "#fff", $" class=\"entry\" rx=\"2\" stroke=\"{hue}\" stroke-width=\"1.8\"{(isDurable ? string.Empty : " stroke-dasharray=\"3 2\"")}");
        if (isDurable && Palette.RoundOf(term) > 0)
        {
            DrawCorners(x + 0.75, y - 8, size - 2.5, Palette.RoundOf(term));
        }

        svg.Text(x + (size / 2) - 0.5, y + 2.5, $"{term}", $" font-size=\"10\" text-anchor=\"middle\" fill=\"{(isDurable ? Palette.InkOn(term) : Palette.Text)}\"");
        if (index <= state.CommitIndex)
        {
            svg.Line(x, y + 8.4, x + size - 1, y + 8.4, Palette.Text, 1.8);
        }

        if (index <= state.Applied)
        {
            svg.Line(x, y + 11.2, x + size - 1, y + 11.2, Palette.Text, 1.8);
        }
    }

    // A cell of a term whose colour was used before has a corner cut off, of one whose colour was used twice two, and so on.
    private void DrawCorners(double x, double y, double width, int round)
    {
        svg.Raw($"<path class=\"corner\" d=\"M{x + width - 5} {y - 1}h6v6Z{(round > 1 ? FormattableString.Invariant($"M{x - 1} {y + 9}v6h6Z") : string.Empty)}{(round > 2 ? FormattableString.Invariant($"M{x - 1} {y + 5}v-6h6Z") : string.Empty)}\" fill=\"#fff\"/>");
    }
}
