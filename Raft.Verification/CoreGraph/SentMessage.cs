using Raft.Impl.Core;

namespace Raft.Verification.CoreGraph;

/// <summary>A message in the network.</summary>
/// <param name="Message">The message.</param>
/// <param name="To">The server that it is for, from 0.</param>
/// <param name="Covered">Of a chunk of a snapshot: the whole snapshot, so that it is known which entries it stands for.</param>
internal sealed record SentMessage(Message Message, int To, SnapshotData Covered);
