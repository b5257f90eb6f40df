using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>The answer to <see cref="RaftNode.ReadBarrierAsync"/>.</summary>
/// <param name="Index">
/// If the service may answer the read: the index up to which it has applied the log at least. Otherwise zero.
/// </param>
/// <param name="Refusal">Why the service may not answer the read.</param>
/// <param name="Leader">The leader, if the node knows it: the client may ask it instead.</param>
public readonly record struct ReadBarrier(LogIndex Index, ReadRefusal Refusal, ServerId? Leader)
{
    /// <summary>Whether the service may answer the read.</summary>
    public bool IsReady => Refusal == ReadRefusal.None;
}
