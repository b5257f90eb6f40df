using System.Diagnostics;
using Raft.Impl.Core;
using Raft.Impl.Node;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>
/// The time of a step does not grow with what is in flight, held, or in the log. Each test takes the same steps with little and with at
/// least a hundred times as much; work that grew with it would take as many times longer.
/// </summary>
[Collection("Load")]
public class StepCostTests
{
    private const int Steps = 2_000;
    private const int Runs = 5;
    private const int FewestAttempts = 3;
    private const int MostAttempts = 10;

    // Machines are noisy, and caches are small. What grows with the amount takes 100 times longer at least.
    private const double Most = 15;

    [Fact]
    public void Steps_of_a_leader_with_many_writes_in_flight() => CostsTheSame(1_000, 100_000, writes =>
    {
        var leader = Leader(term: 5, options: new CoreOptions { MaxUncommittedBytes = long.MaxValue });
        for (var i = 0; i < writes; i++)
        {
            leader.Propose("x");
        }

        var next = 1L;
        return () =>
        {
            leader.Propose("x");
            leader.Agrees(S2, upTo: ++next);
            leader.Core.Step(new WriteDurable(next));
        };
    });

    [Fact]
    public void Steps_of_a_follower_with_many_writes_in_flight() => CostsTheSame(1_000, 100_000, writes =>
    {
        var follower = Started(term: 5);
        for (var i = 0; i < writes; i++)
        {
            Append(follower);
        }

        var next = 0L;
        return () =>
        {
            Append(follower);
            follower.Core.Step(new WriteDurable(++next));
        };
    });

    [Fact]
    public void Questions_to_many_writes_in_flight() => CostsTheSame(1_000, 1_000_000, count =>
    {
        var writes = new WritesInFlight();
        for (var i = 1; i <= count; i++)
        {
            writes.Begin(new LogIndex(i));
        }

        return () =>
        {
            var last = writes.Begin(new LogIndex(writes.LastBegun + 1));
            Assert.Equal(last, writes.LastUpTo(new LogIndex(last)));
            writes.Complete(writes.LastDurable + 1);
        };
    });

    [Fact]
    public void Refusals_at_a_follower_with_a_long_log_of_few_terms() => CostsTheSame(1_000, 1_000_000, entries =>
    {
        var follower = WithLog(1, 2, entries);
        var request = new AppendEntries(S2, S1, new Term(4), new LogIndex(entries), new Term(3), EntryList.Empty, LogIndex.Zero);
        return () => Assert.Single(follower.Step(new MessageReceived(request)).Messages);
    });

    [Fact]
    public void Refusals_at_a_leader_with_a_long_log_of_few_terms() => CostsTheSame(2 * Steps, 1_000_000, entries =>
    {
        var leader = WithLog(1, 3, entries);
        leader.Step(ElectionTimeout.Instance);
        leader.Step(new WriteDurable(1));
        leader.Step(new MessageReceived(new RequestVoteReply(S2, S1, new Term(5), VoteGranted: true)));
        return () =>
        {
            var prev = leader.ProgressOf(S2).NextIndex.Previous;
            var refusal = new AppendEntriesReply(S2, S1, new Term(5), Success: false, prev, prev, new Term(2));
            Assert.Single(leader.Step(new MessageReceived(refusal)).Messages);
        };
    });

    [Fact]
    public void Snapshots_that_agree_with_a_log_of_a_long_tail() => CostsTheSame(2 * Steps, 200 * Steps, entries =>
    {
        var follower = Started(term: 5, log: [.. Enumerable.Repeat(1L, entries)]);
        var next = 0L;
        return () => follower.InstallSnapshot(term: 5, lastIndex: ++next, lastTerm: 1);
    });

    [Fact]
    public void Appending_to_and_compacting_a_log_of_a_long_tail() => CostsTheSame(1_000, 300_000, entries =>
    {
        var log = new RaftLog(Snapshot.None, Entries(1, [.. Enumerable.Repeat(1L, entries)]).Span);
        var entry = new LogEntry(new Term(1), Command.FromText("x"));
        return () =>
        {
            log.Append(entry);
            log.ReplaceBy(new Snapshot(log.FirstIndex, new Term(1), default));
        };
    });

    [Fact]
    public void Messages_that_are_held_and_released_where_many_are_held() => CostsTheSame(1_000, 100_000, messages =>
    {
        var held = new HeldMessages();
        var last = 0L;
        for (var i = 0; i < messages; i++)
        {
            Hold();
        }

        var durable = 0L;
        return () =>
        {
            Hold();
            Assert.True(held.TryRelease(++durable, out _));
        };

        void Hold()
        {
            last++;
            held.Add(new OutgoingMessage(new AppendEntriesReply(S1, S2, new Term(5), Success: true, new LogIndex(last)), last));
        }
    });

    // A server in term 4 with a log whose first half is of one term, and its second half of another.
    private static RaftCore WithLog(long first, long second, int entries)
    {
        var log = new LogEntry[entries];
        for (var i = 0; i < entries; i++)
        {
            log[i] = new LogEntry(new Term(i < entries / 2 ? first : second), default);
        }

        var stored = new DurableState(new Term(4), null, Snapshot.None, EntryList.Of(log));
        return new RaftCore(S1, [S1, S2, S3], stored, new CoreOptions { MaxEntriesPerMessage = 1 });
    }

    private static void Append(Server follower)
    {
        var last = follower.Core.Log.LastIndex.Value;
        follower.AppendEntries(term: 5, prev: last, prevTerm: last == 0 ? 0 : 5, entries: [5]);
    }

    // Little and much take turns, so that a busy machine slows both. What a step must do shows in the best run of each. The first attempts
    // do not decide, because much may run optimized code before little does. What fails is measured again: the machine may be busy.
    private static void CostsTheSame(int little, int much, Func<int, Action> prepare)
    {
        Time(prepare(little));
        var (withLittle, withMuch) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var (stepWithLittle, stepWithMuch) = (prepare(little), prepare(much));
            for (var run = 0; run < Runs; run++)
            {
                withLittle = Least(withLittle, Time(stepWithLittle));
                withMuch = Least(withMuch, Time(stepWithMuch));
            }

            if (attempt + 1 >= FewestAttempts && withMuch < Most * withLittle)
            {
                return;
            }
        }

        Assert.Fail($"So many steps took {withMuch.TotalMilliseconds} ms with {much}, {withLittle.TotalMilliseconds} ms with {little}.");
    }

    private static TimeSpan Time(Action step)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < Steps / Runs; i++)
        {
            step();
        }

        return Stopwatch.GetElapsedTime(begun);
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
