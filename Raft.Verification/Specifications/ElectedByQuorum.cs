using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// §5.2: a candidate wins an election if it receives votes from a majority of the servers for the same term; its own vote counts once it is
/// durable.
/// </summary>
[PropertyMeaning("A candidate leads only with the votes of a majority for that term, its own on disk.", "§5.2")]
public sealed class ElectedByQuorum : SpecificationMonitor
{
    // The servers that sent a vote to a candidate in a term.
    private readonly Dictionary<(Term Term, ServerId Candidate), HashSet<ServerId>> _votes = [];

    /// <inheritdoc/>
    public override string Property => nameof(ElectedByQuorum);

    /// <inheritdoc/>
    public override void OnSent(ServerState server, Message message)
    {
        if (message is RequestVoteReply { VoteGranted: true })
        {
            if (!_votes.TryGetValue((message.Term, message.To), out var voters))
            {
                _votes.Add((message.Term, message.To), voters = []);
            }

            voters.Add(server.Id);
        }
    }

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (core.Role != Role.Leader || (server.PreviousRole == Role.Leader && server.PreviousTerm == core.CurrentTerm))
        {
            return;
        }

        var votes = _votes.TryGetValue((core.CurrentTerm, server.Id), out var voters) ? voters.Count : 0;
        var own = server.Durable.Term == core.CurrentTerm && server.Durable.VotedFor == server.Id ? 1 : 0;
        if (votes + own < Cluster.Quorum)
        {
            Violate(
                $"{server.Id} leads term {core.CurrentTerm}, though only {votes + own} of {Cluster.Servers.Length} servers voted for "
                    + $"it{(own == 0 ? "; its own vote is not on its disk" : string.Empty)}.");
        }
    }
}
