using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Raft.Impl.Node;

/// <summary>
/// The names of the metrics and spans of the nodes of this process: one <see cref="Meter"/> and one <see cref="ActivitySource"/>, both
/// named <see cref="Name"/>. Each measurement has the tag <see cref="ServerTag"/>. Without a listener, a node measures nothing.
/// </summary>
public static class RaftTelemetry
{
    /// <summary>The name of the meter and of the source of activities.</summary>
    public const string Name = "Raft";

    /// <summary>The tag with the number of the server.</summary>
    public const string ServerTag = "raft.server";

    /// <summary>The tag with the number of the follower that a leader measures.</summary>
    public const string FollowerTag = "raft.follower";

    /// <summary>The tag with the reason of a refusal.</summary>
    public const string ReasonTag = "raft.reason";

    internal static ActivitySource Activities { get; } = new(Name);

    internal static Meter Meter { get; } = new(Name);

    // What a node is now.
    internal static Gauge<long> Term { get; } = Meter.CreateGauge<long>("raft.term", null, "The current term.");

    internal static Gauge<long> Role { get; } = Meter.CreateGauge<long>(
        "raft.role", null, "The role: 0 follower, 1 candidate, 2 leader, 3 candidate before its election.");

    internal static Gauge<long> LastIndex { get; } = Meter.CreateGauge<long>("raft.last_index", null, "The last entry of the log.");

    internal static Gauge<long> CommitIndex { get; } = Meter.CreateGauge<long>(
        "raft.commit_index", null, "The last entry that is known to be committed.");

    internal static Gauge<long> AppliedIndex { get; } = Meter.CreateGauge<long>(
        "raft.applied_index", null, "The last entry that the service took.");

    internal static Gauge<long> SnapshotIndex { get; } = Meter.CreateGauge<long>(
        "raft.snapshot_index", null, "The last entry of the snapshot.");

    internal static Gauge<long> Backlog { get; } = Meter.CreateGauge<long>(
        "raft.backlog", "By", "Entries that the service has not received (CoreOptions.MaxUncommittedBytes).");

    internal static Gauge<long> Inbox { get; } = Meter.CreateGauge<long>(
        "raft.inbox", "By", "Messages and proposals that wait for the node (RaftNodeOptions.MaxInboxBytes).");

    internal static Gauge<long> Writes { get; } = Meter.CreateGauge<long>(
        "raft.writes", "By", "Entries whose write is not durable yet (CoreOptions.MaxUncommittedBytes).");

    internal static Gauge<long> Reads { get; } = Meter.CreateGauge<long>(
        "raft.reads", null, "Reads that wait (RaftNodeOptions.MaxPendingReads).");

    internal static Gauge<long> MatchIndex { get; } = Meter.CreateGauge<long>(
        "raft.follower.match_index", null, "On a leader: the last entry that is known to be durable on raft.follower.");

    internal static Gauge<long> InFlight { get; } = Meter.CreateGauge<long>(
        "raft.follower.in_flight", "By", "On a leader: entries that raft.follower has not answered (CoreOptions.MaxInflightBytes).");

    // What happened.
    internal static Counter<long> Proposals { get; } = Meter.CreateCounter<long>("raft.proposals", null, "Commands that were taken.");

    internal static Counter<long> Refusals { get; } = Meter.CreateCounter<long>(
        "raft.proposals.refused", null, "Commands that were refused, by raft.reason.");

    internal static Counter<long> RefusedReads { get; } = Meter.CreateCounter<long>(
        "raft.reads.refused", null, "Reads that were refused, by raft.reason.");

    internal static Counter<long> Elections { get; } =
        Meter.CreateCounter<long>("raft.elections", null, "Elections that the server began.");

    internal static Counter<long> LeaderChanges { get; } = Meter.CreateCounter<long>(
        "raft.leader_changes", null, "Changes of leader that the server learned of.");

    internal static Counter<long> RejectedMessages { get; } = Meter.CreateCounter<long>(
        "raft.messages.rejected", null, "Messages that no server of the cluster can have sent.");

    internal static Counter<long> DroppedMessages { get; } = Meter.CreateCounter<long>(
        "raft.messages.dropped", null, "Messages that found the inbox full.");

    internal static Counter<long> FailedMessages { get; } = Meter.CreateCounter<long>(
        "raft.messages.failed", null, "Messages that the transport failed to send.");

    // How long it took.
    internal static Histogram<double> WriteDuration { get; } = Meter.CreateHistogram<double>(
        "raft.write.duration", "s", "From the begin of a write until it is durable.");

    internal static Histogram<double> CommitDuration { get; } = Meter.CreateHistogram<double>(
        "raft.commit.duration", "s", "From the append of proposals by the leader until they are committed.");
}
