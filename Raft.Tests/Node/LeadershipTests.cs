using Raft.Impl.Core;
using Raft.Impl.Node;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Node.SingleNode;

namespace Raft.Tests.Node;

/// <summary>Who leads: for callers that wait, that act only while the node leads, or that follow the changes.</summary>
public sealed class LeadershipTests
{
    private static readonly RaftNodeOptions _options = SteppedNode.OneOfThree with { Protocol = ProtocolOptions.Figure2 };

    [Fact]
    public void A_caller_waits_until_the_node_hears_from_a_leader()
    {
        var node = SteppedNode.Start(_options);
        var waiting = node.Do(one => one.WaitForLeaderAsync());
        Assert.False(waiting.IsCompleted);
        node.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 0));
        Assert.Equal(S2, Result(waiting));
        Assert.Equal(S2, Result(node.Do(one => one.WaitForLeaderAsync())));
    }

    [Fact]
    public void A_caller_that_waits_for_a_leader_waits_again_after_the_leader_is_gone()
    {
        var node = SteppedNode.Start(_options);
        node.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 0));
        node.Deliver(AskForVote(S3, term: 2));
        var waiting = node.Do(one => one.WaitForLeaderAsync());
        Assert.False(waiting.IsCompleted);
        node.Elect();
        Assert.Equal(S1, Result(waiting));
    }

    [Fact]
    public void A_caller_that_waits_for_a_leader_can_be_cancelled_and_fails_when_the_node_stops()
    {
        var node = SteppedNode.Start(_options);
        using var patience = new CancellationTokenSource();
        var cancelled = node.Do(one => one.WaitForLeaderAsync(patience.Token));
        var failed = node.Do(one => one.WaitForLeaderAsync());
        patience.Cancel();
        node.Run();
        Assert.True(cancelled.IsCanceled);
        Assert.True(node.Dispose().IsCompletedSuccessfully);
        Assert.Throws<ObjectDisposedException>(() => failed.GetAwaiter().GetResult());
        Assert.Throws<ObjectDisposedException>(() => node.Do(one => one.WaitForLeaderAsync()).GetAwaiter().GetResult());
    }

    [Fact]
    public void A_token_is_cancelled_when_its_leadership_ends_and_the_next_leadership_has_another()
    {
        var node = SteppedNode.Start(_options);
        Assert.True(node.Node.LeadershipToken.IsCancellationRequested);
        node.Elect();
        var (term, token) = (node.Status.Term, node.Node.LeadershipToken);
        Assert.False(token.IsCancellationRequested);
        Assert.Equal(token, node.Node.LeadershipTokenOf(term));
        Assert.True(node.Node.LeadershipTokenOf(term.Next).IsCancellationRequested);

        node.Deliver(AskForVote(S2, term: term.Value + 1));
        Assert.True(token.IsCancellationRequested);
        node.Elect();
        Assert.True(token.IsCancellationRequested);
        Assert.False(node.Node.LeadershipToken.IsCancellationRequested);
        Assert.True(node.Node.LeadershipTokenOf(term).IsCancellationRequested);
    }

    [Fact]
    public void A_token_is_cancelled_before_the_status_shows_that_the_leadership_has_ended()
    {
        var node = SteppedNode.Start(_options);
        node.Elect();
        NodeStatus? seen = null;
        using var registration = node.Node.LeadershipToken.Register(() => seen = node.Status);
        node.Deliver(AskForVote(S2, term: 9));
        Assert.True(seen!.IsLeader);
        Assert.False(node.Status.IsLeader);
    }

    [Fact]
    public void A_token_is_cancelled_when_the_node_stops()
    {
        var node = SteppedNode.Start(_options);
        node.Elect();
        var token = node.Node.LeadershipToken;
        Assert.True(node.Dispose().IsCompletedSuccessfully);
        Assert.True(token.IsCancellationRequested);
    }

    [Fact]
    public void A_callback_of_a_token_that_throws_does_not_stop_the_node()
    {
        var node = SteppedNode.Start(_options);
        node.Elect();
        using var registration = node.Node.LeadershipToken.Register(() => throw new InvalidOperationException("the callback"));
        node.Deliver(AskForVote(S2, term: 9));
        Assert.False(node.Status.HasStopped);
        Assert.Equal(new Term(9), node.Status.Term);
    }

    [Fact]
    public void The_changes_of_leader_come_in_the_order_of_their_terms_each_once()
    {
        var node = SteppedNode.Start(_options);
        node.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 0));
        var changes = Follow(node);
        node.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 0));
        node.Deliver(AskForVote(S3, term: 2));
        node.Deliver(AskForVote(S3, term: 3));
        node.Deliver(Append(term: 4, prev: 0, prevTerm: 0, commit: 0));
        node.Deliver(AskForVote(S3, term: 5));
        node.Elect();
        Assert.Equal(
            [new(new Term(1), S2), new(new Term(2), null), new(new Term(4), S2), new(new Term(5), null), new(node.Status.Term, S1)],
            changes);
    }

    [Fact]
    public void A_server_that_asks_for_pre_votes_and_hears_from_its_leader_again_reports_no_change()
    {
        var node = SteppedNode.Start(_options with { Protocol = ProtocolOptions.Production });
        node.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 0));
        var changes = Follow(node);
        node.Advance(1000);
        Assert.Null(node.Status.Leader);
        Assert.False(node.Do(one => one.WaitForLeaderAsync()).IsCompleted);
        node.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 0));
        Assert.Equal(S2, node.Status.Leader);
        Assert.Equal([new LeaderChange(new Term(1), S2)], changes);
    }

    [Fact]
    public void The_changes_end_when_the_node_stops_and_when_they_are_cancelled()
    {
        var node = SteppedNode.Start(_options);
        using var patience = new CancellationTokenSource();
        var cancelled = node.Do(one => EndAsync(one.LeaderChangesAsync(patience.Token)));
        var ended = node.Do(one => EndAsync(one.LeaderChangesAsync()));
        patience.Cancel();
        node.Run();
        Assert.True(cancelled.IsCanceled);
        Assert.False(ended.IsCompleted);
        Assert.True(node.Dispose().IsCompletedSuccessfully);
        Assert.True(ended.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_reader_that_is_too_slow_misses_the_oldest_changes_and_gets_the_newest()
    {
        var watch = new LeaderWatch(S1);
        var changes = watch.Subscribe(CancellationToken.None, CancellationToken.None);
        for (var term = 1; term <= LeaderSubscription.MostPending + 5; term++)
        {
            watch.Report(new Term(term), S2);
        }

        var seen = new List<LeaderChange>();
        for (var i = 0; i < LeaderSubscription.MostPending; i++)
        {
            Assert.True(Result(changes.MoveNextAsync().AsTask()));
            seen.Add(changes.Current);
        }

        Assert.Equal(Enumerable.Range(6, LeaderSubscription.MostPending).Select(term => new LeaderChange(new Term(term), S2)), seen);
    }

    [Fact]
    public void A_leader_knows_how_far_each_follower_is_and_another_server_does_not()
    {
        var node = SteppedNode.Start(_options);
        Assert.Empty(node.Status.Followers);
        node.Elect();
        node.Propose("x");
        node.Deliver(new AppendEntriesReply(S2, S1, node.Status.Term, Success: true, new LogIndex(1)));
        var followers = node.Status.Followers;
        Assert.Equal([S2, S3], followers.Select(follower => follower.Member));
        Assert.Equal([new LogIndex(1), LogIndex.Zero], followers.Select(follower => follower.MatchIndex));
        Assert.Equal(new LogIndex(2), followers[0].NextIndex);
        Assert.Equal((0, 0), (followers[0].MessagesInFlight, followers[0].BytesInFlight));
        node.Propose("y");
        Assert.Equal(
            (1, new LogEntry(node.Status.Term, Command.FromText("y")).Size),
            (node.Status.Followers[0].MessagesInFlight, node.Status.Followers[0].BytesInFlight));
        Assert.Equal(LogIndex.Zero, node.Status.Followers[1].MatchIndex);
        node.Deliver(new AppendEntries(S3, S1, node.Status.Term.Next, LogIndex.Zero, Term.Zero, EntryList.Empty, LogIndex.Zero));
        Assert.Empty(node.Status.Followers);
    }

    private static List<LeaderChange> Follow(SteppedNode node)
    {
        var seen = new List<LeaderChange>();
        Assert.False(node.Do(one => FollowAsync(one, seen)).IsCompleted);
        return seen;
    }

    private static async Task FollowAsync(RaftNode node, List<LeaderChange> seen)
    {
        await foreach (var change in node.LeaderChangesAsync())
        {
            seen.Add(change);
        }
    }

    private static async Task EndAsync(IAsyncEnumerable<LeaderChange> changes)
    {
        await foreach (var change in changes)
        {
            _ = change;
        }
    }

    private static T Result<T>(Task<T> call)
    {
        Assert.True(call.IsCompletedSuccessfully, $"The call is {call.Status}.");
        return call.GetAwaiter().GetResult();
    }
}
