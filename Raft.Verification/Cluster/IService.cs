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

/// <summary>
/// Runs a service on the committed entries of its node: applies them, and compacts the log when the service asks for it. Several readers
/// may do so at once. They take turns, so the service applies all in order.
/// </summary>
/// <param name="node">The node.</param>
/// <param name="service">The service.</param>
/// <param name="calls">Observes the calls of the service, if not null.</param>
/// <param name="overlaps">
/// Whether the service applies more before its snapshot is durable, so that several compactions may run at once.
/// </param>
internal sealed class Serving(RaftNode node, IService service, IServiceCalls? calls = null, bool overlaps = false)
{
    /// <summary>The name of a wait for more to apply, which may last as long as the node runs.</summary>
    public const string Wait = "the service's wait for more to apply";

    // While the service reads a stored snapshot, no reader takes the next message.
    private Task _restoring = Task.CompletedTask;

    /// <summary>Is a reader, until the node stops.</summary>
    public async Task ServeAsync()
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

            while (TryApply(compactions))
            {
                await _restoring;
                if (!overlaps)
                {
                    await FinishAsync(compactions);
                }
            }

            compactions.RemoveAll(compaction => compaction.IsCompletedSuccessfully);
        }

        await FinishAsync(compactions);
    }

    private bool TryApply(List<Task> compactions)
    {
        lock (service)
        {
            if (!_restoring.IsCompleted)
            {
                return true;
            }

            if (!node.Committed.TryRead(out var message))
            {
                return false;
            }

            if (message.Snapshot is { Data.IsStored: true } snapshot)
            {
                _restoring = RestoreAsync(snapshot, compactions);
            }
            else
            {
                Apply(message, compactions);
            }

            return true;
        }
    }

    // A service of the simulation takes a snapshot in memory.
    private async Task RestoreAsync(Snapshot snapshot, List<Task> compactions)
    {
        var data = SnapshotData.Of(await snapshot.Data.ReadAllAsync());
        Apply(new ApplyMessage(snapshot with { Data = data }), compactions);
    }

    private void Apply(ApplyMessage message, List<Task> compactions)
    {
        service.Apply(message);
        calls?.Applied(message);
        calls?.Took(message.Index);
        if (service.Compact() is { } snapshot)
        {
            compactions.Add(CompactAsync(message.Index, snapshot));
        }
    }

    private async Task CompactAsync(LogIndex lastIndex, SnapshotData snapshot)
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
