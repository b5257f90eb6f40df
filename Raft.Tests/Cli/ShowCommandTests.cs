using System.Xml.Linq;
using DeterministicSimulation;
using Raft.Tests.Viewer;
using Raft.Verification.Exploration;

namespace Raft.Tests.Cli;

/// <summary>raft-verify show.</summary>
public sealed class ShowCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    [Fact]
    public void Without_options_it_writes_a_page_beside_the_trace_and_says_where()
    {
        Story.OfEverything().Write(At("bug.trace.json"));

        var (status, output) = Show("bug.trace.json");

        Assert.Equal(0, status);
        Assert.Contains("story: ElectionSafety is violated at step 13. S1 leads, and so does S2.", output, StringComparison.Ordinal);
        Assert.Contains("Page: bug.trace.html", output, StringComparison.Ordinal);
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(At("bug.trace.html")), StringComparison.Ordinal);
        Assert.Equal(["bug.trace.html", "bug.trace.json"], Files());
    }

    [Fact]
    public void It_writes_what_it_is_asked_for_and_nothing_else()
    {
        Story.OfEverything().Write(At("bug.json"));

        Assert.Equal(0, Show("bug.json", "--svg", "picture.svg").Status);
        Assert.Equal(["bug.json", "picture.svg"], Files());
        Assert.Equal("svg", XDocument.Load(At("picture.svg")).Root!.Name.LocalName);

        Assert.Equal(0, Show("bug.json", "--svg", "picture.svg", "--html", "page.html").Status);
        Assert.Equal(["bug.json", "page.html", "picture.svg"], Files());
    }

    [Theory]
    [InlineData("{ \"some\": \"json\" }", "bug.json is not a trace")]
    [InlineData("not even json", "bug.json is not a trace")]
    [InlineData("", "bug.json is not a trace")]
    [InlineData("null", "bug.json is")]
    [InlineData("[1, 2]", "bug.json is not a trace")]
    public void What_is_not_a_trace_is_reported(string content, string expected)
    {
        File.WriteAllText(At("bug.json"), content);

        Refused(expected, "bug.json");
    }

    [Theory]
    [InlineData("\"version\": 4", "\"version\": 5", "version 5")]
    [InlineData("\"servers\": 3", "\"servers\": 99", "$.options.servers is 99, more than 7")]
    [InlineData("\"server\":3", "\"server\":33", "names server 33, but the servers are 1 to 3")]
    [InlineData("\"kind\":\"arrived\"", "\"kind\":\"evaporated\"", "bug.json is not a trace")]
    public void A_damaged_trace_is_reported(string from, string to, string expected)
    {
        Story.OfEverything().Write(At("bug.json"));
        var text = File.ReadAllText(At("bug.json"));
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(At("bug.json"), text.Replace(from, to, StringComparison.Ordinal));

        Refused(expected, "bug.json");
    }

    [Fact]
    public void Half_a_trace_is_reported()
    {
        Story.OfEverything().Write(At("bug.json"));
        var text = File.ReadAllText(At("bug.json"));
        File.WriteAllText(At("bug.json"), text[..(text.Length / 2)]);

        Refused("bug.json is not a trace", "bug.json");
    }

    [Theory]
    [InlineData("Required argument missing", new string[0])]
    [InlineData("missing.json", new[] { "missing.json" })]
    [InlineData("is a directory", new[] { "bug.json", "--html", "." })]
    [InlineData("'nowhere/page.html' cannot be written", new[] { "bug.json", "--html", "nowhere/page.html" })]
    [InlineData("--svg takes the name of a file", new[] { "bug.json", "--svg", "" })]
    [InlineData("--html would overwrite the trace", new[] { "bug.json", "--html", "./bug.json" })]
    [InlineData("--html and --svg both go to", new[] { "bug.json", "--html", "a", "--svg", "./a" })]
    [InlineData("--json", new[] { "bug.json", "--json", "x" })]
    public void Wrong_usage_is_reported_and_ends_with_status_2(string expected, string[] arguments)
    {
        Story.OfEverything().Write(At("bug.json"));

        Refused(expected, arguments);
        Assert.Equal(Story.OfEverything().Events.Count, Trace.Read(At("bug.json")).Events.Count);
    }

    [Fact]
    public void Where_the_page_cannot_be_written_beside_the_trace_no_option_is_blamed()
    {
        Story.OfEverything().Write(At("bug.json"));
        Directory.CreateDirectory(At("bug.html"));

        var (status, output) = Show("bug.json");

        Assert.Equal(2, status);
        Assert.Contains("the page goes beside the trace", output, StringComparison.Ordinal);
        Assert.Contains("--html FILE puts it elsewhere", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_characters_in_a_trace_do_not_reach_the_terminal()
    {
        var story = Story.OfEverything();
        (story with { Violation = story.Violation with { Message = "\u001b[2Jgone\u0007" } }).Write(At("bug.json"));

        var (status, output) = Show("bug.json");

        Assert.Equal(0, status);
        Assert.Contains(@"\x1B[2Jgone\x07", output, StringComparison.Ordinal);
        Assert.DoesNotContain(output, letter => letter is '\u001b' or '\u0007');
    }

    [Fact]
    public void A_trace_that_is_named_like_a_page_is_not_overwritten()
    {
        Story.OfEverything().Write(At("bug.html"));

        var (status, output) = Show("bug.html");

        Assert.Equal(2, status);
        Assert.Contains("would overwrite the trace", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Refused(string expected, params string[] arguments)
    {
        var before = Files();

        var (status, output) = Show(arguments);

        Assert.Equal(2, status);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    private string At(string name) => Path.Combine(_directory, name);

    private string[] Files() => [.. Directory.GetFiles(_directory).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private (int Status, string Output) Show(params string[] arguments) => RaftVerify.Run(_directory, ["show", .. arguments]);
}
