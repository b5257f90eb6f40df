namespace Raft.Impl.Node;

/// <summary>
/// What a node has refused, dropped or failed to do since it started. None of these stops a node; each is worth a look.
/// </summary>
/// <param name="RejectedMessages">
/// Messages that no server of the cluster can have sent to this one: from a stranger, for another server, or contradictory.
/// </param>
/// <param name="DroppedMessages">
/// Messages that found the inbox full (<see cref="RaftNodeOptions.MaxInboxBytes"/>), and chunks of a snapshot that a later one replaced
/// while the disk was busy. Raft repeats what matters.
/// </param>
/// <param name="RefusedProposals">
/// Proposals that found no room, in the inbox or in the log (<see cref="Core.ProposalRefusal.Backlog"/>).
/// </param>
/// <param name="RefusedReads">
/// Reads that found no place (<see cref="RaftNodeOptions.MaxPendingReads"/>, <see cref="Core.ReadRefusal.Backlog"/>).
/// </param>
/// <param name="FailedSends">Messages for which the transport threw an exception. Each is lost, as on a network.</param>
/// <param name="ObserverFailures">Steps at which the observer threw.</param>
/// <param name="LoggerFailures">Lines for which the logger threw an exception. Each is lost.</param>
public sealed record NodeCounters(
    long RejectedMessages,
    long DroppedMessages,
    long RefusedProposals,
    long RefusedReads,
    long FailedSends,
    long ObserverFailures,
    long LoggerFailures);
