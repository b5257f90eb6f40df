using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Viewer;

/// <summary>Draws the lanes of a picture, the messages between them, and the changes of servers on them.</summary>
internal sealed class PictureLanes(Trace trace, Diagram diagram, PictureFrame frame, Svg svg)
{
    // The ring around a subject of the violation.
    private const string _subject = $"stroke=\"{Palette.Bad}\" stroke-width=\"2.5\"";

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
            svg.Line(x, y, x, end, "#fff", style!.CoreWidth);
        }
    }

    private TraceState? StateAt(int? happened) => happened is { } i ? trace.Events[i].ServerState : null;

    private void DrawArrow(Arrow arrow)
    {
        if (arrow.End > frame.Rows[^1])
        {
            // It is still in flight at the end of the picture.
            arrow = arrow with { End = null, Outcome = DeliveryOutcome.InFlight };
        }

        var ((x1, y1), (x2, y2)) = (frame.At(arrow.Tail), frame.At(arrow.Tip));
        var hue = Palette.Of(arrow.Term).Hue;
        var outcome = arrow.Outcome.ToString().ToLowerInvariant();
        var look = arrow.Outcome == DeliveryOutcome.InFlight ? " stroke-dasharray=\"2 4\" stroke-width=\"1.5\" opacity=\".6\""
            : arrow.IsCopy ? " stroke-dasharray=\"1.5 3\" stroke-linecap=\"round\" stroke-width=\"2.2\""
            : arrow.Outcome == DeliveryOutcome.Lost ? " stroke-dasharray=\"6 4\" stroke-width=\"1.6\""
            : " stroke-width=\"1.6\"";
        var faint = y2 - y1 > 12 * DiagramStyle.RowHeight ? " opacity=\".45\"" : string.Empty;
        svg.Raw($"<g class=\"message {outcome}{(arrow.IsCopy ? " copy" : string.Empty)}\">");
        svg.Raw($"<path class=\"way\" d=\"M{x1} {y1}L{x2} {y2}\" fill=\"none\" stroke=\"{hue}\"{look}{faint}/>");
        if (arrow.Outcome == DeliveryOutcome.Lost)
        {
            DrawCross("cross", x2, y2, 2.4);
        }
        else if (arrow.Outcome == DeliveryOutcome.Arrived)
        {
            var turn = Math.Atan2(y2 - y1, x2 - x1) * 180 / Math.PI;
            svg.Raw($"<path class=\"head\" transform=\"translate({x2} {y2}) rotate({turn})\" d=\"{DiagramStyle.Shapes["head"]}\"");
            svg.Raw($" fill=\"{hue}\"/>");
        }
        else
        {
            svg.Raw($"<circle cx=\"{x2}\" cy=\"{y2}\" r=\"3\" fill=\"none\" stroke=\"{hue}\"/>");
        }

        svg.Raw($"</g>");
    }

    private void DrawRow(int number)
    {
        var row = diagram.Rows[number];
        var y = frame.Y(number);
        foreach (var change in row.Changes.Concat(number == diagram.Violation ? diagram.UnchangedSubjects : []))
        {
            DrawChange(change, PictureFrame.X(change.Server), y);
        }

        foreach (var label in row.Labels)
        {
            var x = PictureFrame.X(label.Server) + label.Dx;
            var chars = (int)((x - PictureFrame.X(label.From) - label.Left) / DiagramStyle.CharWidth);
            var look = $" class=\"label\" text-anchor=\"end\" fill=\"{Palette.Soft}\"";
            svg.Words(x, y + label.Dy, Picture.Clip(label.Words, chars), look);
        }

        if (row.Banner is { } banner)
        {
            svg.Line(PictureFrame.Gutter, y, frame.Width, y, Palette.Soft, 1, " stroke-dasharray=\"8 4\"");
            svg.Words(PictureFrame.Gutter + 8, y - 4, banner, " font-weight=\"600\"");
        }
    }

    private void DrawChange(ServerChange change, double x, double y)
    {
        var state = StateAt(change.State);
        if (change.IsCrash)
        {
            svg.Raw($"<circle cx=\"{x}\" cy=\"{y}\" r=\"9\" fill=\"#fff\"/>");
            DrawCross("crash", x, y, 3.4);
        }
        else if (state is not null)
        {
            DrawNode(x, y, state);
        }

        if (change.Badge is { } badge)
        {
            var colour = Palette.Of(state!.Term);
            svg.Rect(x + 15, y - 8, change.BadgeWidth, 16, colour.Hue, " rx=\"5\"");
            var look = $" text-anchor=\"middle\" font-weight=\"600\" fill=\"{colour.Ink}\"";
            svg.Text(x + 15 + (change.BadgeWidth / 2), y + 4, badge, look);
        }

        if (change.Effect is { } effect)
        {
            svg.Words(x + change.EffectDx, y + 4, effect);
        }

        if (change.Strip is { } strip)
        {
            DrawStrip(strip, x, y, state!);
        }

        if (change.IsSubject)
        {
            svg.Raw($"<circle class=\"subject\" cx=\"{x}\" cy=\"{y}\" r=\"12\" fill=\"none\" {_subject}/>");
        }
    }

    private void DrawStrip(LogStrip strip, double x, double y, TraceState state)
    {
        foreach (var words in strip.Words)
        {
            svg.Words(x + words.Dx, y + 4, words.Text, $" fill=\"{Palette.Soft}\"");
        }

        for (var i = 0; i < strip.Count; i++)
        {
            DrawCell(x + strip.Dx + (i * strip.CellWidth), y, strip.CellWidth, state, strip.First + i);
        }

        foreach (var ring in strip.Rings)
        {
            svg.Rect(x + ring.Dx, y - 10, ring.Width, 22, "none", $" class=\"subject\" rx=\"3\" {_subject}");
        }
    }

    // A hollow symbol: the term or the vote is not durable.
    private void DrawNode(double x, double y, TraceState state)
    {
        var hue = Palette.Of(state.Term).Hue;
        var fill = state.DurableTerm == state.Term && state.DurableVote == state.VotedFor ? hue : "#fff";
        var shape = DiagramStyle.Of(state.Role).Shape;
        svg.Raw($"<path transform=\"translate({x} {y})\" d=\"{shape}\" fill=\"{fill}\" stroke=\"{hue}\" stroke-width=\"2.6\"/>");
    }

    private void DrawCross(string name, double x, double y, double width)
    {
        svg.Raw($"<path class=\"{name}\" transform=\"translate({x} {y})\" d=\"{DiagramStyle.Shapes[name]}\"");
        svg.Raw($" stroke=\"{Palette.Text}\" stroke-width=\"{width}\"/>");
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
            svg.Raw($"<path class=\"corner\" transform=\"translate({x} {y})\" d=\"M{size - 6.75} -9h6v6Z");
            svg.Raw($"{DiagramStyle.LeftCorners[colour.Round - 1]}\" fill=\"#fff\"/>");
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
}
