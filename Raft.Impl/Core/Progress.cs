namespace Raft.Impl.Core;

/// <summary>What a leader knows about a follower (Figure 2, volatile state on leaders).</summary>
/// <param name="NextIndex">nextIndex: the index of the next entry to send to it.</param>
/// <param name="MatchIndex">matchIndex: the highest entry known to be durable in its log.</param>
/// <param name="Probing">
/// Whether at most one message is in flight, because nextIndex is a guess, or because messages recently overtook each other. Otherwise the
/// leader sends more without waiting for replies (Ongaro's dissertation §10.2.1), up to <see cref="CoreOptions.MaxInflightMessages"/>.
/// </param>
public readonly record struct Progress(LogIndex NextIndex, LogIndex MatchIndex, bool Probing);
