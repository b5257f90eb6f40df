using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>What a leader knows about a follower (Figure 2, volatile state on leaders).</summary>
/// <param name="Member">The follower.</param>
/// <param name="MatchIndex">The highest entry that is known to be durable in its log.</param>
/// <param name="NextIndex">The next entry that the leader sends to it.</param>
/// <param name="IsProbing">
/// Whether the leader sends one message at a time, because it does not know where the follower's log ends, or because messages are lost.
/// </param>
public readonly record struct FollowerProgress(ServerId Member, LogIndex MatchIndex, LogIndex NextIndex, bool IsProbing);
