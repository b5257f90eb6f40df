using Raft.Impl.Core;
using Raft.Impl.Node;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Node.SingleNode;

namespace Raft.Tests.Node;

/// <summary>Linearizable reads (dissertation §6.4): when the service may answer, why it may not, and how the wait ends.</summary>
public sealed class ReadBarrierTests
{
    private static readonly RaftNodeOptions _options = SteppedNode.OneOfThree with
    {
        Protocol = new ProtocolOptions { NoOp = true, ReadIndex = true },
    };

    // Leaders.
    [Fact]
    public void A_leader_of_one_may_answer_at_once()
    {
        var node = SteppedNode.Start(SteppedNode.OneOfOne with { Protocol = _options.Protocol });
        node.Elect();
        Assert.Equal(new ReadBarrier(new LogIndex(1), ReadRefusal.None, S1), Result(Read(node)));
    }

    [Fact]
    public void A_leader_may_answer_once_a_follower_has_answered_a_round_that_began_after_the_call()
    {
        var node = Leading();
        var read = Read(node);
        Answer(node, 1, round: 0);
        Assert.False(read.IsCompleted);
        Answer(node, 1, round: 1);
        Assert.Equal(new ReadBarrier(new LogIndex(1), ReadRefusal.None, S1), Result(read));
        Assert.True(Result(read).IsReady);
    }

    [Fact]
    public void Reads_that_come_together_share_a_round_and_one_that_comes_later_needs_the_next()
    {
        var node = Leading();
        var together = node.Do(one => new[] { one.ReadBarrierAsync(), one.ReadBarrierAsync() });
        var later = Read(node);
        Assert.Equal(1, node.Transport.Sent.OfType<AppendEntries>().Count(message => message.To == S2 && message.Round == 1));
        Answer(node, 1, round: 1);
        Assert.All(together, read => Assert.True(Result(read).IsReady));
        Assert.False(later.IsCompleted);
        Answer(node, 1, round: 2);
        Assert.True(Result(later).IsReady);
    }

    [Fact]
    public void A_read_waits_until_the_service_has_come_back_for_more_after_what_was_committed()
    {
        var node = Leading();
        node.Propose("x");
        Answer(node, 2, round: 0);
        var read = Read(node);
        Answer(node, 2, round: 1);
        Assert.False(read.IsCompleted);
        Assert.True(node.Do(one => one.Committed.TryRead(out _)));
        Assert.False(read.IsCompleted);
        Assert.False(node.Do(one => one.Committed.TryRead(out _)));
        Assert.Equal(new LogIndex(2), Result(read).Index);
    }

    [Fact]
    public void A_new_leader_lets_no_read_through_before_an_entry_of_its_term_is_committed()
    {
        var node = SteppedNode.Start(_options);
        node.Elect();
        var read = Read(node);
        Assert.Equal(0, node.Transport.Sent.OfType<AppendEntries>().Max(message => message.Round));
        Answer(node, 1, round: 0);
        Assert.False(read.IsCompleted);
        Answer(node, 1, round: 1);
        Assert.Equal(new LogIndex(1), Result(read).Index);
    }

    // Followers.
    [Fact]
    public void A_follower_asks_its_leader_and_waits_for_its_own_service()
    {
        var node = Following();
        var read = Read(node);
        var request = Assert.Single(node.Transport.Sent.OfType<ReadIndexRequest>());
        Assert.Equal((S1, S2), (request.From, request.To));
        node.Deliver(new ReadIndexReply(S2, S1, new Term(1), request.Id, new LogIndex(2)));
        Assert.False(read.IsCompleted);
        node.Do(one => one.Committed.TryRead(out _));
        node.Do(one => one.Committed.TryRead(out _));
        Assert.False(read.IsCompleted);
        node.Do(one => one.Committed.TryRead(out _));
        Assert.Equal(new ReadBarrier(new LogIndex(2), ReadRefusal.None, S2), Result(read));
    }

    [Fact]
    public void A_follower_whose_leader_is_ahead_waits_until_it_has_caught_up()
    {
        var node = Following();
        var read = Read(node);
        node.Deliver(new ReadIndexReply(S2, S1, new Term(1), Asked(node), new LogIndex(3)));
        Drain(node);
        Assert.False(read.IsCompleted);
        node.Deliver(Append(term: 1, prev: 2, prevTerm: 1, commit: 3, 1));
        Drain(node);
        Assert.Equal(new LogIndex(3), Result(read).Index);
    }

    [Fact]
    public void A_follower_takes_no_answer_to_another_read_for_its_own()
    {
        var node = Following();
        Drain(node);
        var read = Read(node);
        node.Deliver(new ReadIndexReply(S2, S1, new Term(1), Asked(node) - 1, new LogIndex(1)));
        Assert.False(read.IsCompleted);
    }

    // Refusals.
    [Fact]
    public void A_node_that_knows_no_leader_refuses() =>
        Assert.Equal(new ReadBarrier(LogIndex.Zero, ReadRefusal.NoLeader, null), Result(Read(SteppedNode.Start(_options))));

    [Fact]
    public void A_node_without_the_extension_refuses()
    {
        var node = SteppedNode.Start(_options with { Protocol = ProtocolOptions.Figure2 });
        node.Elect();
        Assert.Equal(new ReadBarrier(LogIndex.Zero, ReadRefusal.NotEnabled, S1), Result(Read(node)));
    }

    [Fact]
    public void A_leader_without_an_entry_of_its_term_refuses()
    {
        var node = SteppedNode.Start(_options with { Protocol = new ProtocolOptions { ReadIndex = true } });
        node.Elect();
        Assert.Equal(ReadRefusal.NothingCommitted, Result(Read(node)).Refusal);
    }

    [Fact]
    public void A_follower_passes_on_the_refusal_of_its_leader()
    {
        var node = Following();
        var read = Read(node);
        node.Deliver(new ReadIndexReply(S2, S1, new Term(1), Asked(node), LogIndex.Zero));
        Assert.Equal(new ReadBarrier(LogIndex.Zero, ReadRefusal.NothingCommitted, S2), Result(read));
    }

    [Fact]
    public void A_leader_that_is_deposed_refuses_the_reads_that_wait_and_names_the_next_leader()
    {
        var node = Leading();
        var read = Read(node);
        node.Deliver(Append(term: 2, prev: 1, prevTerm: 1, commit: 1));
        Assert.Equal(new ReadBarrier(LogIndex.Zero, ReadRefusal.LeaderChanged, S2), Result(read));
        Assert.False(Result(read).IsReady);
    }

    [Fact]
    public void A_follower_that_loses_its_leader_refuses_the_reads_that_wait()
    {
        var node = Following();
        var read = Read(node);
        node.Deliver(AskForVote(S3, term: 2));
        Assert.Equal(new ReadBarrier(LogIndex.Zero, ReadRefusal.LeaderChanged, null), Result(read));
    }

    [Fact]
    public void Reads_beyond_the_limit_are_refused_until_one_has_ended()
    {
        var node = Leading(_options with { MaxPendingReads = 1 });
        var first = Read(node);
        Assert.Equal(new ReadBarrier(LogIndex.Zero, ReadRefusal.Backlog, S1), Result(Read(node)));
        Answer(node, 1, round: 1);
        Assert.True(Result(first).IsReady);
        Assert.False(Read(node).IsCompleted);
    }

    // Ends.
    [Fact]
    public void A_cancelled_read_ends_at_once_and_gives_its_place_to_another_when_the_node_has_an_answer_to_it()
    {
        var node = Leading(_options with { MaxPendingReads = 1 });
        using var patience = new CancellationTokenSource();
        var read = node.Do(one => one.ReadBarrierAsync(patience.Token));
        patience.Cancel();
        node.Run();
        Assert.True(read.IsCanceled);
        Assert.Equal(ReadRefusal.Backlog, Result(Read(node)).Refusal);
        Answer(node, 1, round: 1);
        var other = Read(node);
        Answer(node, 1, round: 2);
        Assert.True(Result(other).IsReady);
    }

    [Fact]
    public void A_read_that_is_cancelled_before_it_begins_asks_nobody()
    {
        var node = Leading();
        Assert.True(node.Do(one => one.ReadBarrierAsync(new CancellationToken(canceled: true))).IsCanceled);
        Assert.Equal(0, node.Transport.Sent.OfType<AppendEntries>().Max(message => message.Round));
    }

    [Fact]
    public void A_read_that_waits_for_a_round_fails_when_the_node_stops()
    {
        var node = Leading();
        var read = Read(node);
        Assert.True(node.Dispose().IsCompletedSuccessfully);
        Assert.Throws<ObjectDisposedException>(() => read.GetAwaiter().GetResult());
        Assert.Throws<ObjectDisposedException>(() => Read(node).GetAwaiter().GetResult());
    }

    [Fact]
    public void A_read_that_waits_for_the_service_fails_when_the_node_stops()
    {
        var node = Following();
        var read = Read(node);
        node.Deliver(new ReadIndexReply(S2, S1, new Term(1), Asked(node), new LogIndex(2)));
        Assert.True(node.Dispose().IsCompletedSuccessfully);
        Assert.Throws<ObjectDisposedException>(() => read.GetAwaiter().GetResult());
    }

    // A leader of term 1 whose first entry, a no-op, is committed.
    private static SteppedNode Leading(RaftNodeOptions? options = null)
    {
        var node = SteppedNode.Start(options ?? _options);
        node.Elect();
        Answer(node, 1, round: 0);
        Assert.Equal(new LogIndex(1), node.Status.CommitIndex);
        return node;
    }

    // A follower of S2 in term 1, with two entries that its service has not applied.
    private static SteppedNode Following()
    {
        var node = SteppedNode.Start(_options);
        node.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 2, 1, 1));
        Assert.Equal(new LogIndex(2), node.Status.CommitIndex);
        return node;
    }

    private static Task<ReadBarrier> Read(SteppedNode node) => node.Do(one => one.ReadBarrierAsync());

    private static void Answer(SteppedNode node, long lastIndex, long round) => node.Deliver(
        new AppendEntriesReply(S2, S1, node.Status.Term, Success: true, new LogIndex(lastIndex), Round: round));

    private static long Asked(SteppedNode node) => node.Transport.Sent.OfType<ReadIndexRequest>().Last().Id;

    private static void Drain(SteppedNode node)
    {
        while (node.Do(one => one.Committed.TryRead(out _)))
        {
            // The service applies it.
        }
    }

    private static ReadBarrier Result(Task<ReadBarrier> read)
    {
        Assert.True(read.IsCompletedSuccessfully, $"The read is {read.Status}.");
        return read.GetAwaiter().GetResult();
    }
}
