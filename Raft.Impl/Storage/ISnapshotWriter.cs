using Raft.Impl.Core;

namespace Raft.Impl.Storage;

/// <summary>
/// A snapshot that a storage keeps while it is written: its bytes come one part after the other, and need not be in memory together. What
/// was written can be read already. Calls that write come one at a time.
/// </summary>
/// <remarks>
/// A <see cref="RaftWrite"/> whose snapshot is all of its content makes it the stored one. If it is disposed of before, or the storage is
/// closed, it is deleted. If a call fails, the node stops, as for a write that fails.
/// </remarks>
public interface ISnapshotWriter : ISnapshotContent
{
    /// <summary>Adds bytes at the end. They must not change until the task completes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="IOException">The disk failed, or has no room.</exception>
    /// <exception cref="InvalidOperationException">It is complete, or another call is under way.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed of, or the storage was closed.</exception>
    Task AppendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Ends the snapshot, and makes its bytes durable. A crash still deletes it, until a write refers to it.</summary>
    /// <exception cref="IOException">The disk failed, or has no room.</exception>
    /// <exception cref="InvalidOperationException">It is complete, or another call is under way.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed of, or the storage was closed.</exception>
    Task CompleteAsync();
}
