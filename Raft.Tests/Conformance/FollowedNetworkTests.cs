using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Conformance;

namespace Raft.Tests.Conformance;

/// <summary>Messages on their way: each is sent, lost, duplicated and received as the specification's bag of messages allows.</summary>
public sealed class FollowedNetworkTests
{
    private static readonly ServerId _one = new(1);
    private static readonly ServerId _two = new(2);
    private readonly FollowedNetwork _network = new(2);
    private readonly Message _first = new RequestVoteReply(_one, _two, new Term(3), VoteGranted: true);
    private readonly Message _second = new RequestVoteReply(_one, _two, new Term(4), VoteGranted: true);

    [Fact]
    public void A_message_is_received_once_for_each_copy_of_it()
    {
        Follow(_first, TraceEventKind.Sent, TraceEventKind.Duplicated, TraceEventKind.Arrived, TraceEventKind.Arrived);

        Assert.Null(_network.Receive(1, _first));
        Assert.Null(_network.Receive(1, _first));
        Assert.Equal("no such message has arrived", _network.Receive(1, _first));
        Assert.Equal(0, _network.Count);
    }

    [Fact]
    public void A_message_that_was_encoded_on_its_way_is_received()
    {
        Follow(_first, TraceEventKind.Sent, TraceEventKind.Arrived);

        Assert.Null(_network.Receive(1, new RequestVoteReply(_one, _two, new Term(3), VoteGranted: true)));
        Assert.Equal(0, _network.Count);
    }

    [Theory]
    [InlineData(TraceEventKind.Lost)]
    [InlineData(TraceEventKind.Duplicated)]
    [InlineData(TraceEventKind.Arrived)]
    public void What_no_server_has_sent_is_not_on_its_way(TraceEventKind kind)
    {
        Assert.Equal("no such message is on its way", Happens(_first, kind));

        // Nor is what was lost.
        Follow(_first, TraceEventKind.Sent, TraceEventKind.Lost);
        Assert.Equal("no such message is on its way", Happens(_first, kind));
    }

    [Fact]
    public void A_message_is_not_received_before_it_arrives_nor_by_another_server()
    {
        Follow(_first, TraceEventKind.Sent);
        Assert.Equal("no such message has arrived", _network.Receive(1, _first));

        Follow(_first, TraceEventKind.Arrived);
        Assert.Equal("no such message has arrived", _network.Receive(0, _first));
        Assert.Null(_network.Receive(1, _first));
    }

    [Fact]
    public void What_a_node_passes_over_is_dropped()
    {
        Follow(_first, TraceEventKind.Sent, TraceEventKind.Arrived);
        Follow(_second, TraceEventKind.Sent, TraceEventKind.Arrived);

        Assert.Null(_network.Receive(1, _second));
        Assert.Equal("no such message has arrived", _network.Receive(1, _first));
        Assert.Equal(0, _network.Count);
    }

    [Fact]
    public void What_waits_for_a_server_ends_with_its_life()
    {
        Follow(_first, TraceEventKind.Sent, TraceEventKind.Duplicated, TraceEventKind.Arrived);
        _network.End(1);

        Assert.Equal("no such message has arrived", _network.Receive(1, _first));
        Assert.Equal(1, _network.Count);
    }

    private void Follow(Message message, params TraceEventKind[] kinds)
    {
        foreach (var kind in kinds)
        {
            Assert.Null(Happens(message, kind));
        }
    }

    private string? Happens(Message message, TraceEventKind kind) => _network.Follow(new(kind, From: 1, To: 2, message, Number: 0));
}
