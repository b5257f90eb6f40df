using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>Whose files a <see cref="FileStorage"/> keeps, and their sizes.</summary>
/// <remarks>
/// The sizes depend on each other, so they are checked together: if one is out of its range, the constructor of <see cref="FileStorage"/>
/// throws an <see cref="ArgumentException"/>.
/// </remarks>
public sealed record FileStorageOptions
{
    /// <summary>The cluster of the server. Each file names it, and a storage opens the files of no other.</summary>
    public required Guid ClusterId { get; init; }

    /// <summary>The server. Each file names it, and a storage opens the files of no other.</summary>
    public required ServerId ServerId { get; init; }

    /// <summary>
    /// The length of a new segment of the log in bytes: a multiple of <see cref="PageBytes"/>, at least two pages, at most 1 GiB. There is
    /// always one segment ready that is not in use. Groups that do not fit get a longer segment. Files that exist keep their length.
    /// </summary>
    public int SegmentBytes { get; init; } = 64 << 20;

    /// <summary>
    /// Each group of writes that one flush makes durable begins on a page of its own, so that no write touches a page that holds
    /// acknowledged data. It should be what the disk may damage when the power fails while it writes: a power of two from 512 to 65,536
    /// bytes. With one write at a time, each takes at least one page. A directory keeps the number that it was made with.
    /// </summary>
    public int PageBytes { get; init; } = 4096;

    /// <summary>
    /// The most bytes of writes in one group; at least 1. A write that is larger is a group by itself. It bounds how long the first write
    /// of a group waits for the others.
    /// </summary>
    public int MaxGroupBytes { get; init; } = 8 << 20;

    /// <summary>
    /// How many bytes of log entries a node holds in memory once they are committed and durable (<see cref="LogEntry.Size"/>); at least 0.
    /// Older ones are read back from the files when a follower needs them, or when the service does after a restart. Entries that are not
    /// committed are always in memory.
    /// </summary>
    public long LogCacheBytes { get; init; } = 64 << 20;

    internal static bool IsPage(int bytes) => bytes is >= Sector.Bytes and <= 65536 && (bytes & (bytes - 1)) == 0;

    internal void Validate()
    {
        if (!IsPage(PageBytes))
        {
            throw new ArgumentException($"A page must have a power of two from 512 to 65,536 bytes, not {PageBytes}.");
        }

        if (SegmentBytes < 2 * PageBytes || SegmentBytes > 1 << 30 || SegmentBytes % PageBytes != 0)
        {
            throw new ArgumentException(
                $"A segment must have whole pages of {PageBytes} bytes, at least two, and at most {1 << 30} bytes, "
                + $"not {SegmentBytes} bytes.");
        }

        if (MaxGroupBytes < 1)
        {
            throw new ArgumentException($"A group must have room for at least 1 byte, not {MaxGroupBytes}.");
        }

        if (LogCacheBytes < 0)
        {
            throw new ArgumentException($"The cache of the log cannot hold {LogCacheBytes} bytes.");
        }
    }
}
