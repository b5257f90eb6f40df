using Raft.Impl.Core;

namespace Raft.Impl.Node;

// Calls that wait until their command is applied.
public sealed partial class RaftNode
{
    private readonly PendingReplications _replications;
    private readonly ReplicationCalls _calls = new();

    /// <summary>
    /// Proposes a command, and waits until it is committed and applied here, or until the node knows that this will not happen or cannot
    /// know any more. If the node loses the leadership before the entry is known to be committed, the call ends at once with <see
    /// cref="ReplicationOutcome.Unknown"/>. An entry that is known to be committed is waited for as long as the service needs. <see
    /// cref="CoreOptions.MaxUncommittedBytes"/> and <see cref="RaftNodeOptions.MaxInboxBytes"/> bound the calls that wait.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Cancels the wait. It does not take the command back: the command may still be committed.</param>
    /// <returns>What became of the command. It must be awaited once, as each <see cref="ValueTask{TResult}"/>.</returns>
    /// <exception cref="ArgumentException">The command is larger than <see cref="CoreOptions.MaxMessageBytes"/>.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The node had stopped before the call.</exception>
    public ValueTask<ReplicationResult> ReplicateAsync(Command command, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.CanBeCanceled || RaftTelemetry.Activities.HasListeners())
        {
            return FollowAsync(command, cancellationToken);
        }

        var call = _calls.Take();
        var waiting = call.Task;
        try
        {
            PostProposal(command, new Proposer(null, ReplicationWaiter.Of(call)));
        }
        catch (Exception exception) when (exception is ArgumentException or ObjectDisposedException)
        {
            return ValueTask.FromException<ReplicationResult>(exception);
        }

        return waiting;
    }

    // With a token or a span.
    private async ValueTask<ReplicationResult> FollowAsync(Command command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = _calls.Take();
        var (waiting, waiter) = (call.Task, ReplicationWaiter.Of(call));
        using var activity = StartReplication();
        try
        {
            PostProposal(command, new Proposer(null, waiter));
            var cancellation = cancellationToken.Register(() => call.TryCancel(waiter.Version, cancellationToken));
            try
            {
                var result = await waiting;
                EndReplication(activity, result);
                return result;
            }
            finally
            {
                cancellation.Unregister();
            }
        }
        catch (Exception exception)
        {
            FailReplication(activity, exception);
            throw;
        }
    }

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
