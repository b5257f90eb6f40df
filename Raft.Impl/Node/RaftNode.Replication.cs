using Raft.Impl.Core;

namespace Raft.Impl.Node;

// Calls that wait until their command is applied.
public sealed partial class RaftNode
{
    private readonly PendingReplications _replications = new();

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
    public async Task<ReplicationResult> ReplicateAsync(Command command, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = new TaskCompletionSource<ReplicationResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var activity = StartReplication();
        _ = FollowAsync(PostProposalAsync(command, call), call);
        var result = await ResultOfAsync(call, cancellationToken);
        EndReplication(activity, result);
        return result;
    }

    // Never fails. If the proposal is taken, the loop has added the call to those that wait.
    private async Task FollowAsync(Task<Proposal> answer, TaskCompletionSource<ReplicationResult> call)
    {
        try
        {
            var proposal = await answer;
            if (!proposal.IsTaken)
            {
                call.TrySetResult(new ReplicationResult(
                    ReplicationOutcome.Refused, LogIndex.Zero, proposal.Term, _status.Leader, proposal.Refusal));
            }
        }
        catch (ObjectDisposedException)
        {
            call.TrySetResult(new ReplicationResult(ReplicationOutcome.Unknown, LogIndex.Zero, _status.Term));
        }
    }

    // The node's loop calls it in the step that appended the commands, so that no call misses what becomes of its entry.
    private void FollowReplications(IReadOnlyList<TaskCompletionSource<Proposal>>? answers, IReadOnlyList<Proposal> proposals)
    {
        for (var i = 0; i < proposals.Count && answers is not null; i++)
        {
            if (proposals[i].IsTaken && answers[i].Task.AsyncState is TaskCompletionSource<ReplicationResult> call)
            {
                _replications.Add(proposals[i].Index, proposals[i].Term, call);
            }
        }
    }
}
