using Microsoft.Extensions.Time.Testing;
using Raft.Impl.Core;
using Raft.Tests.Storage;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Node.SingleNode;
using static Raft.Tests.Node.SteppedNode;

namespace Raft.Tests.Node;

/// <summary>
/// The election timer: it counts from the last message of a leader that the node has handled, however late the node comes to handle
/// anything.
/// </summary>
public class NodeTimerTests
{
    private static AppendEntries Heartbeat => Append(term: 1, prev: 0, prevTerm: 0, commit: 0);

    [Fact]
    public void An_election_begins_once_the_timeout_has_passed_without_a_heartbeat()
    {
        var stepped = Start();
        stepped.Deliver(Heartbeat);
        stepped.Advance(399);
        Assert.Equal(Role.Follower, stepped.Status.Role);
        stepped.Advance(401);
        Assert.NotEqual(Role.Follower, stepped.Status.Role);
    }

    [Fact]
    public void A_heartbeat_that_waits_in_the_inbox_as_the_timer_runs_out_puts_the_election_off()
    {
        var stepped = Start();
        stepped.Deliver(Heartbeat);
        stepped.Transport.Deliver(Heartbeat);
        stepped.Time.Advance(5000);
        stepped.Run();
        Assert.Equal(Role.Follower, stepped.Status.Role);
        stepped.Advance(399);
        Assert.Equal(Role.Follower, stepped.Status.Role);
        stepped.Advance(401);
        Assert.NotEqual(Role.Follower, stepped.Status.Role);
    }

    [Fact]
    public void A_run_of_the_timer_that_was_over_before_it_was_set_anew_begins_no_election()
    {
        // The timer's callback is under way on another thread as the heartbeat is handled, and posts its news afterwards.
        var time = new FakeTimeProvider();
        var timers = new HeldTimers(time);
        var stepped = Start(time: time, change: dependencies => dependencies with { TimeProvider = timers });
        stepped.Deliver(Heartbeat);
        var late = timers.Hold(800);
        Assert.NotEmpty(late);
        stepped.Deliver(Heartbeat);
        foreach (var callback in late.Reverse())
        {
            callback();
        }

        stepped.Run();
        Assert.Equal((Role.Follower, new Term(1)), (stepped.Status.Role, stepped.Status.Term));
        stepped.Advance(399);
        Assert.Equal(Role.Follower, stepped.Status.Role);
        stepped.Advance(401);
        Assert.NotEqual(Role.Follower, stepped.Status.Role);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.9)]
    [InlineData(3.7)]
    public void A_timer_that_runs_out_too_early_begins_no_election_before_its_time(double milliseconds)
    {
        var time = new FakeTimeProvider();
        var early = new EarlyTime(time, TimeSpan.FromMilliseconds(milliseconds));
        var stepped = Start(time: time, change: dependencies => dependencies with { TimeProvider = early });
        stepped.Deliver(Heartbeat);
        var timeout = 0;
        while (stepped.Status.Role == Role.Follower)
        {
            // In steps that see a timer run out within a millisecond.
            for (var tenth = 0; tenth < 10; tenth++)
            {
                stepped.Time.Advance(TimeSpan.FromMilliseconds(0.1));
                stepped.Run();
            }

            timeout++;
        }

        // The source of randomness has the timeout drawn in a second run, on a timer that keeps its time.
        var exact = Start();
        exact.Deliver(Heartbeat);
        exact.Advance(timeout - 2);
        Assert.Equal(Role.Follower, exact.Status.Role);
        exact.Advance(2);
        Assert.NotEqual(Role.Follower, exact.Status.Role);
    }

    [Fact]
    public void No_election_begins_sooner_after_a_heartbeat_than_the_shortest_timeout_whatever_keeps_the_node_busy()
    {
        var elections = 0;
        for (var seed = 1; seed <= 200; seed++)
        {
            var random = new Random(seed);
            var time = new FakeTimeProvider();
            var audit = new ElectionAudit(time, OneOfThree.MinElectionTimeout);
            var stepped = Start(time: time, change: dependencies => dependencies with { Observer = audit, Random = new Random(seed) });
            for (var step = 0; step < 100; step++)
            {
                // The node handles nothing for a while; messages arrive in between, and its timer may run out.
                for (var i = random.Next(4); i > 0; i--)
                {
                    time.Advance(random.Next(random.Next(5) == 0 ? 900 : 150));
                    stepped.Transport.Deliver(Append(stepped.Status.Term.Value + random.Next(2), prev: 0, prevTerm: 0, commit: 0));
                }

                time.Advance(random.Next(200));
                stepped.Run();
            }

            Assert.Null(audit.TooEarly);
            elections += audit.Elections;
        }

        Assert.True(elections > 1000, $"Only {elections} elections began.");
    }

    [Fact]
    public void A_node_that_does_not_hear_that_its_vote_is_durable_begins_no_further_election()
    {
        var storage = new HeldStorage();
        var stepped = Start(storage: storage);
        stepped.Advance(30_000);
        Assert.Equal((new Term(1), Role.Candidate), (stepped.Status.Term, stepped.Status.Role));
        Assert.Empty(stepped.Transport.Sent);

        // Only the requests of this election leave, and only one for each.
        storage.Release();
        stepped.Run();
        Assert.Equal([S2, S3], stepped.Transport.Sent.Select(message => Assert.IsType<RequestVote>(message).To));
        Assert.All(stepped.Transport.Sent, message => Assert.Equal(new Term(1), message.Term));
    }

    [Fact]
    public void A_node_that_learns_of_a_later_term_while_its_vote_is_being_written_does_not_ask_for_votes_any_more()
    {
        var storage = new HeldStorage();
        var stepped = Start(storage: storage);
        stepped.Advance(800);
        Assert.Equal(Role.Candidate, stepped.Status.Role);
        stepped.Deliver(Append(term: 5, prev: 0, prevTerm: 0, commit: 0));
        storage.ReleaseAll();
        stepped.Run();
        Assert.Equal([new AppendEntriesReply(S1, S2, new Term(5), Success: true, LogIndex.Zero)], stepped.Transport.Sent);
    }

    [Fact]
    public void A_node_that_follows_the_leader_of_its_term_by_the_time_its_vote_is_durable_does_not_ask_for_votes_any_more()
    {
        var storage = new HeldStorage();
        var stepped = Start(storage: storage);
        stepped.Advance(800);
        Assert.Equal((Role.Candidate, new Term(1)), (stepped.Status.Role, stepped.Status.Term));
        stepped.Deliver(Heartbeat);
        storage.ReleaseAll();
        stepped.Run();
        Assert.Equal([new AppendEntriesReply(S1, S2, new Term(1), Success: true, LogIndex.Zero)], stepped.Transport.Sent);
    }

    [Fact]
    public void A_leader_is_elected_though_every_write_takes_longer_than_an_election()
    {
        var time = new FakeTimeProvider();
        var storage = new Raft.Impl.Storage.InMemoryStorage(time, TimeSpan.FromMilliseconds(900));
        var alone = Start(OneOfOne, storage, time: time);
        alone.Advance(3000);
        Assert.True(alone.Status.IsLeader);
        Assert.Equal(new Term(1), alone.Status.Term);
    }

    // Timers that run out before their time.
    private sealed class EarlyTime(FakeTimeProvider time, TimeSpan early) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(time.CreateTimer(callback, state, dueTime, period), early);

        private sealed class Timer(ITimer timer, TimeSpan early) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime > early ? dueTime - early : dueTime, period);

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
