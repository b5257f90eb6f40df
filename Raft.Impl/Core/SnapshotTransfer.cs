namespace Raft.Impl.Core;

/// <summary>
/// A snapshot that is on its way to a follower, as its leader sees it (§7, Figure 13): one chunk at a time, each from where the follower
/// says that it stands.
/// </summary>
/// <remarks>
/// A follower that lacks the chunk that is under way may get it yet. Once it lacks it still when it is asked again, the chunk is lost, most
/// likely.
/// </remarks>
/// <param name="Snapshot">The snapshot. It stays the same until it has arrived, though the leader may have taken another since.</param>
/// <param name="Offset">The position of the first byte that is not known to have arrived: there the chunk begins that is under way.</param>
/// <param name="HasLacked">Whether the follower, asked since the chunk was sent, lacked it.</param>
/// <param name="AskedSince">Whether a heartbeat has asked for the chunk since it was sent, or since the follower lacked it.</param>
internal sealed record SnapshotTransfer(Snapshot Snapshot, long Offset = 0, bool HasLacked = false, bool AskedSince = false)
{
    /// <summary>The chunk that is next.</summary>
    public SnapshotData NextChunk(int maxBytes) =>
        SnapshotData.Of(Snapshot.Data.Bytes.Slice((int)Offset, (int)Math.Min(maxBytes, Snapshot.Data.Length - Offset)));
}
