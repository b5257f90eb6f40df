using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using DeterministicSimulation;
using Raft.Verification.Specifications;

namespace Raft.Verification.Viewer;

/// <summary>
/// A trace as a page that can be stepped through: one file that loads nothing from anywhere. The files in the folder Page are its parts.
/// </summary>
public static partial class Page
{
    private static readonly string[] _scripts = ["story.js", "draw.js", "panel.js", "overview.js", "viewer.js"];

    // The default encoder leaves nothing in the data that could end its element: no <, > or &.
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The page of a trace.</summary>
    public static string Of(Trace trace)
    {
        var diagram = Diagram.Of(trace);
        var layout = new
        {
            Diagram = diagram,
            Texts = trace.Events.Select(one => one.Text.Trim()),
            Palette = new { Palette.Nobody, Palette.Hues, Palette.Inks },
            Property = PropertyMeaning.Of(trace.Violation.Property),
        };

        // In one pass: what is filled in is not looked at for places again.
        return Place().Replace(Part("page.html"), place => place.Groups["name"].Value switch
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

    [GeneratedRegex(@"\{\{(?<name>\w+)\}\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Place();

    private static string Part(string name)
    {
        using var stream = typeof(Page).Assembly.GetManifestResourceStream($"Viewer/{name}")
            ?? throw new InvalidOperationException($"The page's part {name} is not in this build.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
