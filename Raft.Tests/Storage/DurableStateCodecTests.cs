using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Tests.Transport;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Storage;

public class DurableStateCodecTests
{
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(1000)
        .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(2014, 7), FSharpOption<int>.None)));

    // Sound ones: terms never fall, and the current one is the latest.
    private static readonly Gen<DurableState> States =
        from terms in Gen.Choose(1, 1_000_000).ArrayOf(8)
        from commands in Messages.Command.ArrayOf(5)
        from count in Gen.Choose(0, 5)
        from snapshotIndex in Gen.Elements(0L, 1, 9, 1L << 40)
        from snapshot in Messages.Command
        from vote in Messages.Server
        from hasVote in Gen.Elements(true, false)
        let sorted = terms.Order().ToArray()
        select new DurableState(
            new Term(sorted[7]),
            hasVote ? vote : null,
            snapshotIndex == 0
                ? Snapshot.None
                : new Snapshot(new LogIndex(snapshotIndex), new Term(sorted[0]), SnapshotData.Of(snapshot.Bytes)),
            EntryList.Of([.. commands.Take(count).Select((command, i) => new LogEntry(new Term(sorted[i + 1]), command))]));

    [Fact]
    public void Every_state_comes_back_as_it_was() => Check.One(
        Config,
        Prop.ForAll(
            Arb.From(States), state => DurableStateCodec.Decode(DurableStateCodec.Encode(state), state.Snapshot.Data).Equals(state)));

    [Fact]
    public void No_state_is_taken_for_whole_that_lacks_its_end() => Check.One(Config, Prop.ForAll(Arb.From(States), state =>
    {
        var bytes = DurableStateCodec.Encode(state);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => DurableStateCodec.Decode(bytes.AsSpan(0, length), state.Snapshot.Data));
        }
    }));

    [Fact]
    public void The_snapshots_data_counts_nothing()
    {
        var small = DurableState.Initial with
        {
            Term = new Term(1),
            Snapshot = new Snapshot(new LogIndex(9), new Term(1), SnapshotData.FromText("x")),
        };
        var large = small with { Snapshot = small.Snapshot with { Data = SnapshotData.FromText(new string('x', 10_000)) } };
        Assert.Equal(DurableStateCodec.Encode(small), DurableStateCodec.Encode(large));
    }

    [Theory]
    [InlineData("", "in the middle of its version")]
    [InlineData("02", "its version is 2, not 1")]
    [InlineData("01030000000001", "1 bytes follow its end")]
    [InlineData("01000102000000", "it holds a vote for S1 in term 0")]
    [InlineData("0101000000010200", "the log reaches term 2, but the current term is 1")]
    public void Damage_and_contradictions_are_told_in_words(string bytes, string told)
    {
        var error = Assert.Throws<InvalidDataException>(() => DurableStateCodec.Decode(Convert.FromHexString(bytes), default));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_of_many_empty_entries_is_decoded_in_a_small_multiple_of_its_bytes()
    {
        var entries = EntryList.Of([.. Enumerable.Repeat(new LogEntry(new Term(1), default), 1 << 20)]);
        var bytes = DurableStateCodec.Encode(new DurableState(new Term(1), null, Snapshot.None, entries));
        Assert.InRange(Allocation.Of(() => DurableStateCodec.Decode(bytes, default)), 1, Allocation.MostFor(bytes));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(Term.MaxValue + 1)]
    public void A_term_beyond_the_last_is_damage(long term)
    {
        var bytes = DurableStateCodec.Encode(DurableState.Initial with { Term = new Term(term) });
        var error = Assert.Throws<InvalidDataException>(() => DurableStateCodec.Decode(bytes, default));
        Assert.Contains($"the term is {term}, more than {Term.MaxValue}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_form_of_a_state_stays_as_it_is()
    {
        var state = new DurableState(
            new Term(5),
            S2,
            new Snapshot(new LogIndex(9), new Term(4), default),
            EntryList.Of(new LogEntry(new Term(5), Command.FromText("x=1"))));
        Assert.Equal("010501040904010503783D31", Convert.ToHexString(DurableStateCodec.Encode(state)));
    }
}
