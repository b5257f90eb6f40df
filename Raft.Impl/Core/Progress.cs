namespace Raft.Impl.Core;

/// <summary>What a leader knows of a follower (Figure 2, volatile state on leaders).</summary>
/// <param name="NextIndex">nextIndex: the index of the next entry to send to it.</param>
/// <param name="MatchIndex">matchIndex: the highest entry known to be durable in its log.</param>
/// <param name="Probing">
/// Whether one message goes at a time, because nextIndex is a guess, or because messages overtook each other of late. Otherwise a leader
/// sends on without waiting for replies (Ongaro's dissertation §10.2.1), up to <see cref="CoreOptions.MaxInflightMessages"/>.
/// </param>
public readonly record struct Progress(LogIndex NextIndex, LogIndex MatchIndex, bool Probing);
