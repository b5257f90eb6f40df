using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Raft.Impl.Core;

namespace Raft.Tests.Core;

/// <summary>What waits for which write: as a list of all writes in flight says that is looked through each time.</summary>
public class WritesInFlightTests
{
    [Fact]
    public void Any_writes_in_any_order_are_answered_for_as_by_a_look_through_all_of_them()
    {
        // A change of the log from an index on; 0: a write that does not change the log; negative: so many writes become durable.
        var steps = Gen.Choose(-3, 8).ArrayOf(30);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(500)
                .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(2014, 7), FSharpOption<int>.None))),
            Prop.ForAll(Arb.From(steps), steps =>
            {
                var writes = new WritesInFlight();
                var all = new List<(long Sequence, LogIndex? From)>();
                foreach (var step in steps)
                {
                    if (step < 0)
                    {
                        var durable = Math.Min(writes.LastDurable - step, writes.LastBegun);
                        writes.Complete(durable);
                        all.RemoveAll(write => write.Sequence <= durable);
                    }
                    else
                    {
                        LogIndex? from = step == 0 ? null : new LogIndex(step);
                        all.Add((writes.Begin(from), from));
                    }

                    Compare(all, writes);
                }

                Compare(all, writes.Clone());
                Assert.Equal(writes, writes.Clone());
            }));
    }

    [Fact]
    public void Nothing_in_flight_holds_nothing_up()
    {
        var writes = new WritesInFlight();
        Assert.Null(writes.ChangedFrom);
        Assert.Equal(0, writes.LastUpTo(new LogIndex(7)));
        writes.Complete(writes.Begin(new LogIndex(3)));
        Assert.Null(writes.ChangedFrom);
        Assert.Equal(0, writes.LastUpTo(new LogIndex(7)));
    }

    [Fact]
    public void News_that_come_late_or_twice_take_nothing_back()
    {
        var writes = new WritesInFlight();
        writes.Begin(new LogIndex(1));
        writes.Begin(new LogIndex(2));
        writes.Complete(2);
        writes.Complete(1);
        Assert.Equal(2, writes.LastDurable);
    }

    [Fact]
    public void A_write_that_was_not_begun_is_not_durable()
    {
        var writes = new WritesInFlight();
        writes.Begin(new LogIndex(1));
        writes.Complete(long.MaxValue);
        Assert.Equal(1, writes.LastDurable);
        Assert.Equal(2, writes.Begin(new LogIndex(2)));
        Assert.Equal(2, writes.LastUpTo(new LogIndex(2)));
    }

    [Fact]
    public void A_copy_does_not_change_with_the_original()
    {
        var writes = new WritesInFlight();
        writes.Begin(new LogIndex(4));
        var copy = writes.Clone();
        writes.Begin(new LogIndex(2));
        Assert.Equal((new LogIndex(4), 1L), (copy.ChangedFrom, copy.LastBegun));
        Assert.NotEqual(copy, writes);
    }

    private static void Compare(List<(long Sequence, LogIndex? From)> all, WritesInFlight writes)
    {
        Assert.Equal(all.Min(write => write.From?.Value), writes.ChangedFrom?.Value);
        for (var index = 0L; index <= 9; index++)
        {
            var last = all.LastOrDefault(write => write.From?.Value <= index).Sequence;
            Assert.Equal(last, writes.LastUpTo(new LogIndex(index)));
        }
    }
}
