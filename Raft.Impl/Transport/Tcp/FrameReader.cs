using System.Buffers;
using System.IO.Pipelines;
using Raft.Impl.Core;

namespace Raft.Impl.Transport.Tcp;

/// <summary>
/// Puts the frames together that arrive on a connection, in a pipe. Its memory grows with the bytes that have arrived, not with those that
/// a frame announces, up to one frame. Not thread-safe.
/// </summary>
/// <param name="maxFrameBytes">The most bytes of a message.</param>
internal sealed class FrameReader(int maxFrameBytes)
{
    // How much is read at once, in bytes.
    private const int _least = 4 << 10;
    private const int _most = 64 << 10;
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private int _missing = Frame.HeaderBytes;

    /// <summary>Memory for the bytes that arrive next.</summary>
    public Memory<byte> Room() => _pipe.Writer.GetMemory(Math.Clamp(_missing, _least, _most));

    /// <summary>Takes the bytes that have arrived in <see cref="Room"/>.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="receive">Called with each message that is complete now, in order.</param>
    /// <exception cref="InvalidDataException">They are not frames with messages, or a frame is too long.</exception>
    public void Take(int bytes, Action<Message> receive)
    {
        _pipe.Writer.Advance(bytes);

        Frame.Flush(_pipe.Writer);
        _pipe.Reader.TryRead(out var arrived);
        var left = arrived.Buffer;
        try
        {
            while (Frame.TryTake(ref left, maxFrameBytes, out var message, out _missing))
            {
                if (!message.IsEmpty)
                {
                    receive(Decode(message));
                }
            }
        }
        finally
        {
            _pipe.Reader.AdvanceTo(left.Start, left.End);
        }
    }

    private static Message Decode(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            return MessageCodec.Decode(bytes.FirstSpan);
        }

        var whole = ArrayPool<byte>.Shared.Rent((int)bytes.Length);
        try
        {
            bytes.CopyTo(whole);
            return MessageCodec.Decode(whole.AsSpan(0, (int)bytes.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }
}
