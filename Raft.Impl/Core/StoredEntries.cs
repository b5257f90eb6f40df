namespace Raft.Impl.Core;

/// <summary>
/// The entries that a server leaves in its storage when it starts, and how to read them back. A server with such a storage holds only a
/// part of its log in memory (<see cref="CacheBytes"/>).
/// </summary>
public sealed class StoredEntries
{
    /// <summary>Describes the entries that follow the snapshot and are not loaded.</summary>
    /// <param name="reader">Reads entries back: these, and all that become durable later.</param>
    /// <param name="cacheBytes">How many bytes of entries may stay in memory once they are committed and durable; at least 0.</param>
    /// <param name="count">The number of the entries that are not loaded.</param>
    /// <param name="size">The bytes that they count toward limits (<see cref="LogEntry.Size"/>).</param>
    /// <param name="terms">
    /// Their terms, oldest first: the index of the first entry of each term, and the term. They may go on for the loaded entries.
    /// </param>
    /// <exception cref="ArgumentNullException">The reader or the terms are null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public StoredEntries(ILogReader reader, long cacheBytes, int count, long size, IEnumerable<(LogIndex First, Term Term)> terms)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentOutOfRangeException.ThrowIfNegative(cacheBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        (Reader, CacheBytes, Count, Size, Terms) = (reader, cacheBytes, count, size, [.. terms]);
    }

    /// <summary>Reads entries back.</summary>
    public ILogReader Reader { get; }

    /// <summary>
    /// How many bytes of entries may stay in memory. Beyond it, the oldest entries that are committed and durable are released.
    /// </summary>
    public long CacheBytes { get; }

    /// <summary>The number of entries that are not loaded.</summary>
    public int Count { get; }

    /// <summary>The bytes that they count toward limits (<see cref="LogEntry.Size"/>).</summary>
    public long Size { get; }

    /// <summary>The terms of these entries, oldest first: the index of the first entry of each term, and the term.</summary>
    public IReadOnlyList<(LogIndex First, Term Term)> Terms { get; }
}
