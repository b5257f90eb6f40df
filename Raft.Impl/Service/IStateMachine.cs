using Raft.Impl.Core;

namespace Raft.Impl.Service;

/// <summary>
/// The service that is replicated: a deterministic state machine (§2). From the same snapshot and the same entries, it must come to the
/// same state and the same answers on every server. <see cref="Applier"/> drives it, one call at a time.
/// </summary>
/// <remarks>
/// If a call throws, the state machine is in no known state. Then the node stops (<see cref="Node.StateMachineException"/>). So a command
/// that a client got wrong must have an answer that says so, the same on every server, and not an exception.
/// </remarks>
public interface IStateMachine
{
    /// <summary>Applies committed entries, in their order.</summary>
    /// <param name="entries">The entries, at least one. None is a snapshot. Indexes that are missing between them hold no command.</param>
    /// <param name="cancellationToken">Cancelled when the node stops.</param>
    /// <returns>An answer for each entry, in the same order. It goes to the caller of <see cref="Node.RaftNode.ReplicateAsync"/>.</returns>
    Task<IReadOnlyList<ReadOnlyMemory<byte>>> ApplyAsync(IReadOnlyList<ApplyMessage> entries, CancellationToken cancellationToken);

    /// <summary>Writes the whole state.</summary>
    /// <param name="destination">
    /// Receives the state. It belongs to the caller. What is written with synchronous calls waits in memory for the next asynchronous one.
    /// </param>
    /// <param name="cancellationToken">Cancelled when the node stops.</param>
    Task SnapshotAsync(Stream destination, CancellationToken cancellationToken);

    /// <summary>Replaces the whole state by one that <see cref="SnapshotAsync"/> wrote, here or on another server.</summary>
    /// <param name="source">
    /// The state, up to the end of the stream. It belongs to the caller. If the storage keeps the snapshot in a file, it supports only
    /// asynchronous calls, so that no read of the disk blocks.
    /// </param>
    /// <param name="cancellationToken">Cancelled when the node stops.</param>
    Task RestoreAsync(Stream source, CancellationToken cancellationToken);
}
