using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>What a leader knows about a follower (Figure 2, volatile state on leaders), and what it has sent to the follower.</summary>
/// <param name="Member">The follower.</param>
/// <param name="MatchIndex">The highest entry that is known to be durable in its log.</param>
/// <param name="NextIndex">The next entry that the leader sends to it.</param>
/// <param name="IsProbing">
/// Whether the leader sends one message at a time, because it does not know where the follower's log ends, or because messages are lost.
/// </param>
/// <param name="MessagesInFlight">
/// The messages with entries that it has not answered; at most <see cref="CoreOptions.MaxInflightMessages"/>.
/// </param>
/// <param name="BytesInFlight">The bytes of their entries, bounded by <see cref="CoreOptions.MaxInflightBytes"/>.</param>
public readonly record struct FollowerProgress(
    ServerId Member, LogIndex MatchIndex, LogIndex NextIndex, bool IsProbing, int MessagesInFlight, long BytesInFlight);
