using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// A server does no stale work. It sends no message of an earlier term, and no vote request once it is not a candidate. It starts no
/// election while its current term and vote are not durable, because no other server can have heard of them.
/// </summary>
[PropertyMeaning("A server sends nothing of an earlier term, and begins no election before its vote is on its disk.", "§5.2")]
public sealed class StaleWork : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(StaleWork);

    /// <inheritdoc/>
    public override void OnSent(ServerState server, Message message)
    {
        if (server.Core is not { } core)
        {
            return;
        }

        if (message.Term < core.CurrentTerm)
        {
            Violate($"{server.Id} sent {message}, though it is in term {core.CurrentTerm}.");
        }
        else if (message is RequestVote && core.Role != Role.Candidate)
        {
            Violate($"{server.Id} sent {message}, though it is {core.Role} in term {core.CurrentTerm}.");
        }
    }

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (input is ElectionTimeout && core.CurrentTerm > server.PreviousTerm && server.Durable.Term < server.PreviousTerm)
        {
            Violate(
                $"{server.Id} began an election in term {core.CurrentTerm}, though its disk holds only term {server.Durable.Term}, not "
                    + $"term {server.PreviousTerm}.");
        }
    }
}
