using Raft.Impl.Core;
using Raft.Impl.Node;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Node.SingleNode;

namespace Raft.Tests.Node;

/// <summary>Transfers of leadership (dissertation §3.10): done, too late, lost or refused, and always over in bounded time.</summary>
public sealed class LeadershipTransferTests
{
    private static readonly RaftNodeOptions _options = SteppedNode.OneOfThree with
    {
        Protocol = new ProtocolOptions { NoOp = true, LeadershipTransfer = true },
    };

    [Fact]
    public void A_transfer_is_done_once_the_target_leads()
    {
        var node = Leading();
        var transfer = Transfer(node, S2);
        Assert.Equal(S2, Assert.Single(node.Transport.Sent.OfType<TimeoutNow>()).To);
        node.Deliver(new RequestVote(S2, S1, new Term(2), new LogIndex(1), new Term(1), IsTransfer: true));
        Assert.False(node.Status.IsLeader);
        Assert.False(transfer.IsCompleted);
        node.Deliver(Append(term: 2, prev: 1, prevTerm: 1, commit: 1));
        Assert.Equal(new LeadershipTransferResult(LeadershipTransferOutcome.Transferred, S2), Result(transfer));
    }

    [Fact]
    public void Without_a_target_the_most_up_to_date_follower_is_to_lead()
    {
        var node = Leading();
        Assert.False(Transfer(node).IsCompleted);
        Assert.Equal(S2, Assert.Single(node.Transport.Sent.OfType<TimeoutNow>()).To);
    }

    [Fact]
    public void A_target_whose_log_is_behind_is_brought_up_to_date_first()
    {
        var node = Leading();
        Assert.False(Transfer(node, S3).IsCompleted);
        Assert.Empty(node.Transport.Sent.OfType<TimeoutNow>());
        node.Deliver(new AppendEntriesReply(S3, S1, new Term(1), Success: true, new LogIndex(1)));
        Assert.Equal(S3, Assert.Single(node.Transport.Sent.OfType<TimeoutNow>()).To);
    }

    [Fact]
    public void Proposals_are_refused_during_a_transfer_and_taken_again_after_it_has_timed_out()
    {
        var node = Leading();
        var transfer = Transfer(node, S2);
        Assert.Equal(ProposalRefusal.Transferring, node.Propose("x").Refusal);
        node.Advance((int)_options.MinElectionTimeout.TotalMilliseconds - 1);
        Assert.False(transfer.IsCompleted);
        node.Advance((int)(_options.MaxElectionTimeout - _options.MinElectionTimeout).TotalMilliseconds + 1);
        Assert.Equal(new LeadershipTransferResult(LeadershipTransferOutcome.TimedOut, S1), Result(transfer));
        Assert.True(node.Propose("x").IsTaken);
    }

    [Fact]
    public void The_leadership_is_lost_if_a_third_server_leads()
    {
        var node = Leading();
        var transfer = Transfer(node, S3);
        node.Deliver(Append(term: 2, prev: 1, prevTerm: 1, commit: 1));
        Assert.Equal(new LeadershipTransferResult(LeadershipTransferOutcome.LeadershipLost, S2), Result(transfer));
    }

    [Fact]
    public void The_leadership_is_lost_if_the_node_itself_stands_for_election_again()
    {
        var node = Leading();
        var transfer = Transfer(node, S2);
        node.Deliver(AskForVote(S3, term: 2));
        Assert.False(transfer.IsCompleted);
        node.Advance((int)_options.MaxElectionTimeout.TotalMilliseconds);
        Assert.Equal(new LeadershipTransferResult(LeadershipTransferOutcome.LeadershipLost, null), Result(transfer));
    }

    // Refusals.
    [Fact]
    public void A_follower_refuses_and_names_its_leader()
    {
        var node = SteppedNode.Start(_options);
        node.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 0));
        Assert.Equal(
            new LeadershipTransferResult(LeadershipTransferOutcome.Refused, S2, TransferRefusal.NotLeader), Result(Transfer(node, S3)));
    }

    [Fact]
    public void A_second_transfer_is_refused_and_does_not_end_the_first()
    {
        var node = Leading();
        var first = Transfer(node, S2);
        Assert.Equal(
            new LeadershipTransferResult(LeadershipTransferOutcome.Refused, S1, TransferRefusal.UnderWay), Result(Transfer(node, S3)));
        Assert.False(first.IsCompleted);
        node.Deliver(Append(term: 2, prev: 1, prevTerm: 1, commit: 1));
        Assert.Equal(LeadershipTransferOutcome.Transferred, Result(first).Outcome);
    }

    [Fact]
    public void A_server_that_is_alone_refuses()
    {
        var node = SteppedNode.Start(SteppedNode.OneOfOne with { Protocol = _options.Protocol });
        node.Elect();
        Assert.Equal(
            new LeadershipTransferResult(LeadershipTransferOutcome.Refused, S1, TransferRefusal.NoOtherMember), Result(Transfer(node)));
    }

    [Fact]
    public void A_node_without_the_extension_refuses()
    {
        var node = SteppedNode.Start(_options with { Protocol = ProtocolOptions.Figure2 });
        node.Elect();
        Assert.Equal(
            new LeadershipTransferResult(LeadershipTransferOutcome.Refused, S1, TransferRefusal.NotEnabled), Result(Transfer(node, S2)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_target_that_is_not_another_member_is_an_error_of_the_caller(int target)
    {
        var error = Assert.Throws<ArgumentException>(() => Transfer(Leading(), new ServerId(target)).GetAwaiter().GetResult());
        Assert.StartsWith(
            $"S1 can transfer its leadership to the other members, not to S{target}.", error.Message, StringComparison.Ordinal);
    }

    // Ends.
    [Fact]
    public void A_caller_can_give_up_the_wait_and_the_transfer_goes_on()
    {
        var node = Leading();
        using var patience = new CancellationTokenSource();
        var transfer = node.Do(one => one.TransferLeadershipAsync(S2, patience.Token));
        patience.Cancel();
        node.Run();
        Assert.True(transfer.IsCanceled);
        Assert.Equal(ProposalRefusal.Transferring, node.Propose("x").Refusal);
        node.Advance((int)_options.MaxElectionTimeout.TotalMilliseconds);
        Assert.True(node.Propose("x").IsTaken);
    }

    [Fact]
    public void A_transfer_that_is_cancelled_before_it_begins_does_not_begin()
    {
        var node = Leading();
        Assert.True(node.Do(one => one.TransferLeadershipAsync(S2, new CancellationToken(canceled: true))).IsCanceled);
        Assert.True(node.Propose("x").IsTaken);
    }

    [Fact]
    public void A_transfer_fails_when_the_node_stops()
    {
        var node = Leading();
        var transfer = Transfer(node, S2);
        Assert.True(node.Dispose().IsCompletedSuccessfully);
        Assert.Throws<ObjectDisposedException>(() => transfer.GetAwaiter().GetResult());
        Assert.Throws<ObjectDisposedException>(() => Transfer(node, S2).GetAwaiter().GetResult());
    }

    // A leader of term 1 whose first entry, a no-op, S2 has.
    private static SteppedNode Leading()
    {
        var node = SteppedNode.Start(_options);
        node.Elect();
        node.Deliver(new AppendEntriesReply(S2, S1, new Term(1), Success: true, new LogIndex(1)));
        return node;
    }

    private static Task<LeadershipTransferResult> Transfer(SteppedNode node, ServerId? target = null) =>
        node.Do(one => one.TransferLeadershipAsync(target));

    private static LeadershipTransferResult Result(Task<LeadershipTransferResult> transfer)
    {
        Assert.True(transfer.IsCompletedSuccessfully, $"The transfer is {transfer.Status}.");
        return transfer.GetAwaiter().GetResult();
    }
}
