using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// §8, and Start() of the labs: a client learns the index and term at which the leader put its command. Index and term identify one entry,
/// so the client can see whether its command was committed. No other entry may have that index and term. A refusal states the true reason:
/// the server is not the leader, or its backlog is full.
/// </summary>
[PropertyMeaning("What a client is told is the index and term at which the leader put its command.", "§8")]
public sealed class ProposalStands : SpecificationMonitor
{
    private readonly Dictionary<Command, (LogIndex Index, Term Term)> _accepted = [];

    /// <inheritdoc/>
    public override string Property => nameof(ProposalStands);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (input is not Propose { Commands: var commands })
        {
            return;
        }

        for (var i = 0; i < commands.Count; i++)
        {
            var proposal = output.Proposals[i];
            if (proposal.IsTaken)
            {
                Check(server, core, commands[i], proposal);
            }
            else if (proposal.IsLeader != (core.Role == Role.Leader) || proposal.Term != core.CurrentTerm)
            {
                Violate(
                    $"{server.Id}, {core.Role} in term {core.CurrentTerm}, refuses {commands[i]} in term {proposal.Term}: "
                        + $"{proposal.Refusal}.");
            }
            else if (proposal.Refusal == ProposalRefusal.Backlog && core.UnappliedBytes == 0)
            {
                Violate($"{server.Id} refuses {commands[i]} because too much waits, though its service has applied all of its log.");
            }
        }
    }

    /// <inheritdoc/>
    public override void OnAnswered(ServerState server, Command command, Proposal proposal)
    {
        if (proposal.IsTaken && _accepted.TryGetValue(command, out var accepted) && accepted != (proposal.Index, proposal.Term))
        {
            Violate(
                $"{server.Id} put {command} at index {accepted.Index} in term {accepted.Term}, but told its client index {proposal.Index} "
                    + $"and term {proposal.Term}.");
        }
    }

    private void Check(ServerState server, RaftCore core, Command command, Proposal proposal)
    {
        _accepted[command] = (proposal.Index, proposal.Term);
        if (core.Role != Role.Leader)
        {
            Violate($"{server.Id} took {command}, though it is {core.Role} in term {core.CurrentTerm}.");
        }
        else if (core.Log.TermAt(proposal.Index) != proposal.Term || core.Log[proposal.Index].Command != command)
        {
            Violate(
                $"{server.Id} says that it put {command} at index {proposal.Index} in term {proposal.Term}, but its log holds another "
                    + $"entry there.");
        }
    }
}
