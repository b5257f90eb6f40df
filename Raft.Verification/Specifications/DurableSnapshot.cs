using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// §7, and Snapshot() of the labs: when a service learns that its snapshot is durable, the disk holds that snapshot or a later one, and the
/// log has discarded the entries that it covers. A restarted server considers the entries that its snapshot covers committed.
/// </summary>
[PropertyMeaning("Once a service is notified of it, its snapshot is on the disk and its log is compacted; a restart begins with it.", "§7")]
public sealed class DurableSnapshot : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(DurableSnapshot);

    /// <inheritdoc/>
    public override void OnCompacted(ServerState server, LogIndex lastIndex)
    {
        var stored = server.Durable.Log.Snapshot.LastIndex;
        if (stored < lastIndex)
        {
            Violate(
                $"{server.Id} told its service that the snapshot up to {lastIndex} is durable, but its disk holds one up to {stored} "
                    + $"only.");
        }
        else if (server.Core is { } core && core.Log.FirstIndex <= lastIndex)
        {
            Violate(
                $"{server.Id} told its service that the log up to {lastIndex} is compacted, but its log still begins at "
                    + $"{core.Log.FirstIndex}.");
        }
    }

    /// <inheritdoc/>
    public override void OnStarted(ServerState server)
    {
        var snapshot = server.Durable.Log.Snapshot.LastIndex;
        if (server.Core!.CommitIndex < snapshot)
        {
            Violate(
                $"{server.Id} started with commit index {server.Core.CommitIndex}, though its snapshot covers the log up to {snapshot}.");
        }
    }
}
