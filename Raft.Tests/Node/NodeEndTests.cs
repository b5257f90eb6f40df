using Microsoft.Extensions.Time.Testing;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Node.SingleNode;
using static Raft.Tests.Node.SteppedNode;

namespace Raft.Tests.Node;

/// <summary>
/// The end of a node: who waits is answered at once, nothing of this life acts afterwards, and the next may start on the same storage.
/// </summary>
public class NodeEndTests
{
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(50);

    // Writes in flight.
    [Fact]
    public void A_node_that_is_disposed_of_waits_for_its_writes_so_that_the_next_one_reads_all_of_them()
    {
        // A late write of one life must not land in the next: it would go back behind what the next one read and answered.
        var time = new FakeTimeProvider();
        var storage = new InMemoryStorage(time, Slow);
        var first = Start(storage: storage, time: time);
        first.Deliver(AskForVote(S2, term: 3));
        first.Advance(50);
        Assert.Equal(new Term(3), storage.Read().Term);

        first.Deliver(AskForVote(S3, term: 5));
        var end = first.Dispose();
        Assert.False(end.IsCompleted);
        Assert.Equal(new Term(3), storage.Read().Term);
        var tooEarly = Assert.Throws<InvalidOperationException>(() => Start(storage: storage, time: time));
        Assert.Contains("Another node uses this storage", tooEarly.Message, StringComparison.Ordinal);

        first.Advance(50);
        Assert.True(end.IsCompletedSuccessfully);
        var second = Start(storage: storage, time: time);
        Assert.Equal(new Term(5), second.Status.Term);
        second.Deliver(AskForVote(S2, term: 5));
        second.Advance(50);
        Assert.Equal([new RequestVoteReply(S1, S2, new Term(5), VoteGranted: false)], second.Transport.Sent);
        Assert.Equal((new Term(5), S3), (storage.Read().Term, storage.Read().VotedFor!.Value));
    }

    [Fact]
    public async Task A_node_that_is_disposed_of_under_load_leaves_everything_to_the_next_one_which_may_start_at_once()
    {
        var storage = new InMemoryStorage(TimeProvider.System, TimeSpan.FromMilliseconds(3));
        var (term, last) = (Term.Zero, LogIndex.Zero);
        for (var life = 0; life < 10; life++)
        {
            var node = await RaftNode.StartAsync(Alone, Dependencies(storage));
            Assert.True(
                node.Status.Term >= term && node.Status.LastIndex >= last,
                $"{node.Status} lacks what the life before wrote: {last} of {term}");
            await Eventually.Holds(() => node.Status.IsLeader, "the node leads");
            var proposals = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => node.ProposeAsync(Command.FromText($"x{i}"))));
            (term, last) = (proposals[^1].Term, proposals[^1].Index);
            await Eventually.Ends(node.DisposeAsync().AsTask());
            Assert.Equal((term, last), (storage.Read().Term, new LogIndex(storage.Read().Entries.Count)));
        }
    }

    [Fact]
    public async Task A_node_that_ends_by_an_error_waits_for_its_writes_too()
    {
        var time = new FakeTimeProvider();
        var storage = new InMemoryStorage(time, Slow);
        var stepped = Start(
            storage: storage, time: time, change: dependencies => dependencies with { Random = new FailingRandom { NumbersLeft = 1 } });
        stepped.Deliver(AskForVote(S2, term: 5));
        Assert.True(stepped.Status.HasStopped);
        Assert.False(stepped.Node.Completion.IsCompleted);
        Assert.Throws<InvalidOperationException>(() => Start(storage: storage, time: time));
        stepped.Advance(50);
        await Assert.ThrowsAsync<PortFailedException>(() => Eventually.Ends(stepped.Node.Completion));
        Assert.Equal(new Term(5), Start(storage: storage, time: time).Status.Term);
    }

    [Fact]
    public async Task A_storage_that_is_stuck_is_left_after_the_stop_timeout_and_stays_refused_until_its_writes_are_done()
    {
        var time = new FakeTimeProvider();
        var storage = new InMemoryStorage(time, TimeSpan.FromMinutes(1));
        var stepped = Start(OneOfThree with { StopTimeout = TimeSpan.FromSeconds(2) }, storage, time: time);
        stepped.Deliver(AskForVote(S2, term: 5));
        var end = stepped.Dispose();
        stepped.Advance(1999);
        Assert.False(end.IsCompleted);
        stepped.Advance(1);
        Assert.True(end.IsCompletedSuccessfully);
        var failure = await Assert.ThrowsAsync<TimeoutException>(() => stepped.Node.Completion);
        Assert.Equal("The storage of S1 has not completed its writes within 00:00:02; it stays taken.", failure.Message);
        Assert.Throws<InvalidOperationException>(() => Start(storage: storage, time: time));

        stepped.Advance(60_000);
        Assert.Equal(new Term(5), Start(storage: storage, time: time).Status.Term);
    }

    [Fact]
    public void Two_nodes_on_one_storage_are_refused()
    {
        var storage = new InMemoryStorage();
        var first = Start(storage: storage);
        var transport = new RecordingTransport();
        Assert.Throws<InvalidOperationException>(() => Start(storage: storage, transport: transport));
        Assert.False(transport.IsListenedTo);

        // The one that was there keeps it.
        first.Deliver(AskForVote(S2, term: 1));
        Assert.Single(first.Transport.Sent);
        Assert.True(first.Dispose().IsCompletedSuccessfully);
        Start(storage: storage);
    }

    // Nothing acts after the end.
    [Fact]
    public void What_waits_for_a_write_is_not_sent_after_the_end()
    {
        var storage = new HeldStorage();
        var stepped = Start(storage: storage);
        stepped.Deliver(AskForVote(S2, term: 1));
        var end = stepped.Dispose();
        Assert.False(end.IsCompleted);
        storage.Release();
        stepped.Run();
        Assert.True(end.IsCompletedSuccessfully);
        Assert.Empty(stepped.Transport.Sent);
    }

    [Fact]
    public void No_timer_and_no_message_moves_a_node_that_has_stopped()
    {
        var stepped = Start();
        stepped.Transport.CloseFailure = new PortFailedException("network");
        stepped.Elect();
        var sent = stepped.Transport.Sent.Length;
        Assert.True(stepped.Dispose().IsCompletedSuccessfully);
        var status = stepped.Status;
        stepped.Advance(2000);
        stepped.Deliver(AskForVote(S2, term: 9));
        Assert.Equal((status, sent), (stepped.Status, stepped.Transport.Sent.Length));
    }

    // What is told.
    [Fact]
    public async Task A_node_that_has_stopped_neither_leads_nor_follows()
    {
        await using var node = await LeadingAsync();
        await ProposeAsync(node, 3);
        await IndexesAsync(node, 2);
        var before = node.Status;
        Assert.Equal((true, S1), (before.IsLeader, before.Leader));
        await Eventually.Ends(node.DisposeAsync().AsTask());
        Assert.Equal(before with { Role = Role.Follower, Leader = null, HasStopped = true, CommitIndex = new LogIndex(3) }, node.Status);
    }

    [Fact]
    public async Task A_service_gets_what_was_prepared_for_it_before_it_learns_of_the_failure()
    {
        var storage = new HeldStorage();
        storage.ReleaseAll();
        var stepped = Start(OneOfOne, storage);
        stepped.Elect();
        Assert.True(stepped.Propose("x").IsTaken);
        storage.WriteFailure = new PortFailedException("disk");
        stepped.Propose("y");
        Assert.True(stepped.Status.HasStopped);
        Assert.False(stepped.Node.Committed.Completion.IsCompleted);
        Assert.Equal([1L], await IndexesAsync(stepped.Node, 1));
        Assert.Equal(new LogIndex(1), stepped.Status.LastApplied);
        await Assert.ThrowsAsync<IOException>(() => Eventually.Ends(stepped.Node.Committed.WaitToReadAsync().AsTask()));
        await Assert.ThrowsAsync<IOException>(() => Eventually.Ends(stepped.Node.Committed.Completion));
    }

    // Who waits is answered.
    [Fact]
    public void Calls_that_wait_fail_as_the_end_begins_though_the_storage_is_stuck()
    {
        var storage = new HeldStorage();
        storage.ReleaseAll();
        var stepped = Start(OneOfOne, storage);
        stepped.Elect();
        stepped.Propose("x");
        Assert.True(stepped.Node.Committed.TryRead(out _));
        storage.Hold();
        var compaction = stepped.Do(node => node.CompactAsync(new LogIndex(1), default));
        var reading = stepped.Do(node => node.Committed.WaitToReadAsync().AsTask());
        Assert.Equal((false, false), (compaction.IsCompleted, reading.IsCompleted));
        var (proposal, end) = stepped.Do(node => (node.ProposeAsync(default), node.DisposeAsync().AsTask()));
        Assert.Equal((true, true, false), (compaction.IsFaulted, reading.IsCompletedSuccessfully, end.IsCompleted));
        Assert.IsType<ObjectDisposedException>(proposal.Exception?.InnerException);
        Assert.IsType<ObjectDisposedException>(compaction.Exception?.InnerException);
    }

    [Fact]
    public void A_token_ends_the_wait_for_a_proposal_and_for_a_compaction_and_not_what_was_begun()
    {
        var storage = new HeldStorage();
        storage.ReleaseAll();
        var stepped = Start(OneOfOne, storage);
        stepped.Elect();
        using var patience = new CancellationTokenSource();
        var proposal = stepped.Do(node =>
        {
            var call = node.ProposeAsync(Command.FromText("x"), patience.Token);
            patience.Cancel();
            return call;
        });
        Assert.True(proposal.IsCanceled);
        Assert.Equal(new LogIndex(1), stepped.Status.LastIndex);
        Assert.True(stepped.Do(node => node.ProposeAsync(Command.FromText("y"), patience.Token)).IsCanceled);
        Assert.Equal(new LogIndex(1), stepped.Status.LastIndex);
        Assert.True(stepped.Node.Committed.TryRead(out _));
        storage.Hold();
        using var other = new CancellationTokenSource();
        var compaction = stepped.Do(node => node.CompactAsync(new LogIndex(1), default, other.Token));
        Assert.False(compaction.IsCompleted);
        other.Cancel();
        stepped.Run();
        Assert.True(compaction.IsCanceled);
        Assert.Equal(new LogIndex(1), stepped.Status.SnapshotIndex);
        Assert.True(stepped.Do(node => node.CompactAsync(new LogIndex(1), default, other.Token)).IsCanceled);
        Assert.True(stepped.Do(node => node.ProposeAsync(Command.FromText("z"))).IsCompletedSuccessfully);
    }

    [Fact]
    public Task Everything_that_waits_is_answered_whenever_the_end_comes() => EverythingIsAnswered(rounds: 150);

    [Fact]
    [Trait("Category", "Load")]
    public Task Everything_that_waits_is_answered_whenever_the_end_comes_in_a_thousand_rounds() => EverythingIsAnswered(rounds: 1000);

    private static async Task EverythingIsAnswered(int rounds)
    {
        const int threads = 4;
        var soonest = new SoonestElections();
        for (var round = 0; round < rounds; round++)
        {
            var storage = round % 2 == 0 ? new InMemoryStorage() : new InMemoryStorage(TimeProvider.System, TimeSpan.FromMilliseconds(1));
            var node = await Task.Run(() => RaftNode.StartAsync(Alone, Dependencies(storage) with { TimeProvider = soonest }));
            var (started, calls) = (0, new List<Task>[threads]);
            var callers = Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
            {
                Interlocked.Increment(ref started);
                calls[thread] = CallUntilTheEnd(node, thread);
            })).ToArray();
            while (Volatile.Read(ref started) < threads || (!node.Status.IsLeader && round % 3 > 0))
            {
                await Task.Yield();
            }

            await Eventually.Ends(Task.WhenAll([node.DisposeAsync().AsTask(), node.DisposeAsync().AsTask()]));
            await Eventually.Ends(Task.WhenAll(callers));
            foreach (var call in calls.SelectMany(all => all))
            {
                // An answer, or the end.
                await Eventually.Ends(call.ContinueWith(_ => { }, TaskScheduler.Default));
                Assert.True(call.IsCompletedSuccessfully || call.Exception?.InnerException is ObjectDisposedException, $"{call.Exception}");
            }

            Assert.True(node.Completion.IsCompletedSuccessfully);
            await storage.OpenAsync();
        }
    }

    private static List<Task> CallUntilTheEnd(RaftNode node, int thread)
    {
        var calls = new List<Task>();
        try
        {
            // Bounded, so that the machine is not busy for long with what one round left.
            for (var i = 0; i < 2000; i++)
            {
                calls.Add(node.ProposeAsync(Command.FromText("x")));
                if (i % 16 == thread)
                {
                    if (node.Committed.TryRead(out var message))
                    {
                        calls.Add(node.CompactAsync(message.Index, default));
                    }

                    calls.Add(node.CompactAsync(LogIndex.Zero, default));
                    calls.Add(node.Committed.WaitToReadAsync().AsTask());
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // The end.
        }

        return calls;
    }

    // The clock of the system, but that elections do not have to be waited for.
    private sealed class SoonestElections : TimeProvider
    {
        private long _ahead;

        public override long TimestampFrequency => System.TimestampFrequency;

        public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Add(ref _ahead, System.TimestampFrequency);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(callback, state, dueTime, period);

        private sealed class Timer(TimerCallback callback, object? state, TimeSpan firstDueTime, TimeSpan firstPeriod) : ITimer
        {
            private readonly ITimer _timer = System.CreateTimer(callback, state, firstDueTime, firstPeriod);

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                var isOfElection = dueTime > TimeSpan.Zero && dueTime < TimeSpan.FromSeconds(1);
                return _timer.Change(isOfElection ? TimeSpan.FromMilliseconds(1) : dueTime, period);
            }

            public void Dispose() => _timer.Dispose();

            public ValueTask DisposeAsync() => _timer.DisposeAsync();
        }
    }
}
