using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>Figure 3, Election Safety: at most one leader can be elected in a given term (§5.2).</summary>
[PropertyMeaning("At most one leader can be elected in a given term.", "Figure 3, Election Safety; §5.2")]
public sealed class ElectionSafety : SpecificationMonitor
{
    private readonly Dictionary<Term, (ServerId Server, int Life)> _leaders = [];

    /// <inheritdoc/>
    public override string Property => nameof(ElectionSafety);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (core.Role != Role.Leader || (server.PreviousRole == Role.Leader && server.PreviousTerm == core.CurrentTerm))
        {
            return;
        }

        // After a restart the same server is another leader, because it does not know what it sent in this term.
        if (!_leaders.TryAdd(core.CurrentTerm, (server.Id, server.Life)))
        {
            var (other, life) = _leaders[core.CurrentTerm];
            Violate($"{server.Id} (life {server.Life}) leads term {core.CurrentTerm}, which {other} (life {life}) led already.");
        }
    }
}
