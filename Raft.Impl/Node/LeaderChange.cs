using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>The node learned that another server leads, or that none does.</summary>
/// <param name="Term">The term in which that holds.</param>
/// <param name="Leader">The leader of that term; null: the last leader that was reported leads no more, and the next is not known.</param>
public readonly record struct LeaderChange(Term Term, ServerId? Leader);
