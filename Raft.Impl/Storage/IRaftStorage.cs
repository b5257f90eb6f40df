using Raft.Impl.Core;

namespace Raft.Impl.Storage;

/// <summary>
/// Stable storage of one server: the labs' Persister. One node uses it at a time: from <see cref="OpenAsync"/> to <see cref="CloseAsync"/>.
/// </summary>
/// <remarks>
/// If <see cref="OpenAsync"/> throws, the node does not start. If <see cref="WriteAsync"/> throws or fails, the node stops, with the reason
/// in <see cref="Node.RaftNode.Completion"/>: a server that cannot write must not answer. If <see cref="CloseAsync"/> throws, that is how
/// the node ended.
/// </remarks>
public interface IRaftStorage
{
    /// <summary>Takes the storage for a node, and reads what is durable.</summary>
    /// <param name="cancellationToken">Cancels the start; the storage is not taken then.</param>
    /// <exception cref="InvalidOperationException">Another node uses it.</exception>
    /// <exception cref="InvalidDataException">What is stored is damaged.</exception>
    ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a write durable. Writes take effect in the order of the calls; several may be in flight. The task completes when this write
    /// and all before it are durable; until then a crash may lose it, and then loses all that follow it too. It fails if the write cannot
    /// be made durable; then all that follow it fail too, and the node stops.
    /// </summary>
    /// <param name="write">The change, all of which becomes durable or none.</param>
    Task WriteAsync(RaftWrite write);

    /// <summary>
    /// Gives the storage back, so that another node may open it. Completes once no write of this node can become durable any more: each is
    /// durable, or failed.
    /// </summary>
    ValueTask CloseAsync();
}
