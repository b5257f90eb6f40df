using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>The result of <see cref="RaftNode.TransferLeadershipAsync"/>.</summary>
/// <param name="Outcome">What became of the transfer.</param>
/// <param name="Leader">The leader afterwards; null if the node does not know it.</param>
/// <param name="Refusal">Why the node refused the transfer.</param>
public readonly record struct LeadershipTransferResult(
    LeadershipTransferOutcome Outcome, ServerId? Leader, TransferRefusal Refusal = TransferRefusal.None);

/// <summary>What became of a transfer of leadership (dissertation §3.10).</summary>
public enum LeadershipTransferOutcome
{
    /// <summary>The target leads.</summary>
    Transferred,

    /// <summary>The node has not begun the transfer.</summary>
    Refused,

    /// <summary>The target did not become leader within an election timeout. The node leads, and takes proposals again.</summary>
    TimedOut,

    /// <summary>The node no longer leads, but the target does not lead either: another server does, or none yet.</summary>
    LeadershipLost,
}
