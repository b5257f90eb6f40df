using Raft.Impl.Core;
using Raft.Impl.Node;

namespace Raft.Verification.Scenarios;

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
    Command? Compact();
}

/// <summary>Feeds a service with what its node commits.</summary>
internal static class Serving
{
    /// <summary>Lets a service apply what a node commits, and compacts the log when the service says so, until the node stops.</summary>
    /// <param name="node">The node.</param>
    /// <param name="service">The service.</param>
    /// <param name="applied">Called with each message after it was applied.</param>
    /// <param name="overlaps">
    /// Whether it applies more while a snapshot is not durable yet, so that several compactions may be under way.
    /// </param>
    public static async Task ServeAsync(RaftNode node, IService service, Action<ApplyMessage> applied, bool overlaps = false)
    {
        var compactions = new List<Task>();
        while (await node.Committed.WaitToReadAsync())
        {
            while (node.Committed.TryRead(out var message))
            {
                service.Apply(message);
                applied(message);
                if (service.Compact() is { } snapshot)
                {
                    compactions.Add(node.CompactAsync(message.Index, snapshot));
                }

                if (!overlaps)
                {
                    await FinishAsync(compactions);
                }
            }

            compactions.RemoveAll(compaction => compaction.IsCompletedSuccessfully);
        }

        await FinishAsync(compactions);
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
