using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// Checks the chunks of a stored snapshot that are read to be sent, for all followers. A chunk may be read several times, and a follower
/// may get any of the readings, so each must have the same bytes. Read from the beginning to the end, they must be what was written.
/// </summary>
/// <param name="content">The snapshot.</param>
internal sealed class ChunksRead(ISnapshotContent content)
{
    private readonly Dictionary<long, (int Length, uint Checksum)> _chunks = [];
    private RunningChecksum _all = new();
    private long _length;

    /// <summary>Adds a reading of a chunk. False: the disk returned other bytes, now or earlier.</summary>
    /// <param name="offset">Where the chunk begins.</param>
    /// <param name="bytes">What was read.</param>
    public bool TryAdd(long offset, ReadOnlySpan<byte> bytes)
    {
        var reading = (bytes.Length, Checksum.Of(bytes));
        if (!_chunks.TryAdd(offset, reading) && _chunks[offset] != reading)
        {
            return false;
        }

        if (offset == _length)
        {
            _all.Add(bytes);
            _length += bytes.Length;
        }

        return _length < content.Length || _all.Value == content.Checksum;
    }
}
