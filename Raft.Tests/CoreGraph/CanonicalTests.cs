using Raft.Impl.Core;
using Raft.Tests.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.CoreGraph;

/// <summary>A canonical copy behaves as the server does, and forgets what makes no difference.</summary>
public sealed class CanonicalTests
{
    [Fact]
    public void Two_servers_that_differ_only_in_the_numbers_of_their_writes_have_equal_copies()
    {
        var leader = Leader(term: 5);
        leader.Propose("a");
        leader.WritesComplete();
        leader.Core.Step(new MessageReceived(new AppendEntriesReply(S2, S1, new Term(5), Success: true, new LogIndex(1))));
        leader.Propose("b");
        var other = Leader(term: 5);
        other.Core.Step(new Propose(Command.FromText("a"), Command.FromText("b")));

        // Both are in term 5 with two entries, of which the last is in flight; but the other has one write for both.
        Assert.NotEqual(leader.Core.Canonical(), other.Core.Canonical());

        var early = Started(term: 5);
        var late = Started(term: 3);
        late.AppendEntries(term: 4);
        late.WritesComplete();
        late.AppendEntries(term: 5);
        late.WritesComplete();
        early.AppendEntries(term: 5);
        Assert.NotEqual(early.Core, late.Core);
        Assert.Equal(early.Core.Canonical(), late.Core.Canonical());
        Assert.Equal(early.Core.Canonical().GetHashCode(), late.Core.Canonical().GetHashCode());
    }

    [Fact]
    public void A_write_in_flight_makes_a_difference()
    {
        var durable = Started(term: 4);
        durable.AppendEntries(term: 5);
        durable.WritesComplete();
        var inFlight = Started(term: 4);
        inFlight.AppendEntries(term: 5);

        Assert.NotEqual(durable.Core.Canonical(), inFlight.Core.Canonical());
    }

    [Fact]
    public void A_canonical_copy_of_a_canonical_copy_is_the_same()
    {
        var leader = Leader(term: 5, log: [1, 4]);
        leader.Propose("in flight");

        Assert.Equal(leader.Core.Canonical(), leader.Core.Canonical().Canonical());
    }

    // Both take the same inputs. Only the numbers of writes differ.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_copy_goes_on_as_the_original_does(int seed)
    {
        var random = new Random(seed);
        var compared = 0;
        void Compare(RaftCore core, Input input)
        {
            if (random.Next(4) > 0)
            {
                return;
            }

            var one = core.Clone();
            var other = core.Canonical();
            var offset = core.LastDurableWrite;
            var outputOfOne = one.Step(input);
            var outputOfOther = other.Step(input is WriteDurable write ? new WriteDurable(write.Sequence - offset) : input);
            Assert.Equal(one.Canonical(), other.Canonical());
            Assert.Equal(
                outputOfOne.Messages.Select(sent => sent with { After = Math.Max(0, sent.After - offset) }),
                outputOfOther.Messages.Select(sent => sent with { After = Math.Max(0, sent.After) }));
            Assert.Equal(
                outputOfOne.Write is { } written ? written with { Sequence = written.Sequence - offset } : null, outputOfOther.Write);
            Assert.Equal(outputOfOne.Apply, outputOfOther.Apply);
            Assert.Equal(outputOfOne.Proposals, outputOfOther.Proposals);
            Assert.Equal(outputOfOne.ElectionTimer, outputOfOther.ElectionTimer);
            Assert.Equal(outputOfOne.HeartbeatTimer, outputOfOther.HeartbeatTimer);
            compared++;
        }

        var walk = new RandomWalk(cluster: 3, seed) { Stepping = Compare };
        walk.Go(20_000);

        Assert.InRange(compared, 1_000, 20_000);
    }
}
