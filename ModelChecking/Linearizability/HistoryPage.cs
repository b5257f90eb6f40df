using System.Globalization;
using System.Net;
using System.Text;

namespace ModelChecking.Linearizability;

/// <summary>A part of a history with its verdict, as a page shows it.</summary>
/// <param name="Title">What the part is: a file, and a key.</param>
/// <param name="Operations">The operations, in the order of their calls, each with its text.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Conflict">Operations that cannot be ordered; null if all can.</param>
public sealed record HistoryPicture(
    string Title, IReadOnlyList<(Operation<RegisterAction> Operation, string Text)> Operations, Verdict Verdict, Conflict? Conflict);

/// <summary>
/// Draws histories as a page: a row for each client, time to the right. A number in an operation is its place in the order that was found.
/// </summary>
public static class HistoryPage
{
    private const int _row = 34;
    private const int _left = 70;
    private const int _letter = 7;
    private const int _most = 400;

    private const string _head =
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Histories</title>
        <style>
        :root {
          color-scheme: light dark;
          --line: #c8ccd2; --bar: #dbe7f6; --edge: #5b87bd; --bad: #fbd5d0; --bad-edge: #c0392b; --soft: #6b7480;
        }
        @media (prefers-color-scheme: dark) {
          :root { --line: #3a4048; --bar: #22364f; --edge: #6fa0dc; --bad: #54211c; --bad-edge: #ff7b6b; --soft: #98a2ae; }
        }
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
        h2 { font-size: 1.1rem; margin: 2rem 0 .3rem; } p { margin: .3rem 0; } .soft { color: var(--soft); }
        .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
        svg { display: block; font: 12px ui-monospace, monospace; } svg text { fill: currentColor; }
        .lane { stroke: var(--line); stroke-dasharray: 2 5; } .bar { fill: var(--bar); stroke: var(--edge); }
        .conflict .bar { fill: var(--bad); stroke: var(--bad-edge); }
        .prefix { stroke: var(--bad-edge); stroke-dasharray: 6 3; } .ends { font-size: 10px; }
        .conflict text { font-weight: 600; } .open .bar { stroke-dasharray: 4 3; } .place { fill: var(--soft); font-size: 10px; }
        </style></head><body><h1>Histories</h1>
        <p class="soft">A row is a client, and time goes to the right. A bar is an operation, from its call to its return; a bar without an
        end has no result. A small number is the place of the operation in the order that was found. Red: operations that cannot be ordered,
        even if each other operation took effect at any time after its call, or never. The dashed line: the longest prefix that is
        linearizable ends here, with the next return.</p>
        """;

    /// <summary>A page with a picture for each part. It needs no other file.</summary>
    public static string Of(IEnumerable<HistoryPicture> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var page = new StringBuilder(_head.ReplaceLineEndings("\n")).Append('\n');
        foreach (var picture in pictures)
        {
            Draw(picture, page);
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static void Draw(HistoryPicture picture, StringBuilder page)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h2>{WebUtility.HtmlEncode(picture.Title)}</h2>\n");
        var shown = Shown(picture);
        var left = picture.Operations.Count - shown.Length;
        var missing = left > 0 ? $" {left:N0} operations are not drawn." : string.Empty;
        page.Append(CultureInfo.InvariantCulture, $"<p>{Sentence(picture)}{missing}</p>\n");
        var times = TimesOf(picture, shown);
        var unit = UnitOf(picture, shown, times);
        int[] clients = [.. shown.Select(i => picture.Operations[i].Operation.Client).Distinct().Order()];
        var width = _left + (unit * (times.Count + 1));
        var height = (_row * clients.Length) + 20;
        page.Append(CultureInfo.InvariantCulture, $"<div class=\"scroll\"><svg width=\"{width}\" height=\"{height}\">\n");
        for (var row = 0; row < clients.Length; row++)
        {
            var y = (_row * row) + 24;
            page.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"6\" y=\"{y + 4}\">client {clients[row]}</text>"
                + $"<line class=\"lane\" x1=\"{_left}\" y1=\"{y}\" x2=\"{width}\" y2=\"{y}\"/>\n");
        }

        var places = picture.Verdict.Order.Index().ToDictionary(one => one.Item, one => one.Index + 1);
        HashSet<int> conflict = [.. picture.Conflict?.Operations ?? []];
        foreach (var i in shown)
        {
            var (operation, text) = picture.Operations[i];
            var from = _left + (unit * times[operation.Call]);
            var to = operation.Return is { } end && times.TryGetValue(end, out var at) ? _left + (unit * at) : width + 10;
            var y = (_row * Array.IndexOf(clients, operation.Client)) + 14;
            var kind = $"{(conflict.Contains(i) ? "conflict " : "")}{(operation.Return is null ? "open" : "")}".TrimEnd();
            var place = places.TryGetValue(i, out var number)
                ? $"<text class=\"place\" x=\"{from + 1}\" y=\"{y - 3}\">{number}</text>" : string.Empty;
            page.Append(
                CultureInfo.InvariantCulture,
                $"<g class=\"{kind}\"><title>{WebUtility.HtmlEncode(Described(operation, text))}</title>"
                + $"<rect class=\"bar\" x=\"{from}\" y=\"{y}\" width=\"{Math.Max(to - from - 2, 4)}\" height=\"20\" rx=\"4\"/>"
                + $"<text x=\"{from + 5}\" y=\"{y + 14}\">{WebUtility.HtmlEncode(Short(text))}</text>{place}</g>\n");
        }

        if (picture.Conflict is { PrefixEnd: var prefixEnd } && times.TryGetValue(prefixEnd, out var column))
        {
            var x = _left + (unit * column);
            page.Append(
                CultureInfo.InvariantCulture,
                $"<line class=\"prefix\" x1=\"{x}\" y1=\"0\" x2=\"{x}\" y2=\"{height}\"/>"
                + $"<text class=\"ends\" x=\"{x - 4}\" y=\"{height - 3}\" text-anchor=\"end\">linearizable up to here</text>\n");
        }

        page.Append("</svg></div>\n");
    }

    private static string Sentence(HistoryPicture picture) =>
        picture.Verdict.IsLinearizable
            ? $"Linearizable: {picture.Operations.Count:N0} operations."
            : picture.Conflict is not { } conflict ? $"Not linearizable: {picture.Operations.Count:N0} operations."
            : $"Not linearizable. {conflict.Operations.Count} of {picture.Operations.Count:N0} operations cannot be ordered"
                + (conflict.IsSmallest ? "; all smaller sets can." : conflict.IsMinimal ? "; none of these can be left out." : ".");

    // The conflict with what overlaps it, or the beginning.
    private static int[] Shown(HistoryPicture picture)
    {
        var all = Enumerable.Range(0, picture.Operations.Count);
        if (picture.Conflict is not { Operations: { Count: > 0 } conflict })
        {
            return [.. all.Take(_most)];
        }

        var from = conflict.Min(i => picture.Operations[i].Operation.Call);
        var to = conflict.Max(i => picture.Operations[i].Operation.Return ?? picture.Operations[i].Operation.Call);
        int[] near =
        [
            .. all.Where(i => picture.Operations[i].Operation is var one && one.Call <= to && (one.Return ?? long.MaxValue) >= from),
        ];
        return near.Length <= _most ? near : [.. near.Take(_most).Union(conflict).Order()];
    }

    // The place of each time that is drawn: how many come before it.
    private static Dictionary<long, int> TimesOf(HistoryPicture picture, int[] shown) =>
        shown.Select(i => picture.Operations[i].Operation)
            .SelectMany(one => one.Return is { } end ? new[] { one.Call, end } : [one.Call])
            .Distinct().Order().Index().ToDictionary(one => one.Item, one => one.Index);

    // Wide enough for the texts, as far as that is sensible.
    private static int UnitOf(HistoryPicture picture, int[] shown, Dictionary<long, int> times)
    {
        var widest = 14;
        foreach (var row in shown.GroupBy(i => picture.Operations[i].Operation.Client))
        {
            int[] ofClient = [.. row];
            for (var k = 0; k < ofClient.Length; k++)
            {
                // Up to the next operation of the client, or to the right edge.
                var (operation, text) = picture.Operations[ofClient[k]];
                var next = k + 1 < ofClient.Length ? times[picture.Operations[ofClient[k + 1]].Operation.Call] : times.Count + 1;
                var room = Math.Max(1, next - times[operation.Call]);
                widest = Math.Max(widest, ((_letter * Short(text).Length) + 14) / room);
            }
        }

        return Math.Min(widest, 110);
    }

    private static string Described(Operation<RegisterAction> one, string text) =>
        $"client {one.Client}: {text}; called at {one.Call}, {(one.Return is { } end ? $"returned at {end}" : "no result")}";

    private static string Short(string text) => text.Length <= 40 ? text : $"{text[..20]}…{text[^17..]}";
}
