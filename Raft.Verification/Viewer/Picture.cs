using DeterministicSimulation;
using Raft.Verification.Specifications;

namespace Raft.Verification.Viewer;

/// <summary>
/// A trace as a still picture for documents: an SVG file with a white background. Of a long trace it shows the rows that lead to the
/// violation, and says so.
/// </summary>
public static class Picture
{
    // A document has no room for more.
    private const int _mostRows = 120;

    /// <summary>Draws a trace.</summary>
    public static string Of(Trace trace)
    {
        var diagram = Diagram.Of(trace, PictureFrame.Spacing);
        var frame = new PictureFrame(trace, diagram, _mostRows);
        var body = new Svg();
        DrawHead(body, trace, diagram, frame);
        if (frame.Rows.Count > 0)
        {
            DrawFaultSpans(body, diagram, frame);
            DrawGutter(body, trace, diagram, frame);
            new PictureLanes(trace, diagram, frame, body).Draw();
            DrawCallout(body, trace, diagram, frame);
        }

        var height = frame.Bottom + DrawLegend(body, frame);
        var svg = new Svg();
        svg.Raw($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{frame.Width}\" height=\"{height}\"");
        svg.Raw($" viewBox=\"0 0 {frame.Width} {height}\"");
        svg.Raw($" font-family=\"system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif\" font-size=\"11.5\"");
        svg.Raw($" fill=\"{Palette.Text}\" role=\"img\">");
        var title = $"{trace.Scenario}: {trace.Violation.Property} is violated. {trace.Violation.Message}";
        svg.Raw($"<title>{Svg.Escape(title)}</title>");
        svg.Raw($"<defs><pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">");
        svg.Rect(0, 0, 7, 7, "#e6e9ed").Rect(0, 0, 2.5, 7, "#aab2bd").Raw($"</pattern></defs>");
        svg.Rect(0, 0, frame.Width, height, "#fff");
        return svg.Raw($"{body.ToString()}</svg>").ToString();
    }

    private static void DrawHead(Svg svg, Trace trace, Diagram diagram, PictureFrame frame)
    {
        var property = PropertyMeaning.Of(trace.Violation.Property);
        var y = 26.0;
        var heading = $"{trace.Scenario}: {trace.Violation.Property} is violated at step {trace.Violation.Step}";
        svg.Text(14, y, heading, $" font-size=\"16\" font-weight=\"700\" fill=\"{Palette.Bad}\"");
        y += 4;
        foreach (var line in Wrapped(FirstLine(trace.Violation.Message), (int)((frame.Width - 28) / 7.4)).Take(4))
        {
            svg.Text(14, y += 18, line, " font-size=\"13\" font-weight=\"600\"");
        }

        foreach (var line in Wrapped($"{property.Sentence} ({property.Place})", (int)((frame.Width - 28) / 6.4)))
        {
            svg.Text(14, y += 17, line, " font-size=\"12\"");
        }

        var origin = Clip(FirstLine(Origin.Of(trace)), (int)((frame.Width - 28) / PictureFrame.CharWidth));
        svg.Text(14, y += 17, origin, $" fill=\"{Palette.Soft}\"");
        y += 14;
        if (frame.EarlierEvents + frame.LaterEvents > 0)
        {
            var later = frame.LaterEvents > 0 ? $" and {frame.LaterEvents:N0} later ones" : string.Empty;
            var words = $"Cut: {frame.EarlierEvents:N0} earlier events{later} of {trace.Events.Count:N0} are not in this picture.";
            svg.Rect(14, y, frame.Width - 28, 22, "#fff4d6").Text(22, y + 15, words, " class=\"cut\" font-weight=\"600\"");
            y += 28;
        }

        y += 6;
        foreach (var server in Enumerable.Range(1, diagram.Servers))
        {
            var ring = trace.Violation.ClusterSubjects.Servers.Contains(server) ? Palette.Bad : "none";
            svg.Rect(PictureFrame.X(server) - 22, y, 44, 22, "#f5f6f8", $" rx=\"6\" stroke=\"{ring}\" stroke-width=\"2\"");
            svg.Text(PictureFrame.X(server), y + 16, $"S{server}", " font-size=\"13\" font-weight=\"700\" text-anchor=\"middle\"");
        }

        svg.Text(PictureFrame.Gutter - 12, y + 16, "step", $" text-anchor=\"end\" fill=\"{Palette.Soft}\"");
        frame.Top = y + 34;
        if (diagram.Rows.Count == 0)
        {
            svg.Text(14, frame.Top, "This trace has no events: there is nothing more to draw.");
        }
    }

    private static void DrawFaultSpans(Svg svg, Diagram diagram, PictureFrame frame)
    {
        string[] sides = ["#e4edfc", "#fbeeda", "#e0f3ec", "#f5e6f5"];
        foreach (var span in diagram.FaultSpans.Where(span => frame.Shows(span.From, span.Until ?? int.MaxValue)))
        {
            var y = Math.Max(frame.Y(span.From), frame.Top);
            var height = Math.Max(2, (span.Until is { } until && until <= frame.Rows[^1] ? frame.Y(until) : frame.Bottom) - y);
            var kind = $" class=\"fault {span.Kind.ToString().ToLowerInvariant()}\"";
            foreach (var column in span.Columns)
            {
                var fill = column.Side is { } side ? sides[side] : "url(#hatch)";
                svg.Rect(PictureFrame.X(column.Server) + column.Offset - (column.Width / 2), y, column.Width, height, fill, kind);
            }
        }
    }

    private static void DrawGutter(Svg svg, Trace trace, Diagram diagram, PictureFrame frame)
    {
        foreach (var number in frame.Rows)
        {
            var row = diagram.Rows[number];
            var y = frame.Y(number);
            var isViolation = number == diagram.Violation;
            if (isViolation)
            {
                svg.Raw($"<g class=\"violation\">");
                svg.Rect(0, y - (DiagramStyle.RowHeight / 2), frame.Width, DiagramStyle.RowHeight, "#f9d3d1");
                svg.Rect(0, y - (DiagramStyle.RowHeight / 2), PictureFrame.Gutter - 4, DiagramStyle.RowHeight, Palette.Bad);
                svg.Raw($"</g>");
            }

            svg.Line(PictureFrame.Gutter, y, frame.Width, y, "#edf0f3", 1, " class=\"rule\"");
            var ink = isViolation ? " fill=\"#fff\" font-weight=\"700\"" : $" fill=\"{Palette.Soft}\"";
            var below = isViolation ? "violation" : row.Time ?? string.Empty;
            var baseline = below.Length == 0 ? y + 4 : y - 1;
            svg.Text(PictureFrame.Gutter - 12, baseline, $"{row.Step}", $" text-anchor=\"end\" font-size=\"11\"{ink}");
            if (below.Length > 0)
            {
                svg.Text(PictureFrame.Gutter - 12, y + 9, below, $" text-anchor=\"end\" font-size=\"9\"{ink}");
            }

            if (row.IsCause && !isViolation)
            {
                svg.Raw($"<circle class=\"cause\" cx=\"{PictureFrame.Gutter - 4}\" cy=\"{y}\" r=\"3.5\" fill=\"{Palette.Bad}\"/>");
            }
        }
    }

    // The message of the violation, below its row.
    private static void DrawCallout(Svg svg, Trace trace, Diagram diagram, PictureFrame frame)
    {
        var y = frame.Y(diagram.Violation!.Value) + (DiagramStyle.RowHeight / 2);
        svg.Rect(0, y, frame.Width, PictureFrame.Callout - 6, "#fdeceb");
        var words = Clip($"✗ {trace.Violation.Property}: {FirstLine(trace.Violation.Message)}", (int)((frame.Width - 28) / 7.2));
        svg.Text(14, y + 18, words, $" font-size=\"12.5\" font-weight=\"600\" fill=\"{Palette.Bad}\"");
    }

    private static double DrawLegend(Svg svg, PictureFrame frame)
    {
        const string words =
            "Left of a lane: what the server received; right of it: what it became. Circle and thin lane: follower; diamond and dashes: "
            + "candidate; square and thick lane: leader. Each colour is a term; after eight terms the colours repeat, with a light core or "
            + "a corner cut off. Cells are log entries with their terms. Hollow: in memory only; filled: durable. One line below a cell: "
            + "committed; two: applied. ✕: lost; dotted, 2×: a copy; ↷: overtook. Hatched: down, or, beside a lane, a stalled disk or a "
            + "cut connection. Tinted: lanes of one colour reach each other. Red rings: subjects of the violation; red dots: rows that "
            + "made what it names.";
        var y = 8.0;
        foreach (var line in Wrapped(words, (int)((frame.Width - 28) / PictureFrame.CharWidth)))
        {
            svg.Text(14, frame.Bottom + (y += 16), line, $" fill=\"{Palette.Soft}\"");
        }

        return y + 14;
    }

    /// <summary>Cuts a text that is too long, with an ellipsis.</summary>
    internal static string Clip(string text, int chars) =>
        text.Length <= chars ? text : $"{text.AsSpan(0, Math.Max(1, chars - 1))}…";

    private static string FirstLine(string text) => text.Split('\n')[0].TrimEnd();

    private static IEnumerable<string> Wrapped(string text, int chars)
    {
        var line = string.Empty;
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > chars)
            {
                yield return line;
                line = string.Empty;
            }

            line = line.Length == 0 ? Clip(word, chars) : $"{line} {word}";
        }

        yield return line;
    }
}
