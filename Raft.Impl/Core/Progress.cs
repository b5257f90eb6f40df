namespace Raft.Impl.Core;

/// <summary>What a leader knows of a follower (Figure 2, volatile state on leaders).</summary>
/// <param name="NextIndex">nextIndex: the index of the next entry to send to it.</param>
/// <param name="MatchIndex">matchIndex: the highest entry known to be durable in its log.</param>
/// <param name="Probing">
/// Whether nextIndex is still a guess. A leader that knows where a follower stands advances nextIndex as it sends, without waiting for
/// the reply (Ongaro's dissertation §10.2.1); one that guesses sends and waits.
/// </param>
public readonly record struct Progress(LogIndex NextIndex, LogIndex MatchIndex, bool Probing);
