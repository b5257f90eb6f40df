using System.Diagnostics;
using System.Diagnostics.Metrics;
using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// Counts what <see cref="NodeCounters"/> reports. Thread-safe: messages and proposals are counted where they are refused.
/// </summary>
/// <param name="server">The node's name, for the metrics.</param>
internal sealed class NodeCounts(ServerId server)
{
    private long _rejectedMessages;
    private long _droppedMessages;
    private long _refusedProposals;
    private long _refusedReads;
    private long _failedSends;
    private long _observerFailures;
    private long _loggerFailures;

    /// <summary>The tags of every measurement of the node.</summary>
    public TagList Tags { get; } = [new(RaftTelemetry.ServerTag, server.Value)];

    public long RejectedMessage() => Count(ref _rejectedMessages, RaftTelemetry.RejectedMessages);

    public long DroppedMessage() => Count(ref _droppedMessages, RaftTelemetry.DroppedMessages);

    public long RefusedProposal(ProposalRefusal why = ProposalRefusal.Backlog)
    {
        MeasureRefusal(why);
        return Interlocked.Increment(ref _refusedProposals);
    }

    public long FailedSend() => Count(ref _failedSends, RaftTelemetry.FailedMessages);

    public long ObserverFailure() => Interlocked.Increment(ref _observerFailures);

    public void LoggerFailure() => Interlocked.Increment(ref _loggerFailures);

    public NodeCounters Read() => new(
        Interlocked.Read(ref _rejectedMessages),
        Interlocked.Read(ref _droppedMessages),
        Interlocked.Read(ref _refusedProposals),
        Interlocked.Read(ref _refusedReads),
        Interlocked.Read(ref _failedSends),
        Interlocked.Read(ref _observerFailures),
        Interlocked.Read(ref _loggerFailures));

    /// <summary>Measures a refusal of a proposal.</summary>
    public void MeasureRefusal(ProposalRefusal why) => Measure(RaftTelemetry.Refusals, why, 1);

    /// <summary>Counts reads that were refused. The counters of the node have those that found no place.</summary>
    public void RefusedReads(ReadRefusal why, int reads)
    {
        if (why == ReadRefusal.Backlog)
        {
            Interlocked.Add(ref _refusedReads, reads);
        }

        Measure(RaftTelemetry.RefusedReads, why, reads);
    }

    private void Measure<T>(Counter<long> counter, T why, int refused)
        where T : struct, Enum
    {
        if (counter.Enabled)
        {
            var tags = Tags;
            tags.Add(RaftTelemetry.ReasonTag, why.ToString());
            counter.Add(refused, tags);
        }
    }

    private long Count(ref long count, Counter<long> counter)
    {
        if (counter.Enabled)
        {
            counter.Add(1, Tags);
        }

        return Interlocked.Increment(ref count);
    }
}
