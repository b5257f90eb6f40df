using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>The state of a node at one moment: the labs' GetState(), and a little more.</summary>
/// <param name="Id">The node's name.</param>
/// <param name="Term">Its current term.</param>
/// <param name="Role">Its role in that term.</param>
/// <param name="Leader">The leader of that term; null if the node does not know it.</param>
/// <param name="CommitIndex">The highest entry that it knows to be committed.</param>
/// <param name="LastApplied">
/// The highest entry that its service took. If it stays behind the commit index, the service is slow, or has ended.
/// </param>
/// <param name="SnapshotIndex">The last index of its snapshot; zero if there is none.</param>
/// <param name="LastIndex">The index of the last entry of its log.</param>
/// <param name="HasStopped">Whether it has stopped. The rest is its last state, except that it no longer leads or follows.</param>
public sealed record NodeStatus(
    ServerId Id,
    Term Term,
    Role Role,
    ServerId? Leader,
    LogIndex CommitIndex,
    LogIndex LastApplied,
    LogIndex SnapshotIndex,
    LogIndex LastIndex,
    bool HasStopped = false)
{
    /// <summary>How far each follower is, in the order of the members; empty if the node does not lead.</summary>
    public IReadOnlyList<FollowerProgress> Followers { get; init; } = [];

    /// <summary>Compares all members; <see cref="Followers"/> one by one.</summary>
    public bool Equals(NodeStatus? other) =>
        other is not null && Scalars == other.Scalars && Followers.SequenceEqual(other.Followers);

    /// <inheritdoc/>
    public override int GetHashCode() => Scalars.GetHashCode();

    private (ServerId, Term, Role, ServerId?, LogIndex, LogIndex, LogIndex, LogIndex, bool) Scalars =>
        (Id, Term, Role, Leader, CommitIndex, LastApplied, SnapshotIndex, LastIndex, HasStopped);

    /// <summary>Whether the node believes that it leads.</summary>
    public bool IsLeader => Role == Role.Leader;
}
