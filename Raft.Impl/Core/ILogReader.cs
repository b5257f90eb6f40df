namespace Raft.Impl.Core;

/// <summary>
/// Reads entries of a log back that are not held in memory. The entries of a log at given indexes never change while the log holds them, so
/// reading them back is like having them in memory, only slower. A node reads from its own loop, until it closes the storage.
/// </summary>
public interface ILogReader
{
    /// <summary>
    /// Reads entries from an index on: as many as both limits allow, or fewer, but at least one. All of them are durable. It completes
    /// before it returns, because the rules of Raft that need the entries are synchronous: it must take far less time than a heartbeat
    /// interval.
    /// </summary>
    /// <param name="first">The index of the first of them, which the log holds.</param>
    /// <param name="limit">The most entries.</param>
    /// <param name="bytes">The most bytes that they may count together (<see cref="LogEntry.Size"/>).</param>
    /// <exception cref="IOException">They cannot be read, or are damaged. The node stops.</exception>
    EntryList Read(LogIndex first, int limit, long bytes);
}
