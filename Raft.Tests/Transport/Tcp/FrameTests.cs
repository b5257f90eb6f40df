using System.Buffers;
using Raft.Impl.Binary;
using Raft.Impl.Core;
using Raft.Impl.Transport;
using Raft.Impl.Transport.Tcp;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport.Tcp;

public sealed class FrameTests
{
    private static readonly AppendEntries _message = new(
        S1, S2, new Term(5), new LogIndex(300), new Term(4), EntryList.Of(new LogEntry(new Term(5), Command.FromText("x=1"))),
        new LogIndex(299));

    [Fact]
    public void The_bytes_of_a_frame_stay_as_they_are()
    {
        var frame = Stranger.FrameOf(_message);
        var sum = BitConverter.GetBytes(Checksum.Of([16, 0, 0, 0], MessageCodec.Encode(_message)));
        Assert.Equal($"10000000{Convert.ToHexString(sum)}03020405AC0204AB0200010503783D31", Convert.ToHexString(frame));
        Assert.Equal("00000000C74B6748", Convert.ToHexString(Frame.Sign.Span));
    }

    [Fact]
    public void The_bytes_of_a_handshake_stay_as_they_are()
    {
        var hello = Stranger.Hello with { HighestVersion = 3, Kind = LinkKind.Snapshots };
        var bytes = Convert.ToHexString(hello.ToArray());
        Assert.Equal("524146545749524501000300" + "7D2CF1A43F3E4C119F0D0F4A3C7C5C11" + "02000000" + "01000000" + "01000000", bytes[..80]);
        Assert.Equal(hello, Handshake.Parse(hello.ToArray()));
    }

    [Fact]
    public void Frames_come_out_whole_however_the_bytes_are_cut()
    {
        byte[] bytes = [.. Stranger.FrameOf(_message), .. Frame.Sign.Span, .. Stranger.FrameOf(_message with { Round = 7 })];
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var step = 1; step < bytes.Length; step = (2 * step) + 1)
            {
                Assert.Equal([_message, _message with { Round = 7 }], Read(bytes, first, step));
            }
        }
    }

    [Fact]
    public void A_frame_of_many_segments_comes_out_whole()
    {
        var large = _message with { Entries = EntryList.Of(new LogEntry(new Term(5), new Command(new byte[300_000]))) };
        Assert.Equal([large], Read(Stranger.FrameOf(large), 3, 5_000));
    }

    [Fact]
    public void Every_flipped_bit_is_detected()
    {
        var frame = Stranger.FrameOf(_message);
        for (var bit = 0; bit < 8 * frame.Length; bit++)
        {
            var damaged = (byte[])frame.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                // A longer frame than was sent is incomplete.
                Assert.Empty(Read(damaged, 0, damaged.Length));
            }
            catch (InvalidDataException)
            {
                // As it must.
            }
        }
    }

    [Fact]
    public void Every_flipped_bit_of_a_handshake_is_detected()
    {
        var hello = Stranger.Hello.ToArray();
        for (var bit = 0; bit < 8 * hello.Length; bit++)
        {
            var damaged = (byte[])hello.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<InvalidDataException>(() => Handshake.Parse(damaged));
        }
    }

    [Fact]
    public void A_frame_that_announces_much_reserves_little()
    {
        byte[] header = [0xff, 0xff, 0x3f, 0, 1, 2, 3, 4];
        var taken = Allocation.Of(() =>
        {
            var reader = new FrameReader(64 << 20);
            header.CopyTo(reader.Room());
            reader.Take(header.Length, _ => { });
            _ = reader.Room();
        });
        Assert.InRange(taken, 1, 200_000);
    }

    [Fact]
    public void A_message_is_encoded_into_a_buffer_as_alone()
    {
        var buffer = new ArrayBufferWriter<byte>();
        Assert.Equal(16, MessageCodec.Encode(_message, buffer));
        Assert.Equal(MessageCodec.Encode(_message), buffer.WrittenSpan.ToArray());
    }

    private static List<Message> Read(byte[] bytes, int first, int step)
    {
        var reader = new FrameReader(4 << 20);
        var read = new List<Message>();
        for (var at = 0; at < bytes.Length;)
        {
            var room = reader.Room();
            var count = Math.Min(Math.Min(room.Length, at == 0 && first > 0 ? first : step), bytes.Length - at);
            bytes.AsMemory(at, count).CopyTo(room);
            reader.Take(count, read.Add);
            at += count;
        }

        return read;
    }
}
