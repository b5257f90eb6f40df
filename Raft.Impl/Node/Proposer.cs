using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>A caller that proposed a command. It waits for one of the two.</summary>
/// <param name="Proposed">Receives what became of the proposal.</param>
/// <param name="Replicated">Receives what became of the command.</param>
internal readonly record struct Proposer(
    TaskCompletionSource<Proposal>? Proposed, ReplicationWaiter? Replicated)
{
    /// <summary>Tells the caller what became of the proposal. A caller that waits for the command learns that it was refused.</summary>
    /// <param name="proposal">The proposal.</param>
    /// <param name="leader">The leader, if the node knows it.</param>
    public void Answer(Proposal proposal, ServerId? leader)
    {
        Proposed?.TrySetResult(proposal);
        Replicated?.TryComplete(new ReplicationResult(
            ReplicationOutcome.Refused, LogIndex.Zero, proposal.Term, leader, proposal.Refusal));
    }

    /// <summary>The node stops before it knows whether it takes the command.</summary>
    /// <param name="exception">Why it stops.</param>
    /// <param name="term">The node's term.</param>
    public void Fail(Exception exception, Term term)
    {
        Proposed?.TrySetException(exception);
        Replicated?.TryComplete(new ReplicationResult(ReplicationOutcome.Unknown, LogIndex.Zero, term));
    }
}
