using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// §5.3: an entry is committed only once it is on the disks of a majority, in the term of the leader that counts it (§5.4.2). A follower
/// considers committed only entries that the leader's message covers (Figure 2, AppendEntries receiver 5).
/// </summary>
[PropertyMeaning(
    "A leader commits an entry only once it is on the disks of a majority, and by counting only entries "
    + "of its own term; others commit only what the leader told them.",
    "§5.3 and §5.4.2, Figure 8")]
public sealed class CommittedByQuorum : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(CommittedByQuorum);

    /// <inheritdoc/>
    public override void OnCommitted(LogIndex index, CommittedEntry entry)
    {
        var holders = 0;
        foreach (var server in Cluster.Servers)
        {
            var log = server.Durable.Log;
            if (index <= log.Snapshot.LastIndex || log.TermAt(index) == entry.Entry.Term)
            {
                holders++;
            }
        }

        if (holders < Cluster.Quorum)
        {
            Violate(
                $"{entry.Server} committed {entry.Entry} at index {index} in term {entry.Term}, though only {holders} of "
                    + $"{Cluster.Servers.Length} disks hold it.");
        }
    }

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (core.CommitIndex <= server.PreviousCommitIndex)
        {
            return;
        }

        if (core.Role != Role.Leader)
        {
            CheckTold(server, core, input);
        }
        else if (core.Log.TermAt(core.CommitIndex) is { } term && term != core.CurrentTerm)
        {
            // The last entry that a leader commits by counting is of its own term.
            Violate(
                $"{server.Id}, leader of term {core.CurrentTerm}, committed up to entry {core.CommitIndex}, which is of term {term} "
                    + $"(§5.4.2).");
        }
    }

    // Entries after the last entry of the message need not be in the leader's log.
    private void CheckTold(ServerState server, RaftCore core, Input input)
    {
        var told = input switch
        {
            MessageReceived { Message: AppendEntries request } => request.LastIndex,
            MessageReceived { Message: InstallSnapshot request } => request.LastIndex,
            _ => LogIndex.Zero,
        };
        if (core.CommitIndex > told)
        {
            Violate(
                $"{server.Id}, {core.Role} in term {core.CurrentTerm}, committed up to entry {core.CommitIndex} by {input}, which reaches "
                    + $"only to {told}.");
        }
    }
}
