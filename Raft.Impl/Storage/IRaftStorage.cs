using Raft.Impl.Core;

namespace Raft.Impl.Storage;

/// <summary>
/// Stable storage of one server: the labs' Persister. One node uses it at a time: from <see cref="OpenAsync"/> to <see cref="CloseAsync"/>.
/// </summary>
/// <remarks>
/// If <see cref="OpenAsync"/> throws, the node does not start. If <see cref="WriteAsync"/> throws or fails, the node stops, with the reason
/// in <see cref="Node.RaftNode.Completion"/>: a server that cannot write must not answer. So it does if a stored snapshot cannot be written
/// or read. If <see cref="CloseAsync"/> throws, <see cref="Node.RaftNode.Completion"/> fails with that.
/// </remarks>
public interface IRaftStorage
{
    /// <summary>Opens the storage for a node, and reads what is durable.</summary>
    /// <param name="cancellationToken">Cancels the start; then the storage is not open.</param>
    /// <exception cref="OperationCanceledException">The start was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Another node uses it.</exception>
    /// <exception cref="InvalidDataException">What is stored contradicts itself.</exception>
    /// <exception cref="IOException">
    /// What is stored cannot be read, or is damaged (<see cref="Files.StorageRefusedException"/>).
    /// </exception>
    ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a write durable. Writes take effect in the order of the calls; several may be in flight. The task completes when this write
    /// and all before it are durable. Until then, a crash may lose it, with all writes that follow. The task fails if the write cannot be
    /// made durable. Then all writes that follow fail too, and the node stops.
    /// </summary>
    /// <param name="write">The change, all of which becomes durable or none.</param>
    Task WriteAsync(RaftWrite write);

    /// <summary>
    /// Begins a snapshot whose bytes are written one part after the other. Null: the storage takes snapshots in memory only, and the node
    /// gathers them there.
    /// </summary>
    /// <exception cref="InvalidOperationException">The storage is not open.</exception>
    ISnapshotWriter? NewSnapshot() => null;

    /// <summary>
    /// Closes the storage, so that another node may open it. Completes once each write of this node is durable or has failed, so that none
    /// can become durable later, and each snapshot that was begun and that no write refers to is deleted.
    /// </summary>
    ValueTask CloseAsync();
}
