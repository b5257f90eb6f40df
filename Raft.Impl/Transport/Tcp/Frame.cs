using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Transport.Tcp;

/// <summary>
/// What follows the handshakes on a connection: frames, each of a header and at most one message. The header has the length of the message,
/// and the checksum of that length and the message. A frame without a message is a sign of life.
/// </summary>
internal static class Frame
{
    /// <summary>The length of the header in bytes.</summary>
    public const int HeaderBytes = 8;

    /// <summary>A sign of life.</summary>
    public static ReadOnlyMemory<byte> Sign { get; } = MakeSign();

    /// <summary>Writes a message straight into a pipe. It must be flushed after that.</summary>
    /// <param name="pipe">The pipe.</param>
    /// <param name="message">The message.</param>
    /// <param name="maxBytes">The most bytes of a message.</param>
    /// <param name="writer">A writer that no one else uses meanwhile.</param>
    /// <returns>How many bytes the frame takes; 0 if the message is longer than is allowed, so that it was not written.</returns>
    /// <exception cref="ArgumentException">The message has an unknown kind, or holds a negative term or index.</exception>
    public static int Write(PipeWriter pipe, Message message, int maxBytes, ByteWriter writer)
    {
        var room = pipe.GetMemory(HeaderBytes + MessageCodec.RoomFor(message));
        var length = MessageCodec.EncodeInto(room[HeaderBytes..], message, writer);
        if (length > maxBytes)
        {
            return 0;
        }

        WriteHeader(room.Span, length);
        pipe.Advance(HeaderBytes + length);
        return HeaderBytes + length;
    }

    /// <summary>Makes what was written visible to the reader of a pipe without a threshold: such a pipe never waits.</summary>
    public static void Flush(PipeWriter pipe)
    {
#pragma warning disable CA2012 // It is complete.
        var flushed = pipe.FlushAsync();
#pragma warning restore CA2012
        if (!flushed.IsCompleted)
        {
            throw new InvalidOperationException("A pipe without a threshold waits.");
        }
    }

    /// <summary>Takes a whole frame from the bytes that have arrived, if there is one.</summary>
    /// <param name="bytes">The bytes. Afterwards, those behind the frame.</param>
    /// <param name="maxBytes">The most bytes of a message.</param>
    /// <param name="message">The bytes of the message; empty if the frame is a sign of life.</param>
    /// <param name="missing">If there is no whole frame: how many bytes are missing at least.</param>
    /// <exception cref="InvalidDataException">The bytes are not a frame, or it is too long.</exception>
    public static bool TryTake(
        ref ReadOnlySequence<byte> bytes, int maxBytes, out ReadOnlySequence<byte> message, out int missing)
    {
        message = default;
        missing = HeaderBytes - (int)Math.Min(bytes.Length, HeaderBytes);
        if (missing > 0)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        bytes.Slice(0, HeaderBytes).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length > maxBytes)
        {
            throw new InvalidDataException($"A frame announces a message of {length} bytes; {maxBytes} are allowed.");
        }

        missing = (int)Math.Max(0, HeaderBytes + length - bytes.Length);
        if (missing > 0)
        {
            return false;
        }

        message = bytes.Slice(HeaderBytes, length);
        var sum = new RunningChecksum();
        sum.Add(header[..sizeof(uint)]);
        foreach (var part in message)
        {
            sum.Add(part.Span);
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(header[sizeof(uint)..]) != sum.Value)
        {
            throw new InvalidDataException($"A frame of {length} bytes is damaged: its checksum does not match.");
        }

        bytes = bytes.Slice(HeaderBytes + length);
        return true;
    }

    private static void WriteHeader(Span<byte> frame, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(frame, length);
        var sum = Checksum.Of(frame[..sizeof(uint)], frame.Slice(HeaderBytes, length));
        BinaryPrimitives.WriteUInt32LittleEndian(frame[sizeof(uint)..], sum);
    }

    private static byte[] MakeSign()
    {
        var sign = new byte[HeaderBytes];
        WriteHeader(sign, 0);
        return sign;
    }
}
