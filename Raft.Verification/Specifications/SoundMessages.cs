using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// A server handles the messages that servers of its cluster send to it, and no others. A message that no server of the cluster can have
/// sent to it changes nothing, and servers of the cluster send no such message.
/// </summary>
[PropertyMeaning("A server takes what the servers of its cluster send to it, and nothing else.", "§5")]
public sealed class SoundMessages : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(SoundMessages);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (input is not MessageReceived { Message: var message })
        {
            return;
        }

        var isStray = Cluster.Strays.Count > 0 && Cluster.Strays.Contains(message);
        if (!isStray && output.Rejected is { } why)
        {
            Violate($"{server.Id} rejects {message}, which {message.From} sent to it: {why}.");
        }
        else if (isStray && output.Rejected is null)
        {
            Violate($"{server.Id} took {message}, which no server can have meant for it.");
        }
        else if (
            isStray
                && (output.Write is not null || output.Messages.Count > 0
                || core.CurrentTerm != server.PreviousTerm || core.Role != server.PreviousRole))
        {
            Violate($"{server.Id} rejected {message}, but it had an effect: it is {core.Role} in term {core.CurrentTerm} now.");
        }
    }
}
