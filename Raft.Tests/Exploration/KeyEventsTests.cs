using DeterministicSimulation;
using Raft.Tests.Viewer;
using Raft.Verification.Cluster;
using Raft.Verification.Exploration;
using static Raft.Tests.Viewer.Story;

namespace Raft.Tests.Exploration;

/// <summary>The events of a trace that are printed.</summary>
public sealed class KeyEventsTests
{
    [Fact]
    public void Events_that_change_a_server_are_kept_and_others_are_left_out()
    {
        var trace = new Story()
            .Step().Stepped(1, State(term: 1), "first")
            .Step().Stepped(1, State(term: 1), "again")
            .Step().Stepped(1, State(term: 2), "later term")
            .Step().Stepped(2, State(term: 2), "other server")
            .Step().Stepped(2, State(term: 2), "the violating step changes nothing")
            .Violating();

        Assert.Equal(["first", "later term", "other server", "the violating step changes nothing"], Words(trace));
    }

    [Fact]
    public void A_message_that_is_taken_is_shown_as_an_input_and_a_lost_one_as_sent_and_lost()
    {
        var trace = new Story()
            .Step().Message(TraceEventKind.Sent, 1, 1, 2).Message(TraceEventKind.Sent, 2, 1, 3)
            .Step().Message(TraceEventKind.Arrived, 1, 1, 2)
            .Step().Message(TraceEventKind.Lost, 2, 1, 3)
            .Step().Stepped(2, State("Leader"))
            .Violating();

        var messages = KeyEvents.Of(trace).Where(one => one.Message is not null).Select(one => (one.Kind, one.Message!.Id));
        Assert.Equal([(TraceEventKind.Sent, 2L), (TraceEventKind.Lost, 2L)], messages);
    }

    [Fact]
    public void Crashes_starts_and_faults_are_kept()
    {
        var kinds = KeyEvents.Of(OfEverything()).Select(one => one.Kind).ToHashSet();

        Assert.Superset(
            new HashSet<TraceEventKind>
            {
                TraceEventKind.Crashed, TraceEventKind.Started, TraceEventKind.Partitioned,
                TraceEventKind.Cut, TraceEventKind.DiskStalled, TraceEventKind.Duplicated,
            },
            kinds);
    }

    private static IEnumerable<string> Words(Trace trace) =>
        KeyEvents.Of(trace).Select(one => one.ServerInput!.Type);
}
