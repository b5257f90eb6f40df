using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 2, Rules for Servers: a server that hears of a later term becomes a follower in that term (§5.1). A server that hears from the
/// leader of its term follows it (§5.2).
/// </summary>
[PropertyMeaning(
    "Who hears of a later term is a follower in it; who hears from the leader of its term follows it.",
    "Figure 2, All Servers; §5.1 and §5.2")]
public sealed class StepsDown : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(StepsDown);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (input is not MessageReceived { Message: var message } || message.From == server.Id || output.Rejected is not null)
        {
            return;
        }

        if (ServerState.MayIgnore(core, message))
        {
            return;
        }

        if (message.Term > core.CurrentTerm)
        {
            Violate($"{server.Id}, {core.Role}, stays in term {core.CurrentTerm} after {message}.");
        }
        else if (message.Term > server.PreviousTerm && core.Role != Role.Follower && message is not TimeoutNow)
        {
            Violate($"{server.Id} is {core.Role} in term {core.CurrentTerm} after {message}, which made it know that term.");
        }
        else if (
            message is AppendEntries or InstallSnapshot && message.Term == core.CurrentTerm
                && (core.Role != Role.Follower || core.Leader != message.From))
        {
            Violate($"{server.Id}, {core.Role} in term {core.CurrentTerm}, does not follow {message.From} after {message}.");
        }
    }
}
