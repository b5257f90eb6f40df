using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>The result of <see cref="RaftNode.ReplicateAsync"/>. It states what the node knows, and never a guess.</summary>
/// <param name="Outcome">What became of the command.</param>
/// <param name="Index">The index at which the node put the command into its log; zero if it did not, or if that is not known.</param>
/// <param name="Term">The term of that entry; without an entry: the node's term.</param>
/// <param name="Leader">The leader, if the node knows it: the client may ask it instead.</param>
/// <param name="Refusal">Why the node refused the command.</param>
/// <param name="Answer">
/// What the state machine answered (<see cref="Service.IStateMachine"/>). Null if the command was not applied here as an entry: the node
/// has no state machine but a reader of <see cref="RaftNode.Committed"/>, or the command was applied as a part of a snapshot.
/// </param>
public readonly record struct ReplicationResult(
    ReplicationOutcome Outcome,
    LogIndex Index,
    Term Term,
    ServerId? Leader = null,
    ProposalRefusal Refusal = ProposalRefusal.None,
    ReadOnlyMemory<byte>? Answer = null)
{
    /// <summary>Whether the command is committed and applied here.</summary>
    public bool IsApplied => Outcome == ReplicationOutcome.Applied;
}

/// <summary>What became of a command.</summary>
public enum ReplicationOutcome
{
    /// <summary>It is committed, and applied by the service of this node.</summary>
    Applied,

    /// <summary>It is not committed and never will be: another entry is committed at its index.</summary>
    Lost,

    /// <summary>
    /// It may be committed, now or later, or never: the node stopped or lost the leadership before it knew. Whoever proposes it again must
    /// expect that it is applied twice, unless a session prevents that (<see cref="Service.SessionStateMachine"/>).
    /// </summary>
    Unknown,

    /// <summary>The node did not take it: it is not in any log.</summary>
    Refused,
}
