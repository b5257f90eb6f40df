using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// The status of the node, for callers on any thread. The node's loop writes it after each step. It allocates only if the term, the role or
/// the leader changes, not for each entry. Thread-safe.
/// </summary>
/// <param name="core">The state of the node. Only <see cref="Publish"/> reads it.</param>
internal sealed class PublishedStatus(RaftCore core)
{
    private readonly object _gate = new();
    private readonly ServerId _id = core.Id;

    // Written under the gate, so that a status is that of one moment; read without it where only this part matters.
    private volatile Standing _standing = Standing.Of(core);
    private LogIndex _commitIndex = core.CommitIndex;
    private LogIndex _snapshotIndex = core.Log.Snapshot.LastIndex;
    private LogIndex _lastIndex = core.Log.LastIndex;

    /// <summary>The node's term.</summary>
    public Term Term => _standing.Term;

    /// <summary>The node's role.</summary>
    public Role Role => _standing.Role;

    /// <summary>The leader of the term, if the node knows it.</summary>
    public ServerId? Leader => _standing.Leader;

    /// <summary>Whether the node believes that it leads.</summary>
    public bool IsLeader => Role == Role.Leader;

    /// <summary>Whether the node has stopped.</summary>
    public bool HasStopped => _standing.HasStopped;

    /// <summary>Publishes what the node knows now. Only the node's loop calls it.</summary>
    public void Publish()
    {
        // Only this method changes it, so it may look without the gate.
        if (_standing.Describes(core)
            && _commitIndex == core.CommitIndex
            && _snapshotIndex == core.Log.Snapshot.LastIndex
            && _lastIndex == core.Log.LastIndex)
        {
            return;
        }

        lock (_gate)
        {
            (_commitIndex, _snapshotIndex, _lastIndex) = (core.CommitIndex, core.Log.Snapshot.LastIndex, core.Log.LastIndex);
            if (!_standing.Describes(core))
            {
                _standing = Standing.Of(core);
            }
        }
    }

    /// <summary>The node stops: it does not lead or follow any more.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _standing = _standing with { Role = Role.Follower, Leader = null, HasStopped = true };
        }
    }

    /// <summary>What was published last.</summary>
    public NodeStatus Read()
    {
        lock (_gate)
        {
            return new NodeStatus(
                _id, Term, Role, Leader, _commitIndex, LastApplied: LogIndex.Zero, _snapshotIndex, _lastIndex, HasStopped);
        }
    }

    // What changes seldom.
    private sealed record Standing(Term Term, Role Role, ServerId? Leader, bool HasStopped = false)
    {
        public static Standing Of(RaftCore core) => new(core.CurrentTerm, core.Role, core.Leader);

        public bool Describes(RaftCore core) => (Term, Role, Leader) == (core.CurrentTerm, core.Role, core.Leader);
    }
}
