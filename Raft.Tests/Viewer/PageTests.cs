using System.Text.Json;
using System.Text.RegularExpressions;
using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Viewer;
using static Raft.Tests.Viewer.Story;

namespace Raft.Tests.Viewer;

/// <summary>The interactive page.</summary>
public sealed class PageTests
{
    [Fact]
    public void It_holds_the_trace_and_its_layout()
    {
        var trace = OfEverything();
        var page = Page.Of(trace);

        var held = Data(page, "trace");
        Assert.Equal(
            trace.Events.Select(one => one.Step),
            held.GetProperty("events").EnumerateArray().Select(one => one.GetProperty("step").GetInt64()));
        Assert.Equal("ElectionSafety", held.GetProperty("violation").GetProperty("property").GetString());
        Assert.Equal([1, 2, 3], held.GetProperty("choices").EnumerateArray().Select(one => one.GetInt32()));
        var layout = Data(page, "layout");
        Assert.Equal(
            trace.Events.Select(one => one.Text.Trim()), layout.GetProperty("texts").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal(Diagram.Of(trace).Rows.Count, layout.GetProperty("diagram").GetProperty("rows").GetArrayLength());
        Assert.Equal(
            "At most one leader can be elected in a given term.", layout.GetProperty("property").GetProperty("sentence").GetString());
    }

    [Fact]
    public void It_loads_no_other_file()
    {
        var page = Page.Of(OfEverything());

        Assert.DoesNotMatch("https?://|//[a-z]|@import|url\\((?!#)|\\bsrc=|<link|<iframe|<img|fetch\\(|XMLHttpRequest|import\\(", page);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_place_of_the_template_is_filled()
    {
        var page = Page.Of(OfEverything());

        Assert.DoesNotContain("{{", page.Replace("${{", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(7, Regex.Count(page, "<script", RegexOptions.None, TimeSpan.FromSeconds(5)));
        Assert.Equal(7, Regex.Count(page, "</script>", RegexOptions.None, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void Every_element_that_the_scripts_look_up_exists()
    {
        var page = Page.Of(OfEverything());
        var sought = Regex
            .Matches(page, @"getElementById\('(?<id>\w+)'\)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5))
            .Select(match => match.Groups["id"].Value)
            .Distinct()
            .ToArray();

        Assert.NotEmpty(sought);
        Assert.All(sought, id => Assert.Contains($"id=\"{id}\"", page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("</script><script>alert(1)</script>")]
    [InlineData("<!-- <script>")]
    [InlineData("{{scripts}} {{style}} $& $1")]
    [InlineData("\" onload=\"alert(1)")]
    [InlineData("\u2028 \0 <b>&amp;")]
    public void Whatever_is_in_the_trace_stays_data(string hostile)
    {
        var trace = new Story()
            .Step().Stepped(1, State() with { Role = hostile, Log = [new TraceEntry(1, hostile)] }, hostile)
            .Message(TraceEventKind.Sent, 1, 1, 2, hostile, null, (hostile, hostile))
            .Violating(hostile, hostile, scenario: hostile);
        var page = Page.Of(trace);

        Assert.Equal(7, Regex.Count(page, "<script", RegexOptions.None, TimeSpan.FromSeconds(5)));
        Assert.Equal(7, Regex.Count(page, "</script", RegexOptions.None, TimeSpan.FromSeconds(5)));
        Assert.DoesNotContain("<b>&amp;", page.Split("</title>")[0], StringComparison.Ordinal);
        var held = Data(page, "trace");
        Assert.Equal(hostile, held.GetProperty("scenario").GetString());
        Assert.Equal(hostile, held.GetProperty("events")[0].GetProperty("state").GetProperty("role").GetString());
    }

    [Fact]
    public void A_trace_with_few_events_has_a_page_too()
    {
        Assert.Equal(0, Data(Page.Of(new Story().Violating()), "layout").GetProperty("diagram").GetProperty("rows").GetArrayLength());
        Assert.NotEmpty(Page.Of(new Story(1).Step().Happened(TraceEventKind.Stepped, 1).Violating("SomethingElse")));
    }

    private static JsonElement Data(string page, string id)
    {
        var begin = $"<script type=\"application/json\" id=\"{id}\">";
        var from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return JsonDocument.Parse(page[from..page.IndexOf("</script>", from, StringComparison.Ordinal)]).RootElement;
    }
}
