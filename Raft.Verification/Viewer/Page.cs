using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Viewer;

/// <summary>
/// A trace as an interactive page: one file that loads no other. The files in the folder Page are its parts.
/// </summary>
public static partial class Page
{
    private static readonly string[] _scripts = ["story.js", "draw.js", "panel.js", "overview.js", "viewer.js"];

    // The default encoder escapes <, > and &, so that the data cannot end its element.
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Makes the page of a trace.</summary>
    public static string Of(Trace trace)
    {
        var diagram = Diagram.Of(trace);
        TraceState[] states = [.. trace.Events.Select(one => one.ServerState).OfType<TraceState>()];
        var commands = states.SelectMany(state => state.Log).Select(entry => entry.Command).Distinct();
        var layout = new
        {
            Diagram = diagram,
            Texts = trace.Events.Select(one => one.Text.Trim()),
            ShortCommands = commands.Where(one => ShortText.Of(one) != one).ToDictionary(one => one, ShortText.Of),
            Origin = Origin.Of(trace),
            Property = PropertyMeaning.Of(trace.Violation.Property),
            Terms = TermsOf(states, diagram).ToDictionary(term => term, Palette.Of),
            Style = new
            {
                DiagramStyle.RowHeight,
                DiagramStyle.CharWidth,
                DiagramStyle.RightMargin,
                LaneSpacing = DiagramStyle.LaneSpacing(diagram.Servers),
                DiagramStyle.Roles,
                DiagramStyle.Shapes,
                DiagramStyle.LeftCorners,
            },
        };

        return Fill("page.html", place => place switch
        {
            "title" => WebUtility.HtmlEncode($"{trace.Scenario}: {trace.Violation.Property}"),
            "style" => Part("page.css"),
            "legend" => Part("legend.html"),
            "trace" => JsonSerializer.Serialize(trace, _json),
            "layout" => JsonSerializer.Serialize(layout, _json),
            "scripts" => string.Concat(_scripts.Select(script => $"<script>\n{Part(script)}</script>\n")),
            var other => throw new InvalidOperationException($"page.html has a place for {other}, which nothing fills."),
        });
    }

    /// <summary>Fills the places of a page.</summary>
    /// <param name="name">The file in the folder Page.</param>
    /// <param name="fill">The text for a place, by its name.</param>
    internal static string Fill(string name, Func<string, string> fill) =>

        // One pass, so that filled-in text is not searched for places.
        Place().Replace(Part(name), place => fill(place.Groups["name"].Value));

    // The terms of the trace, and the first ones, which the legend shows.
    private static IEnumerable<long> TermsOf(IEnumerable<TraceState> states, Diagram diagram) =>
        states.SelectMany(state => state.Log.Select(entry => entry.Term).Append(state.Term))
            .Concat(diagram.Arrows.Select(arrow => arrow.Term))
            .Concat(Enumerable.Range(0, 10).Select(term => (long)term))
            .Distinct();

    [GeneratedRegex(@"\{\{(?<name>\w+)\}\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Place();

    /// <summary>A file in the folder Page.</summary>
    internal static string Part(string name)
    {
        using var stream = typeof(Page).Assembly.GetManifestResourceStream($"Viewer/{name}")
            ?? throw new InvalidOperationException($"The page's part {name} is not in this build.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
