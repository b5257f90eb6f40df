using Raft.Impl.Core;
using Raft.Impl.Node;

namespace Raft.Hosting;

/// <summary>Gives the application the node, once the hosted service has started it.</summary>
internal sealed class HostedRaft : IRaft
{
    private volatile RaftNode? _node;

    public RaftNode Node => _node ?? throw new InvalidOperationException(
        "The Raft server has not started yet. It starts with the host; hosted services that are registered after AddRaft may use it in "
        + "StartAsync.");

    public NodeStatus Status => Node.Status;

    /// <summary>The node; null: it has not started yet.</summary>
    public RaftNode? StartedNode
    {
        get => _node;
        set => _node = value;
    }

    public ValueTask<ReplicationResult> ReplicateAsync(Command command, CancellationToken cancellationToken = default) =>
        Node.ReplicateAsync(command, cancellationToken);

    public Task<ReadBarrier> ReadBarrierAsync(CancellationToken cancellationToken = default) => Node.ReadBarrierAsync(cancellationToken);

    public Task<ServerId> WaitForLeaderAsync(CancellationToken cancellationToken = default) => Node.WaitForLeaderAsync(cancellationToken);
}
