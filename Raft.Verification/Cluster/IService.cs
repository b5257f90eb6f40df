using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;

namespace Raft.Verification.Cluster;

/// <summary>The service of one incarnation of a server. It applies committed entries and takes snapshots.</summary>
public interface IService
{
    /// <summary>The index up to which the log was applied.</summary>
    LogIndex Applied { get; }

    /// <summary>
    /// A fingerprint of everything that was applied, in order. Services that applied different commands have different states.
    /// </summary>
    ulong State { get; }

    /// <summary>Applies an entry, or takes the state of a snapshot.</summary>
    /// <returns>The answer to the client whose command it was; empty if it was a snapshot.</returns>
    ReadOnlyMemory<byte> Apply(ApplyMessage message);

    /// <summary>
    /// Called after each message. Returns the state of the service if the log up to <see cref="Applied"/> should be compacted now, and null
    /// otherwise.
    /// </summary>
    SnapshotData? Compact();
}

/// <summary>Observes and controls the calls that a service makes to its node.</summary>
public interface IServiceCalls
{
    /// <summary>Called when the service has applied a message.</summary>
    void Applied(ApplyMessage message);

    /// <summary>Called when the node must know that the service has taken all messages up to an index.</summary>
    void Took(LogIndex index);

    /// <summary>Called when the node has reported to the service that its snapshot up to an index is durable.</summary>
    void Compacted(LogIndex lastIndex);

    /// <summary>Called when the service waits for an answer of the node.</summary>
    /// <param name="call">The call, which completes with the answer or fails.</param>
    /// <param name="what">The call in words.</param>
    /// <param name="of">What the call is about, which follows the words in a report; null: nothing follows.</param>
    void Await(Task call, string what, object? of = null);

    /// <summary>Completes when the service may take more; fails when the service fails.</summary>
    Task ReadyAsync();

    /// <summary>Cancels a wait for more to apply. The service then begins another wait.</summary>
    CancellationToken Impatience { get; }
}

/// <summary>Runs a service on the committed entries of its node.</summary>
internal static class Serving
{
    /// <summary>The name of a wait for more to apply, which may last as long as the node runs.</summary>
    public const string Wait = "the service's wait for more to apply";

    /// <summary>
    /// Applies to a service what a node commits, and compacts the log when the service asks for it, until the node stops.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="service">The service.</param>
    /// <param name="calls">Observes the calls of the service, if not null.</param>
    /// <param name="overlaps">
    /// Whether the service applies more before its snapshot is durable, so that several compactions may run at once.
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
                // The service gave up its wait and begins another.
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

    // The lock lets one of several readers take and apply a message at a time, so that the service applies all in order.
    private static bool TryApply(RaftNode node, IService service, List<Task> compactions, IServiceCalls? calls)
    {
        lock (service)
        {
            if (!node.Committed.TryRead(out var message))
            {
                return false;
            }

            service.Apply(InMemory(message));
            calls?.Applied(message);
            calls?.Took(message.Index);
            if (service.Compact() is { } snapshot)
            {
                compactions.Add(CompactAsync(node, message.Index, snapshot, calls));
            }

            return true;
        }
    }

    // A service of the simulation takes a snapshot in memory. The simulated files are read without a wait.
    private static ApplyMessage InMemory(ApplyMessage message)
    {
        if (message.Snapshot is not { Data: { IsStored: true } data } snapshot)
        {
            return message;
        }

        var read = data.ReadAllAsync();
        if (!read.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException($"The {snapshot} cannot be read at once: {read.Exception?.GetBaseException().Message}");
        }

#pragma warning disable CA1849 // It is complete.
        return new ApplyMessage(snapshot with { Data = SnapshotData.Of(read.Result) });
#pragma warning restore CA1849
    }

    private static async Task CompactAsync(RaftNode node, LogIndex lastIndex, SnapshotData snapshot, IServiceCalls? calls)
    {
        var compaction = node.CompactAsync(lastIndex, snapshot);
        calls?.Await(compaction, "the compaction up to", lastIndex);
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
