using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Raft.Impl.Core;
using Raft.Impl.Transport;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport;

public class MessageCodecTests
{
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(2000)
        .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(2014, 7), FSharpOption<int>.None)));

    [Fact]
    public void Every_message_comes_back_as_it_was() => Check.One(
        Config, Prop.ForAll(Arb.From(Messages.Any), message => MessageCodec.Decode(MessageCodec.Encode(message)).Equals(message)));

    [Fact]
    public void No_message_is_taken_for_whole_that_lacks_its_end() => Check.One(Config, Prop.ForAll(Arb.From(Messages.Any), message =>
    {
        var bytes = MessageCodec.Encode(message);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => MessageCodec.Decode(bytes.AsSpan(0, length)));
        }
    }));

    [Fact]
    public void Whatever_the_bytes_are_they_are_refused_in_words_or_are_the_only_form_of_a_message()
    {
        // A message with some bytes changed gets further than bytes at random.
        var damaged =
            from message in Messages.Any
            from changes in Gen.Choose(1, 3)
            from places in Gen.Choose(0, int.MaxValue - 1).ArrayOf(changes)
            from values in Gen.Choose(0, 255).ArrayOf(changes)
            select (Bytes: MessageCodec.Encode(message), places, values);
        Check.One(Config, Prop.ForAll(Arb.From(damaged), damage =>
        {
            var bytes = damage.Bytes;
            foreach (var (place, value) in damage.places.Zip(damage.values))
            {
                bytes[place % bytes.Length] = (byte)value;
            }

            try
            {
                Assert.Equal(bytes, MessageCodec.Encode(MessageCodec.Decode(bytes)));
            }
            catch (InvalidDataException exception)
            {
                Assert.StartsWith("A message is damaged: ", exception.Message, StringComparison.Ordinal);
            }
        }));
    }

    [Theory]
    [InlineData("", "ends after 0 bytes, in the middle of its kind")]
    [InlineData("00", "no kind 0 (byte 0)")]
    [InlineData("0C020401", "no kind 12 (byte 0)")]
    [InlineData("020204", "ends after 3 bytes, in the middle of the term")]
    [InlineData("0202040502", "voteGranted must be 0 or 1, not 2 (byte 4)")]
    [InlineData("020204050100", "1 bytes follow its end (byte 5)")]
    [InlineData("0202048500", "the term is written longer than it need be (byte 3)")]
    [InlineData("02020480808080808080808001", "the term does not fit into 63 bits (byte 3)")]
    [InlineData("02020480808080808080808002", "the term does not fit into 64 bits (byte 3)")]
    [InlineData("02020480808080808080804000", "the term is 4611686018427387904, more than 4611686018427387903 (byte 3)")]
    [InlineData("0102040580808080808080804001", "lastLogIndex is 4611686018427387904, more than 4611686018427387903 (byte 4)")]
    [InlineData("02808080801004", "the sender does not fit into 32 bits (byte 1)")]
    [InlineData("0302040500000000FFFFFFFF0F", "the length of the entries is 4294967295, but only 0 bytes follow (byte 8)")]
    [InlineData("03020405000000000105FF0161", "the length of an entry's command is 255, but only 1 bytes follow (byte 10)")]
    public void Damage_is_told_in_words_with_its_place(string bytes, string told)
    {
        var error = Assert.Throws<InvalidDataException>(() => MessageCodec.Decode(Convert.FromHexString(bytes)));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_form_of_a_message_stays_as_it_is()
    {
        var message = new AppendEntries(
            S1, S2, new Term(5), new LogIndex(300), new Term(4), EntryList.Of(new LogEntry(new Term(5), Command.FromText("x=1"))),
            new LogIndex(299));
        Assert.Equal("03020405AC0204AB0200010503783D31", Convert.ToHexString(MessageCodec.Encode(message)));
    }

    [Fact]
    public void The_forms_of_a_chunk_of_a_snapshot_and_of_its_answers_stay_as_they_are()
    {
        var chunk = new InstallSnapshot(
            S1, S2, new Term(5), new LogIndex(300), new Term(4), Offset: 1000, SnapshotData.FromText("abc"), Done: true);
        Assert.Equal("05020405AC0204E807010003616263", Hex(chunk));
        Assert.Equal("05020405AC020400000000", Hex(chunk with { Offset = 0, Data = default, Done = false }));
        Assert.Equal("06040205AC0201E80700", Hex(new InstallSnapshotReply(S2, S1, new Term(5), new LogIndex(300), Missing: 1000)));
        Assert.Equal("06040205AC020000", Hex(new InstallSnapshotReply(S2, S1, new Term(5), new LogIndex(300))));

        static string Hex(Message message) => Convert.ToHexString(MessageCodec.Encode(message));
    }

    [Fact]
    public void The_largest_numbers_there_are_come_back_as_they_were()
    {
        var last = new LogIndex(LogIndex.MaxValue);
        var message = new AppendEntries(S1, S2, Term.Max, last, Term.Max, EntryList.Of(new LogEntry(Term.Max, default)), last);
        Assert.Equal(message, MessageCodec.Decode(MessageCodec.Encode(message)));
    }

    // Memory.
    [Fact]
    public void What_a_message_counts_is_at_least_what_it_takes_on_a_network() => Check.One(
        Config, Prop.ForAll(Arb.From(Messages.Any), message => MessageCodec.Encode(message).Length <= message.Size));

    [Fact]
    public void What_decoding_takes_in_memory_is_a_small_multiple_of_the_bytes() =>
        Check.One(Config, Prop.ForAll(Arb.From(Messages.Any), message => TakesASmallMultiple(MessageCodec.Encode(message))));

    [Fact]
    public void A_message_of_the_most_empty_entries_is_decoded_in_a_small_multiple_of_its_bytes()
    {
        TakesASmallMultiple(EmptyEntries(CoreOptions.MostEntriesPerMessage, CoreOptions.MostEntriesPerMessage));
    }

    private static void TakesASmallMultiple(byte[] bytes) =>
        Assert.InRange(Allocation.Of(() => MessageCodec.Decode(bytes)), 1, Allocation.MostFor(bytes));

    [Fact]
    public void A_message_of_63_MiB_of_empty_entries_is_refused_before_anything_is_reserved_for_it()
    {
        var count = 63 << 19;
        var bytes = EmptyEntries(count, count);
        var taken = Allocation.Of(() =>
        {
            var error = Assert.Throws<InvalidDataException>(() => MessageCodec.Decode(bytes));
            Assert.Contains($"there are {count} entries, more than 65536 (byte 8)", error.Message, StringComparison.Ordinal);
        });
        Assert.InRange(taken, 1, 100_000);
    }

    [Fact]
    public void A_number_of_entries_that_is_not_there_reserves_nothing()
    {
        var bytes = EmptyEntries(1_000, 999);
        Assert.InRange(Allocation.Of(() => Assert.Throws<InvalidDataException>(() => MessageCodec.Decode(bytes))), 1, Allocation.Least);
    }

    // AppendEntries that says how many entries it has, and then has some, of term 1.
    private static byte[] EmptyEntries(int told, int count)
    {
        var heartbeat = new AppendEntries(S1, S2, new Term(5), LogIndex.Zero, Term.Zero, EntryList.Empty, LogIndex.Zero);
        var bytes = new List<byte>(MessageCodec.Encode(heartbeat)[..^1]);
        for (; told >= 0x80; told >>= 7)
        {
            bytes.Add((byte)(told | 0x80));
        }

        bytes.Add((byte)told);
        var first = bytes.Count;
        var all = new byte[first + (2 * count)];
        bytes.CopyTo(all);
        for (var i = first; i < all.Length; i += 2)
        {
            all[i] = 1;
        }

        return all;
    }

    [Fact]
    public void A_heartbeat_is_small()
    {
        var heartbeat = new AppendEntries(S1, S2, new Term(12), new LogIndex(1000), new Term(12), EntryList.Empty, new LogIndex(1000));
        Assert.InRange(MessageCodec.Encode(heartbeat).Length, 1, 12);
    }

    [Fact]
    public void A_message_of_an_unknown_kind_is_not_sent() =>
        Assert.Contains(
            "no form for UnknownMessage",
            Assert.Throws<ArgumentException>(() => MessageCodec.Encode(new UnknownMessage(S1, S2, new Term(1)))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_negative_term_is_not_sent() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MessageCodec.Encode(new RequestVoteReply(S1, S2, new Term(-1), true)));
}
