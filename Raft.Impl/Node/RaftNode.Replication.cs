using Raft.Impl.Core;

namespace Raft.Impl.Node;

// Calls that wait until their command is applied.
public sealed partial class RaftNode
{
    private readonly PendingReplications _replications;

    /// <summary>
    /// Proposes a command, and waits until it is committed and applied here, or until the node knows that this will not happen or cannot
    /// know any more. If the node loses the leadership before the entry is known to be committed, the call ends at once with <see
    /// cref="ReplicationOutcome.Unknown"/>. An entry that is known to be committed is waited for as long as the service needs. <see
    /// cref="CoreOptions.MaxUncommittedBytes"/> and <see cref="RaftNodeOptions.MaxInboxBytes"/> bound the calls that wait.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Cancels the wait. It does not take the command back: the command may still be committed.</param>
    /// <returns>What became of the command.</returns>
    /// <exception cref="ArgumentException">The command is larger than <see cref="CoreOptions.MaxMessageBytes"/>.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The node had stopped before the call.</exception>
    public Task<ReplicationResult> ReplicateAsync(Command command, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.CanBeCanceled || RaftTelemetry.Activities.HasListeners())
        {
            return FollowAsync(command, cancellationToken);
        }

        // The call is its task: a client that has many in flight allocates little else.
        var call = NewCall();
        try
        {
            PostProposal(command, new Proposer(null, call));
        }
        catch (Exception exception) when (exception is ArgumentException or ObjectDisposedException)
        {
            return Task.FromException<ReplicationResult>(exception);
        }

        return call.Task;
    }

    // With a token or a span.
    private async Task<ReplicationResult> FollowAsync(Command command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = NewCall();
        using var activity = StartReplication();
        try
        {
            PostProposal(command, new Proposer(null, call));
            var result = await ResultOfAsync(call, cancellationToken);
            EndReplication(activity, result);
            return result;
        }
        catch (Exception exception)
        {
            FailReplication(activity, exception);
            throw;
        }
    }

    private static TaskCompletionSource<ReplicationResult> NewCall() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // A call whose command is in the log waits for what becomes of the entry. The node's loop adds it in the step that appended the
    // command, so that it misses nothing.
    private void Answer(Proposer proposer, Proposal proposal)
    {
        if (proposer.Replicated is { } call && proposal.IsTaken)
        {
            _replications.Add(proposal.Index, proposal.Term, call);
        }
        else
        {
            proposer.Answer(proposal, _status.Leader);
        }
    }
}
