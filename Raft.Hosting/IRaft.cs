using Raft.Impl.Core;
using Raft.Impl.Node;

namespace Raft.Hosting;

/// <summary>
/// The server of this host, for the application: a singleton that can be injected before the server has started. Thread-safe.
/// </summary>
public interface IRaft
{
    /// <summary>The node itself, for everything that is not here.</summary>
    /// <exception cref="InvalidOperationException">The server has not started yet.</exception>
    RaftNode Node { get; }

    /// <summary>The server's status now.</summary>
    /// <exception cref="InvalidOperationException">The server has not started yet.</exception>
    NodeStatus Status { get; }

    /// <summary>Waits until the command is committed and applied here, as <see cref="RaftNode.ReplicateAsync"/> does.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Cancels the wait. The command may still be committed.</param>
    /// <returns>What became of the command.</returns>
    /// <exception cref="InvalidOperationException">The server has not started yet.</exception>
    /// <exception cref="ArgumentException">The command is larger than <see cref="RaftHostOptions.MaxMessageBytes"/>.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    ValueTask<ReplicationResult> ReplicateAsync(Command command, CancellationToken cancellationToken = default);

    /// <summary>
    /// Waits until the state machine may answer a linearizable read, as <see cref="RaftNode.ReadBarrierAsync"/> does.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Whether the state machine may answer now; otherwise why not, and whom to ask.</returns>
    /// <exception cref="InvalidOperationException">The server has not started yet.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    Task<ReadBarrier> ReadBarrierAsync(CancellationToken cancellationToken = default);

    /// <summary>Waits until the server knows a leader, as <see cref="RaftNode.WaitForLeaderAsync"/> does.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The leader. It may have changed since.</returns>
    /// <exception cref="InvalidOperationException">The server has not started yet.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    Task<ServerId> WaitForLeaderAsync(CancellationToken cancellationToken = default);
}
