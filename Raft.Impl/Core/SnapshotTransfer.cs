namespace Raft.Impl.Core;

/// <summary>
/// A snapshot that a leader is sending to a follower (§7, Figure 13): one chunk at a time, each from the position that the follower
/// reported.
/// </summary>
/// <remarks>
/// If the follower lacks the chunk in flight, the chunk may only be late. If the follower still lacks it when it is asked again, the chunk
/// is probably lost.
/// </remarks>
/// <param name="Snapshot">The snapshot. It stays the same until it has arrived, even if the leader takes a newer one.</param>
/// <param name="Offset">The position of the first byte that is not known to have arrived: the start of the chunk in flight.</param>
/// <param name="HasLacked">Whether the follower lacked the chunk when it was asked after the chunk was sent.</param>
/// <param name="AskedSince">
/// Whether a heartbeat has asked for the chunk since it was sent, or since the follower reported that it lacked the chunk.
/// </param>
internal sealed record SnapshotTransfer(Snapshot Snapshot, long Offset = 0, bool HasLacked = false, bool AskedSince = false)
{
    /// <summary>The next chunk.</summary>
    public SnapshotData NextChunk(int maxBytes) => Snapshot.Data.Slice(Offset, Math.Min(maxBytes, Snapshot.Data.Length - Offset));
}
