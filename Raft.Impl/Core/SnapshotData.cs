using System.Diagnostics;
using System.Text;

namespace Raft.Impl.Core;

/// <summary>
/// The state of the service in the service's own form, or a part of it (§7): bytes that Raft carries and never interprets. They are in
/// memory, or a storage keeps them (<see cref="IsStored"/>). The bytes must not change.
/// </summary>
/// <remarks>
/// Bytes in memory are compared by value. A whole stored content is compared by its length and its checksum, with another or with bytes in
/// memory, because a comparison must not read a disk. A part of a stored content equals only the same part of the same content.
/// </remarks>
public readonly struct SnapshotData : IEquatable<SnapshotData>
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly ISnapshotContent? _content;
    private readonly long _offset;
    private readonly long _length;
    private readonly bool _isPart;

    private SnapshotData(ReadOnlyMemory<byte> bytes) => (_bytes, _length) = (bytes, bytes.Length);

    private SnapshotData(ISnapshotContent content, long offset, long length, bool isPart) =>
        (_content, _offset, _length, _isPart) = (content, offset, length, isPart);

    /// <summary>Makes snapshot data of a copy of these bytes.</summary>
    public SnapshotData(ReadOnlySpan<byte> bytes)
        : this(bytes.ToArray().AsMemory())
    {
    }

    /// <summary>The bytes, if they are in memory. <see cref="Storage.SnapshotReading"/> reads any data.</summary>
    /// <exception cref="InvalidOperationException">They are stored.</exception>
    public ReadOnlyMemory<byte> Bytes =>
        _content is null
            ? _bytes
            : throw new InvalidOperationException("The data is not in memory: read it with SnapshotReading.OpenRead or ReadAllAsync.");

    /// <summary>Whether a storage keeps the bytes; otherwise they are in memory.</summary>
    public bool IsStored => _content is not null;

    /// <summary>The number of bytes.</summary>
    public long Length => _length;

    /// <summary>The stored content that it is, or is a part of; null if the bytes are in memory.</summary>
    internal ISnapshotContent? Content => _content;

    /// <summary>Where it begins in the stored content.</summary>
    internal long Offset => _offset;

    /// <summary>Whether it is a part of a stored content, and not all of it.</summary>
    internal bool IsPart => _isPart;

    /// <summary>The checksum of the bytes, unless it is a part of a stored content.</summary>
    internal uint Checksum => _content?.Checksum ?? Binary.Checksum.Of(_bytes.Span);

    /// <summary>Snapshot data of these bytes themselves, without a copy. They must not change any more.</summary>
    public static SnapshotData Of(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>Snapshot data of a stored content, all of it.</summary>
    /// <param name="content">The content. It is complete.</param>
    /// <exception cref="ArgumentNullException">The content is null.</exception>
    public static SnapshotData Of(ISnapshotContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return new SnapshotData(content, 0, content.Length, isPart: false);
    }

    /// <summary>Snapshot data that is a text, in UTF-8.</summary>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    public static SnapshotData FromText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new SnapshotData(Encoding.UTF8.GetBytes(text).AsMemory());
    }

    /// <summary>A part of a stored content, which may still grow.</summary>
    internal static SnapshotData PartOf(ISnapshotContent content, long offset, long length) =>
        length == 0 ? default : new SnapshotData(content, offset, length, isPart: true);

    /// <summary>A part of it. Nothing is copied.</summary>
    internal SnapshotData Slice(long offset, long length) =>
        _content is null ? new SnapshotData(_bytes.Slice((int)offset, (int)length))
        : length == _length ? this
        : PartOf(_content, _offset + offset, length);

    /// <summary>
    /// Parts one after the other. Bytes in memory are copied. Stored parts are adjacent and of one content; they are not copied.
    /// </summary>
    internal static SnapshotData Join(IReadOnlyList<SnapshotData> parts)
    {
        if (parts.Count == 0)
        {
            return default;
        }

        var (first, length) = (parts[0], 0L);
        foreach (var part in parts)
        {
            if (part._content != first._content || (first.IsStored && part._offset != first._offset + length))
            {
                throw new UnreachableException("Only adjacent parts of one stored snapshot can be joined.");
            }

            length += part._length;
        }

        if (first._content is { } content)
        {
            return new SnapshotData(content, first._offset, length, isPart: first._offset > 0 || length < content.Length);
        }

        if (parts.Count == 1)
        {
            return first;
        }

        var bytes = new byte[length];
        var written = 0;
        foreach (var part in parts)
        {
            part._bytes.CopyTo(bytes.AsMemory(written));
            written += part._bytes.Length;
        }

        return new SnapshotData(bytes.AsMemory());
    }

    /// <inheritdoc/>
    public bool Equals(SnapshotData other)
    {
        if (_length != other._length)
        {
            return false;
        }

        if (_content == other._content)
        {
            return _content is null
                ? _bytes.Equals(other._bytes) || _bytes.Span.SequenceEqual(other._bytes.Span)
                : _offset == other._offset;
        }

        return !_isPart && !other._isPart && Checksum == other.Checksum;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SnapshotData other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _isPart ? (_offset.GetHashCode() * 31) + _length.GetHashCode() : (int)Checksum;

    /// <summary>
    /// The data as text, if it is in memory, short and printable. Otherwise its length, and its first bytes if they are in memory.
    /// </summary>
    public override string ToString() => _content is null ? OpaqueBytes.TextOf(_bytes.Span) : $"{_length} stored bytes";

    /// <summary>Whether both hold the same bytes.</summary>
    public static bool operator ==(SnapshotData left, SnapshotData right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(SnapshotData left, SnapshotData right) => !left.Equals(right);
}
