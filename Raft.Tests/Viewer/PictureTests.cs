using System.Globalization;
using System.Xml.Linq;
using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;
using Raft.Verification.Viewer;
using static Raft.Tests.Viewer.Story;

namespace Raft.Tests.Viewer;

/// <summary>The still picture.</summary>
public sealed class PictureTests
{
    private const string _hostile = "</text></svg><script>alert('&amp;')</script> \0 \ud800 ]]> {{trace}}";

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void There_is_a_lane_for_each_server(int servers)
    {
        var lanes = Classed(Picture.Of(new Story(servers).Step().Stepped(1).Violating()), "lane");

        Assert.Equal(
            Enumerable.Range(1, servers).Select(server => $"{server}"), lanes.Select(lane => lane.Attribute("data-server")!.Value));
        Assert.All(lanes, lane => Assert.NotEmpty(lane.Elements()));
    }

    [Fact]
    public void There_is_an_arrow_for_each_message_that_arrives_and_a_cross_for_each_that_is_lost()
    {
        foreach (var trace in (Trace[])[OfEverything(), Violations.Fragile()])
        {
            var picture = Picture.Of(trace);

            Assert.Equal(trace.Events.Count(one => one.Kind == TraceEventKind.Arrived), Classed(picture, "head").Length);
            Assert.Equal(trace.Events.Count(one => one.Kind == TraceEventKind.Lost), Classed(picture, "cross").Length);
            Assert.Equal(trace.Events.Count(one => one.Kind == TraceEventKind.Duplicated), Classed(picture, "copy").Length);
        }
    }

    [Fact]
    public void The_violation_is_marked_with_its_subjects_and_described()
    {
        var picture = Picture.Of(OfEverything());

        Assert.Single(Classed(picture, "violation"));

        // Two servers, and in the log of each the entry.
        Assert.Equal(4, Classed(picture, "subject").Length);
        var text = XDocument.Parse(picture).Root!.Value;
        Assert.Contains("story: ElectionSafety is violated at step 13", text, StringComparison.Ordinal);
        Assert.Contains("S1 leads, and so does S2.", text, StringComparison.Ordinal);
        Assert.Contains(
            "At most one leader can be elected in a given term. (Figure 3, Election Safety; §5.2)", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Words_left_of_a_lane_do_not_cover_those_of_the_previous_lane_and_are_whole_if_there_is_room(int servers)
    {
        // In one row, S1 has a log beside its lane, and S2 hears of it in many words.
        const string heard = "takes what S1 has sent";
        var story = new Story(servers)
            .Step().Stepped(1, State(log: [1, 1, 1, 1, 1, 1, 1, 1], durable: 8), "first").Stepped(2, State(), heard)
            .Step().Stepped(servers, State(), $"{heard} a long time ago");

        var picture = Picture.Of(story.Violating());

        var labels = Classed(picture, "label");
        var covered = labels.Single(label => label.Value == heard);
        var cell = Classed(picture, "entry")[0];
        Assert.True(Number(covered, "y") - 9 > Number(cell, "y") + Number(cell, "height"), "The words stand beside the log, not below it.");
        Assert.Contains(labels, label => label.Value == $"{heard} a long time ago");
    }

    [Fact]
    public void No_message_crosses_the_words_at_its_ends()
    {
        var picture = Picture.Of(OfEverything());
        var labels = Classed(picture, "label").Select(label => Number(label, "y")).ToArray();

        foreach (var arrived in Classed(picture, "arrived"))
        {
            // It comes to its lane above the words of its row.
            var way = arrived.Elements().First().Attribute("d")!.Value;
            var tip = double.Parse(way.Split(' ')[^1], CultureInfo.InvariantCulture);
            Assert.Contains(labels, y => y - tip is > 9 and < 30);
            Assert.DoesNotContain(labels, y => y - tip is > -3 and < 9);
        }
    }

    [Fact]
    public void Faults_are_shaded()
    {
        var picture = Picture.Of(OfEverything());

        Assert.Single(Classed(picture, "down"));
        Assert.Single(Classed(picture, "stalled"));
        Assert.Equal(2, Classed(picture, "cut").Length);
        Assert.Equal(3, Classed(picture, "partition").Length);
        Assert.Single(Classed(picture, "crash"));
    }

    [Fact]
    public void An_entry_whose_term_has_a_colour_that_was_used_before_looks_different()
    {
        var picture = Picture.Of(new Story().Step().Stepped(1).Step().Stepped(1, State(log: [1, 9, 17, 25], durable: 4)).Violating());
        var corners = Classed(picture, "corner").Select(corner => corner.Attribute("d")!.Value.Count(c => c == 'M'));

        Assert.Equal([1, 2, 3], corners);
        Assert.Equal(Palette.Of(1).Hue, Palette.Of(25).Hue);
        Assert.NotEqual(Palette.Of(1).Hue, Palette.Of(2).Hue);
    }

    [Fact]
    public void A_long_trace_is_cut_to_what_leads_to_the_violation_and_the_picture_says_so()
    {
        var story = new Story();
        for (var i = 0; i < 500; i++)
        {
            story.Step().Stepped(1, State(term: i + 1), "ElectionTimeout");
        }

        var picture = Picture.Of(story.Violating(step: 400));

        Assert.Contains(
            "Cut: 280 earlier events and 100 later ones of 500 are not in this picture.",
            XDocument.Parse(picture).Root!.Value,
            StringComparison.Ordinal);
        Assert.Single(Classed(picture, "violation"));
        Assert.DoesNotContain("Cut: ", Picture.Of(OfEverything()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_picture_of_a_hostile_trace_is_well_formed()
    {
        var state = State() with { Role = _hostile, Log = [new TraceEntry(1, _hostile)] };
        var trace = new Story()
            .Step().Stepped(1, state, _hostile).Message(TraceEventKind.Sent, 1, 1, 2, _hostile, null, (_hostile, _hostile))
            .Step().Message(TraceEventKind.Arrived, 1, 1, 2, _hostile, null, (_hostile, _hostile))
            .Step().Happened(TraceEventKind.Noted, 1, _hostile).Happened(TraceEventKind.Partitioned, groups: [[1], [2, 3]])
            .Violating(_hostile, _hostile, scenario: _hostile);

        var root = XDocument.Parse(Picture.Of(trace)).Root!;

        Assert.DoesNotContain(root.Descendants(), one => one.Name.LocalName == "script");
    }

    [Fact]
    public void A_trace_with_few_events_has_a_picture_too()
    {
        Assert.Contains("no events", XDocument.Parse(Picture.Of(new Story().Violating())).Root!.Value, StringComparison.Ordinal);
        var bare = new Story(1)
            .Step().Happened(TraceEventKind.Stepped, 1)
            .Step().Happened(TraceEventKind.Partitioned)
            .Step().Happened(TraceEventKind.Crashed, 1)
            .Step().Happened(TraceEventKind.Started, 1)
            .Step().Message(TraceEventKind.Arrived, 5, 1, 1)
            .Violating("SomethingElse", subjects: new Subjects([1, 99], [], [7]));
        Assert.NotNull(XDocument.Parse(Picture.Of(bare)));
    }

    private static double Number(XElement one, string name) => double.Parse(one.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private static XElement[] Classed(string picture, string name) =>
        [.. XDocument.Parse(picture).Descendants().Where(one => one.Attribute("class")?.Value.Split(' ').Contains(name) == true)];
}
