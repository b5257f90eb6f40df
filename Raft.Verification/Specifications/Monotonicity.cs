using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 2, State: currentTerm and commitIndex increase monotonically within an incarnation. After a restart, no server returns to a term
/// earlier than one that it has sent to another server (§5.1).
/// </summary>
[PropertyMeaning(
    "currentTerm and commitIndex never decrease while a server lives, and no server returns to a term before one that it sent to others.",
    "Figure 2, State; §5.1")]
public sealed class Monotonicity : SpecificationMonitor
{
    private readonly Dictionary<ServerId, Term> _told = [];

    /// <inheritdoc/>
    public override string Property => nameof(Monotonicity);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (core.CurrentTerm < server.PreviousTerm)
        {
            Violate($"The term of {server.Id} went back from {server.PreviousTerm} to {core.CurrentTerm}.");
        }

        if (core.CommitIndex < server.PreviousCommitIndex)
        {
            Violate($"The commit index of {server.Id} went back from {server.PreviousCommitIndex} to {core.CommitIndex}.");
        }
    }

    /// <inheritdoc/>
    public override void OnSent(ServerState server, Message message)
    {
        if (!_told.TryGetValue(server.Id, out var told) || message.Term > told)
        {
            _told[server.Id] = message.Term;
        }
    }

    /// <inheritdoc/>
    public override void OnLost(ServerState server) => _told.Remove(server.Id);

    /// <inheritdoc/>
    public override void OnStarted(ServerState server)
    {
        if (_told.TryGetValue(server.Id, out var told) && server.Core!.CurrentTerm < told)
        {
            Violate($"{server.Id} started again in term {server.Core.CurrentTerm}, though it had told others that it was in term {told}.");
        }
    }
}
