namespace Raft.Impl.Node;

/// <summary>
/// Counts what <see cref="NodeCounters"/> reports. Thread-safe: messages and proposals are counted where they are refused.
/// </summary>
internal sealed class NodeCounts
{
    private long _rejectedMessages;
    private long _droppedMessages;
    private long _refusedProposals;
    private long _failedSends;
    private long _observerFailures;
    private long _loggerFailures;

    public long RejectedMessage() => Interlocked.Increment(ref _rejectedMessages);

    public long DroppedMessage() => Interlocked.Increment(ref _droppedMessages);

    public long RefusedProposal() => Interlocked.Increment(ref _refusedProposals);

    public long FailedSend() => Interlocked.Increment(ref _failedSends);

    public long ObserverFailure() => Interlocked.Increment(ref _observerFailures);

    public long LoggerFailure() => Interlocked.Increment(ref _loggerFailures);

    public NodeCounters Read() => new(
        Interlocked.Read(ref _rejectedMessages),
        Interlocked.Read(ref _droppedMessages),
        Interlocked.Read(ref _refusedProposals),
        Interlocked.Read(ref _failedSends),
        Interlocked.Read(ref _observerFailures),
        Interlocked.Read(ref _loggerFailures));
}
