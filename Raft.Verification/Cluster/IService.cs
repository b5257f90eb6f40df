using Raft.Impl.Core;
using Raft.Impl.Node;

namespace Raft.Verification.Cluster;

/// <summary>The service on a server, for one life of it: what applies the committed entries, and takes snapshots.</summary>
public interface IService
{
    /// <summary>The index of what was applied last.</summary>
    LogIndex Applied { get; }

    /// <summary>A fingerprint of all that was applied, in order: services that applied different things are in different states.</summary>
    ulong State { get; }

    /// <summary>Applies an entry, or takes the state of a snapshot.</summary>
    void Apply(ApplyMessage message);

    /// <summary>
    /// Asked after each message: the service's state, if the log up to <see cref="Applied"/> should go now; null: not now.
    /// </summary>
    SnapshotData? Compact();
}

/// <summary>Is told of the calls that a service makes of its node.</summary>
public interface IServiceCalls
{
    /// <summary>The service has applied a message.</summary>
    void Applied(ApplyMessage message);

    /// <summary>The node has told the service that its snapshot up to an index is durable.</summary>
    void Compacted(LogIndex lastIndex);

    /// <summary>The service waits for an answer of the node.</summary>
    /// <param name="call">The call; it is completed by the answer, or by the failure.</param>
    /// <param name="what">What it asked for, in words.</param>
    void Await(Task call, string what);

    /// <summary>Completes when the service may take more; fails when it fails.</summary>
    Task ReadyAsync();

    /// <summary>Gives up a wait for more to apply: the service begins another.</summary>
    CancellationToken Impatience { get; }
}

/// <summary>Feeds a service with what its node commits.</summary>
internal static class Serving
{
    /// <summary>What a service does that waits for more to apply: it may wait as long as the node lives.</summary>
    public const string Wait = "the service's wait for more to apply";

    /// <summary>Lets a service apply what a node commits, and compacts the log when the service says so, until the node stops.</summary>
    /// <param name="node">The node.</param>
    /// <param name="service">The service.</param>
    /// <param name="calls">Told of what the service does; null: nobody is.</param>
    /// <param name="overlaps">
    /// Whether it applies more while a snapshot is not durable yet, so that several compactions may be under way.
    /// </param>
    public static async Task ServeAsync(RaftNode node, IService service, IServiceCalls? calls = null, bool overlaps = false)
    {
        var compactions = new List<Task>();
        while (true)
        {
            bool more;
            try
            {
                if (calls is not null)
                {
                    await calls.ReadyAsync();
                }

                var waiting = node.Committed.WaitToReadAsync(calls?.Impatience ?? CancellationToken.None).AsTask();
                calls?.Await(waiting, Wait);
                more = await waiting;
            }
            catch (OperationCanceledException)
            {
                // The service has waited long enough, and waits again.
                continue;
            }

            if (!more)
            {
                break;
            }

            while (TryApply(node, service, compactions, calls))
            {
                if (!overlaps)
                {
                    await FinishAsync(compactions);
                }
            }

            compactions.RemoveAll(compaction => compaction.IsCompletedSuccessfully);
        }

        await FinishAsync(compactions);
    }

    // Of several readers one takes and applies at a time, so that the service gets all in order.
    private static bool TryApply(RaftNode node, IService service, List<Task> compactions, IServiceCalls? calls)
    {
        lock (service)
        {
            if (!node.Committed.TryRead(out var message))
            {
                return false;
            }

            service.Apply(message);
            calls?.Applied(message);
            if (service.Compact() is { } snapshot)
            {
                compactions.Add(CompactAsync(node, message.Index, snapshot, calls));
            }

            return true;
        }
    }

    private static async Task CompactAsync(RaftNode node, LogIndex lastIndex, SnapshotData snapshot, IServiceCalls? calls)
    {
        var compaction = node.CompactAsync(lastIndex, snapshot);
        calls?.Await(compaction, $"the compaction up to {lastIndex}");
        await compaction;
        calls?.Compacted(lastIndex);
    }

    private static async Task FinishAsync(List<Task> compactions)
    {
        foreach (var compaction in compactions)
        {
            await compaction;
        }

        compactions.Clear();
    }
}
