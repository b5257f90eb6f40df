using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Storage;

/// <summary>Reads snapshot data, in memory or stored.</summary>
public static class SnapshotReading
{
    /// <summary>
    /// A stream of the data, from its beginning. Stored data is read as the stream is, so it is never in memory as a whole. Then only
    /// asynchronous calls are supported, and the end of the stream checks the checksum.
    /// </summary>
    public static Stream OpenRead(this SnapshotData data) =>
        data.Content is { } content ? new StoredStream(content, data)
        : System.Runtime.InteropServices.MemoryMarshal.TryGetArray(data.Bytes, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(data.Bytes.ToArray(), writable: false);

    /// <summary>All of the data in memory.</summary>
    /// <exception cref="IOException">
    /// The data has more bytes than an array can hold, or the disk failed, or it returned other bytes than were written.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The node does not need the data any more, and has disposed of it.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAllAsync(this SnapshotData data)
    {
        if (data.Content is not { } content)
        {
            return data.Bytes;
        }

        if (data.Length > Array.MaxLength)
        {
            throw new IOException($"A snapshot of {data.Length} bytes does not fit into memory.");
        }

        var bytes = new byte[data.Length];
        await content.ReadAsync(data.Offset, bytes);
        ThrowIfOther(data, Checksum.Of(bytes));
        return bytes;
    }

    // Only the checksum of the whole is known.
    private static void ThrowIfOther(SnapshotData data, uint checksum)
    {
        if (!data.IsPart && checksum != data.Checksum)
        {
            throw new IOException("The checksum of the stored snapshot is wrong: the disk returns other bytes than were written.");
        }
    }

    // Reads ahead, so that small reads of a service do not each cost a read of the disk.
    private sealed class StoredStream(ISnapshotContent content, SnapshotData data) : Stream
    {
        private const int _mostBytes = 1 << 18;
        private readonly byte[] _buffer = new byte[Math.Min(data.Length, _mostBytes)];
        private RunningChecksum _checksum = new();
        private long _read;
        private Memory<byte> _ready;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => data.Length;

        public override long Position
        {
            get => _read - _ready.Length;
            set => throw new NotSupportedException("The stream cannot seek.");
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_ready.Length == 0 && _read < data.Length && buffer.Length > 0)
            {
                await FillAsync();
            }

            var part = _ready[..Math.Min(_ready.Length, buffer.Length)];
            part.CopyTo(buffer);
            _ready = _ready[part.Length..];
            return part.Length;
        }

        public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            await ReadAsync(buffer.AsMemory(offset, count), cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("A stored snapshot is read with asynchronous calls only: a read of the disk must not block.");

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("The stream cannot seek.");

        public override void SetLength(long value) => throw new NotSupportedException("The stream cannot be written.");

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("The stream cannot be written.");

        private async Task FillAsync()
        {
            var next = _buffer.AsMemory(0, (int)Math.Min(_buffer.Length, data.Length - _read));
            await content.ReadAsync(data.Offset + _read, next);
            _checksum.Add(next.Span);
            _read += next.Length;
            if (_read == data.Length)
            {
                ThrowIfOther(data, _checksum.Value);
            }

            _ready = next;
        }
    }
}
