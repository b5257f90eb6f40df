namespace Raft.Impl.Core;

/// <summary>
/// The part of a snapshot that a follower has received from the leader of its term (Figure 13, receiver 2 to 4). Only memory knows of it:
/// after a crash, the transfer starts again. So it does in another term, because the snapshot of another leader may have other bytes.
/// </summary>
/// <param name="lastIndex">The last index of the snapshot.</param>
/// <param name="lastTerm">The term of the entry at that index.</param>
internal sealed class ReceivedSnapshot(LogIndex lastIndex, Term lastTerm) : IEquatable<ReceivedSnapshot>
{
    private readonly List<SnapshotData> _chunks = [];

    /// <summary>How many bytes were received, from the beginning and without a gap.</summary>
    public long Length { get; private set; }

    /// <summary>The last index of the snapshot.</summary>
    public LogIndex LastIndex => lastIndex;

    /// <summary>The term of the entry at that index.</summary>
    public Term LastTerm => lastTerm;

    /// <summary>Whether a chunk is one of this snapshot.</summary>
    public bool Includes(InstallSnapshot chunk) => Describes(chunk.LastIndex, chunk.LastTerm);

    /// <summary>
    /// Adds a chunk, if it is the next one. Any other chunk changes nothing: it is late, or a chunk before it was lost.
    /// </summary>
    /// <returns>Whether the snapshot is complete now.</returns>
    public bool Add(InstallSnapshot chunk)
    {
        if (chunk.Offset != Length)
        {
            return false;
        }

        if (chunk.Data.Length > 0)
        {
            _chunks.Add(chunk.Data);
            Length += chunk.Data.Length;
        }

        return chunk.Done;
    }

    /// <summary>The snapshot, once it is complete.</summary>
    public Snapshot ToSnapshot() => new(lastIndex, lastTerm, SnapshotData.Join(_chunks));

    /// <summary>A copy that shares nothing that can change.</summary>
    public ReceivedSnapshot Clone()
    {
        var copy = new ReceivedSnapshot(lastIndex, lastTerm) { Length = Length };
        copy._chunks.AddRange(_chunks);
        return copy;
    }

    /// <inheritdoc/>
    public bool Equals(ReceivedSnapshot? other) =>
        other is not null && other.Describes(lastIndex, lastTerm) && _chunks.SequenceEqual(other._chunks);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ReceivedSnapshot);

    /// <inheritdoc/>
    public override int GetHashCode() => (lastIndex.GetHashCode() * 31) + Length.GetHashCode();

    private bool Describes(LogIndex otherIndex, Term otherTerm) => lastIndex == otherIndex && lastTerm == otherTerm;
}
