using System.Text;

namespace Raft.Impl.Core;

/// <summary>
/// The state of the service in the service's own form, or a part of it (§7): bytes that Raft carries and never interprets. Compared by
/// value. The bytes must not change.
/// </summary>
public readonly struct SnapshotData : IEquatable<SnapshotData>
{
    private SnapshotData(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>Makes snapshot data of a copy of these bytes.</summary>
    public SnapshotData(ReadOnlySpan<byte> bytes) => Bytes = bytes.ToArray();

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The number of bytes.</summary>
    public int Length => Bytes.Length;

    /// <summary>Snapshot data of these bytes themselves, without a copy. They must not change any more.</summary>
    public static SnapshotData Of(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>Snapshot data that is a text, in UTF-8.</summary>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    public static SnapshotData FromText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new SnapshotData(Encoding.UTF8.GetBytes(text).AsMemory());
    }

    /// <inheritdoc/>
    public bool Equals(SnapshotData other) => Bytes.Equals(other.Bytes) || Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SnapshotData other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => OpaqueBytes.HashOf(Bytes.Span);

    /// <summary>The data as text, if it is short and printable; otherwise its length and its first bytes.</summary>
    public override string ToString() => OpaqueBytes.TextOf(Bytes.Span);

    /// <summary>Whether both hold the same bytes.</summary>
    public static bool operator ==(SnapshotData left, SnapshotData right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(SnapshotData left, SnapshotData right) => !left.Equals(right);
}
