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
    [InlineData("07020401", "no kind 7 (byte 0)")]
    [InlineData("020204", "ends after 3 bytes, in the middle of the term")]
    [InlineData("0202040502", "voteGranted must be 0 or 1, not 2 (byte 4)")]
    [InlineData("020204050100", "1 bytes follow its end (byte 5)")]
    [InlineData("0202048500", "the term is written longer than it need be (byte 3)")]
    [InlineData("02020480808080808080808001", "the term does not fit into 63 bits (byte 3)")]
    [InlineData("02020480808080808080808002", "the term does not fit into 64 bits (byte 3)")]
    [InlineData("02808080801004", "the sender does not fit into 32 bits (byte 1)")]
    [InlineData("03020405000000FFFFFFFF0F", "the length of the entries is 4294967295, but only 0 bytes follow (byte 7)")]
    [InlineData("030204050000000105FF0161", "the length of an entry's command is 255, but only 1 bytes follow (byte 9)")]
    public void Damage_is_told_in_words_with_its_place(string bytes, string told)
    {
        var error = Assert.Throws<InvalidDataException>(() => MessageCodec.Decode(Convert.FromHexString(bytes)));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_form_of_a_message_stays_as_it_is()
    {
        var message = new AppendEntries(
            S1, S2, new Term(5), new LogIndex(300), new Term(4), EntryList.Of(new LogEntry(new Term(5), Command.FromText("x=1"))), new LogIndex(299));
        Assert.Equal("03020405AC0204AB02010503783D31", Convert.ToHexString(MessageCodec.Encode(message)));
    }

    [Fact]
    public void A_heartbeat_is_small()
    {
        var heartbeat = new AppendEntries(S1, S2, new Term(12), new LogIndex(1000), new Term(12), EntryList.Empty, new LogIndex(1000));
        Assert.InRange(MessageCodec.Encode(heartbeat).Length, 1, 12);
    }

    [Fact]
    public void A_message_of_an_unknown_kind_is_not_sent() =>
        Assert.Contains("no form for Greeting", Assert.Throws<ArgumentException>(() => MessageCodec.Encode(new Greeting())).Message, StringComparison.Ordinal);

    [Fact]
    public void A_negative_term_is_not_sent() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MessageCodec.Encode(new RequestVoteReply(S1, S2, new Term(-1), true)));

    private sealed record Greeting() : Message(S1, S2, new Term(1))
    {
        protected override string Content => string.Empty;
    }
}
