using DeterministicSimulation;
using Raft.Verification.Specifications;
using Raft.Verification.Viewer;
using static Raft.Tests.Viewer.Story;

namespace Raft.Tests.Viewer;

/// <summary>The layout of a trace.</summary>
public sealed class DiagramTests
{
    [Fact]
    public void The_events_of_a_step_are_one_row()
    {
        var diagram = Diagram.Of(new Story()
            .Step().Message(TraceEventKind.Sent, 1, 1, 2).Message(TraceEventKind.Sent, 2, 1, 3).Stepped(1, State("Candidate"))
            .Step().Step().Step().Message(TraceEventKind.Lost, 1, 1, 2)
            .Violating());

        Assert.Equal([(0, 3), (3, 1)], diagram.Rows.Select(row => (row.First, row.Count)));
        Assert.Equal([1L, 4], diagram.Rows.Select(row => row.Step));
    }

    [Fact]
    public void An_event_shares_the_row_of_the_step_that_waited_for_it_and_follows_immediately()
    {
        var diagram = Diagram.Of(new Story()
            .Step().Message(TraceEventKind.Arrived, 1, 1, 2)
            .Step().Received(2, 1, from: 1)
            .Step().Happened(TraceEventKind.WriteDurable, 2, state: State(), write: 1)
            .Step().Message(TraceEventKind.Sent, 2, 2, 1).Stepped(2, input: "WriteDurable", write: 1)
            .Step().Happened(TraceEventKind.Timer, 3, "the election timer")
            .Step().Stepped(3, input: "ElectionTimeout")
            .Violating());

        Assert.Equal([(0, 2), (2, 3), (5, 2)], diagram.Rows.Select(row => (row.First, row.Count)));
        Assert.Equal(["RequestVote", "write 1 is durable", "ElectionTimeout"], diagram.Rows.Select(row => row.Changes.Single().Cause));
    }

    [Fact]
    public void An_event_that_the_next_step_did_not_wait_for_has_a_row_of_its_own()
    {
        var diagram = Diagram.Of(new Story()
            .Step().Message(TraceEventKind.Arrived, 1, 1, 2)
            .Step().Message(TraceEventKind.Arrived, 2, 3, 2)
            .Step().Received(2, 1, from: 1)
            .Step().Happened(TraceEventKind.Timer, 3, "the election timer")
            .Step().Stepped(1, input: "ElectionTimeout")
            .Violating());

        Assert.Equal(5, diagram.Rows.Count);
        Assert.Equal("takes RequestVote of S1", diagram.Rows[2].Changes.Single().Cause);
    }

    [Fact]
    public void Two_steps_of_a_server_are_two_rows_even_if_they_have_the_same_number() =>
        Assert.Equal(2, Diagram.Of(new Story().Step().Stepped(1).Stepped(2).Stepped(1).Violating()).Rows.Count);

    [Fact]
    public void A_step_that_changes_nothing_is_quiet()
    {
        var diagram = Diagram.Of(new Story()
            .Step().Stepped(1)
            .Step().Stepped(1)
            .Step().Happened(TraceEventKind.Timer, 1, "the election timer")
            .Step().Received(1, 1, from: 2, State(vote: 2))
            .Step().Stepped(1, State(vote: 2, log: [1]))
            .Step().Stepped(1, State(vote: 2, log: [1], durable: 1))
            .Step().Stepped(1, State(vote: 2, log: [1], durable: 1)).Message(TraceEventKind.Sent, 1, 1, 2)
            .Violating());

        Assert.Equal([false, true, true, false, false, false, false], diagram.Rows.Select(row => row.IsQuiet));
        Assert.Equal("votes S2", diagram.Rows[3].Changes.Single().Effect);
        Assert.Equal([true, false, false, false, false, false, false], diagram.Rows.Select(row => row.Changes.Any(one => one.IsNewRole)));
        Assert.Equal([false, false, false, false, true, true, false], diagram.Rows.Select(row => row.Changes.Any(one => one.IsNewLog)));
    }

    [Theory]
    [InlineData(1, "votes S1")]
    [InlineData(3, "votes S3")]
    public void A_vote_is_an_effect_also_a_vote_for_itself(int vote, string effect)
    {
        var diagram = Diagram.Of(new Story().Step().Stepped(1).Step().Stepped(1, State("Candidate", term: 2, vote: vote)).Violating());

        Assert.Equal(effect, diagram.Rows[1].Changes.Single().Effect);
    }

    [Fact]
    public void A_proposal_of_a_long_number_is_shortened()
    {
        var diagram = Diagram.Of(new Story().Step().Stepped(1, input: "Propose", command: "5577006791947779410").Violating());

        Assert.Equal("is asked to take 557…10", diagram.Rows[0].Changes.Single().Cause);
    }

    [Fact]
    public void A_message_goes_from_the_row_where_it_was_sent_to_the_row_where_it_ends()
    {
        var arrows = Diagram.Of(OfEverything()).Arrows;

        Assert.Equal(
            [
                (0, 1, DeliveryOutcome.Arrived, false),
                (0, 2, DeliveryOutcome.Lost, false),
                (0, null, DeliveryOutcome.InFlight, false),
                (0, 3, DeliveryOutcome.Arrived, true),
            ],
            arrows.Select(arrow => (arrow.Sent!.Value, arrow.End, arrow.Outcome, arrow.IsCopy)));
    }

    [Fact]
    public void A_message_without_a_sent_event_has_an_arrow_too()
    {
        var arrow = Assert.Single(Diagram.Of(new Story().Step().Message(TraceEventKind.Arrived, 7, 2, 1).Violating()).Arrows);

        Assert.Null(arrow.Sent);
        Assert.Equal(0, arrow.End);
    }

    [Fact]
    public void A_fault_spans_the_rows_until_it_ends()
    {
        var diagram = Diagram.Of(OfEverything());

        Assert.Equal(
            [
                (FaultSpanKind.Partition, "partition", "all links"),
                (FaultSpanKind.Stalled, "the disk", null),
                (FaultSpanKind.Down, "S3 crashes", "S3 starts"),
                (FaultSpanKind.Cut, "the link", null),
            ],
            diagram.FaultSpans.Select(span => (span.Kind, Begins(span.From), span.Until is { } until ? Begins(until) : null)));

        string? Begins(int row)
        {
            var text = OfEverything().Events[diagram.Rows[row].First].Text;
            return Array.Find(
                (string[])["partition", "all links", "the disk", "S3 crashes", "S3 starts", "the link"],
                start => text.StartsWith(start, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void In_a_network_partitioned_twice_two_servers_are_together_if_both_partitions_keep_them_together()
    {
        var spans = Diagram.Of(new Story(4)
            .Step().Happened(TraceEventKind.Partitioned, groups: [[1, 2], [3, 4]])
            .Step().Happened(TraceEventKind.Partitioned, groups: [[1], [2, 3, 4]])
            .Violating()).FaultSpans;

        Assert.Equal(
            ["1,2|3,4", "1|2|3,4"], spans.Select(span => string.Join('|', span.Groups.Select(group => string.Join(',', group)))));
        Assert.Equal([1, null], spans.Select(span => span.Until));
    }

    [Fact]
    public void A_disk_that_completes_a_write_is_no_longer_stalled()
    {
        var span = Assert.Single(Diagram.Of(new Story()
            .Step().Happened(TraceEventKind.DiskStalled, 1)
            .Step().Happened(TraceEventKind.WriteDurable, 2)
            .Step().Happened(TraceEventKind.WriteDurable, 1)
            .Violating()).FaultSpans);

        Assert.Equal((0, 2), (span.From, span.Until));
    }

    [Fact]
    public void A_server_that_crashed_has_no_state_until_it_starts()
    {
        var changes = Diagram.Of(new Story()
            .Step().Stepped(1)
            .Step().Happened(TraceEventKind.Crashed, 1)
            .Step().Happened(TraceEventKind.DiskStalled, 1)
            .Step().Happened(TraceEventKind.Started, 1, state: State(log: [1]))
            .Violating()).Rows.Select(row => row.Changes.Single()).ToArray();

        Assert.Equal([0, null, null, 3], changes.Select(change => change.State));
        Assert.Equal([false, true, false, false], changes.Select(change => change.IsCrash));
        Assert.True(changes[3] is { IsStart: true, IsNewRole: true, IsNewLog: true });
    }

    [Fact]
    public void A_server_that_starts_again_at_once_has_no_fault_span()
    {
        var inOne = Diagram.Of(new Story().Step().Stepped(1).Step().Happened(TraceEventKind.Crashed, 1, state: State(term: 2)).Violating());
        var inTwo = Diagram.Of(new Story()
            .Step().Stepped(1)
            .Step().Happened(TraceEventKind.Crashed, 1).Happened(TraceEventKind.Started, 1, state: State())
            .Violating());

        foreach (var diagram in (Diagram[])[inOne, inTwo])
        {
            var change = diagram.Rows[1].Changes.Single();
            Assert.True(change is { IsCrash: false, IsStart: true, IsNewRole: true, State: not null, Effect: "crashed" });
            Assert.DoesNotContain(diagram.FaultSpans, span => span.Until is null);
        }
    }

    [Fact]
    public void A_duplication_has_a_banner_unless_the_message_arrives_in_the_same_step()
    {
        var diagram = Diagram.Of(new Story()
            .Step().Message(TraceEventKind.Sent, 1, 1, 2)
            .Step().Message(TraceEventKind.Duplicated, 2, 1, 2, copyOf: 1)
            .Step().Message(TraceEventKind.Duplicated, 3, 1, 2, copyOf: 1).Message(TraceEventKind.Arrived, 1, 1, 2)
            .Violating());

        Assert.Equal([null, "the network duplicates RequestVote S1 -> S2", null], diagram.Rows.Select(row => row.Banner));
    }

    [Fact]
    public void A_row_that_made_what_the_violation_names_is_a_cause()
    {
        var diagram = Diagram.Of(new Story()
            .Step().Stepped(1)
            .Step().Stepped(1, State("Leader", term: 2, vote: 1))
            .Step().Stepped(1, State("Leader", term: 2, vote: 1, log: [2]))
            .Step().Stepped(1, State("Leader", term: 2, vote: 1, log: [2, 2]))
            .Step().Stepped(1, State("Leader", term: 2, vote: 1, log: [2, 2], durable: 2))
            .Step().Stepped(1, State("Leader", term: 2, vote: 1, log: [2, 2], durable: 2, commit: 2))
            .Step().Stepped(2, State("Leader", term: 2, vote: 2))
            .Violating(subjects: new Subjects([1], [2], [2])));

        Assert.Equal([false, true, false, true, false, true, false], diagram.Rows.Select(row => row.IsCause));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(99, 1)]
    [InlineData(0, 0)]
    public void The_violation_is_in_the_row_of_its_step_or_the_last_before(long step, int row) =>
        Assert.Equal(row, Diagram.Of(new Story().Step().Stepped(1).Step().Step().Stepped(2).Violating(step: step)).Violation);

    [Fact]
    public void A_trace_without_events_has_no_rows()
    {
        var diagram = Diagram.Of(new Story().Violating());

        Assert.Empty(diagram.Rows);
        Assert.Null(diagram.Violation);
    }

    [Fact]
    public void The_layout_of_a_trace_of_the_engine_holds_all_its_events()
    {
        var trace = Violations.Fragile();
        var diagram = Diagram.Of(trace);

        Assert.Equal(trace.Events.Count, diagram.Rows.Sum(row => row.Count));
        Assert.Equal(trace.Events.Count(one => one.Kind is TraceEventKind.Sent or TraceEventKind.Duplicated), diagram.Arrows.Count);
        Assert.Equal(
            trace.Events.Count(one => one.Kind == TraceEventKind.Arrived),
            diagram.Arrows.Count(arrow => arrow.Outcome == DeliveryOutcome.Arrived));
        Assert.All(diagram.Rows, row => Assert.EndsWith(" s", row.Time, StringComparison.Ordinal));
    }
}
