using Raft.Impl.Core;

namespace Raft.Impl.Node;

// What the loop that drives a state machine needs (Service.Applier).
public sealed partial class RaftNode
{
    private readonly CancellationTokenSource _stopping = new();
    private int _isClaimed;

    /// <summary>Cancelled when the node stops.</summary>
    internal CancellationToken Stopping => _stopping.Token;

    /// <summary>Reserves <see cref="Committed"/> for one applier.</summary>
    internal void ClaimCommitted()
    {
        if (Interlocked.Exchange(ref _isClaimed, 1) == 1)
        {
            throw new InvalidOperationException($"{Id} has an applier already: each entry must be applied once.");
        }
    }

    /// <summary>Waits until there is something to apply. The result is false once the node has stopped.</summary>
    // When the node stops, the queue ends: the wait needs no token. What is left in the queue is not given to the service any more.
    internal ValueTask<bool> WaitToApplyAsync() =>
        Stopping.IsCancellationRequested ? new ValueTask<bool>(false) : _committed.WaitToApplyAsync();

    /// <summary>What the service must apply next: a snapshot, or entries. It stays in the queue until <see cref="TakeApplied"/>.</summary>
    internal IReadOnlyList<ApplyMessage> PeekCommitted(int mostEntries, long mostBytes) =>
        Stopping.IsCancellationRequested ? [] : _committed.Peek(mostEntries, mostBytes);

    /// <summary>Takes what was looked at, once it is applied.</summary>
    internal void TakeApplied(IReadOnlyList<ApplyMessage> messages, IReadOnlyList<ReadOnlyMemory<byte>>? answers) =>
        _committed.TakeApplied(messages, answers);

    /// <summary>Stops the node, because its service failed.</summary>
    internal void Fail(StateMachineException failure) => _inbox.PostReport(new Work(Input: null, Failure: failure));

    private void StopService()
    {
        try
        {
            _stopping.Cancel();
        }
        catch (AggregateException exception)
        {
            LogCallbackFailed(_logger, exception, Id);
        }
    }
}
