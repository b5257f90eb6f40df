using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 3, Leader Completeness: if a log entry is committed in a given term, then that entry will be present in the logs of the leaders
/// for all higher-numbered terms (§5.4).
/// </summary>
[PropertyMeaning(
    "If a log entry is committed in a given term, then that entry is present in the logs of the leaders of all higher-numbered terms.",
    "Figure 3, Leader Completeness; §5.4")]
public sealed class LeaderCompleteness : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(LeaderCompleteness);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (core.Role == Role.Leader && (server.PreviousRole != Role.Leader || server.PreviousTerm != core.CurrentTerm))
        {
            for (var i = 0; i < Cluster.Committed.Count; i++)
            {
                Check(core, new LogIndex(i + 1), Cluster.Committed[i]);
            }
        }
    }

    /// <inheritdoc/>
    public override void OnCommitted(LogIndex index, CommittedEntry entry)
    {
        foreach (var server in Cluster.Servers)
        {
            if (server.Core is { Role: Role.Leader } leader)
            {
                Check(leader, index, entry);
            }
        }
    }

    private void Check(RaftCore leader, LogIndex index, CommittedEntry committed)
    {
        // The leader's snapshot stands for the entries that it covers. StateMachineSafety checks the snapshot.
        if (leader.CurrentTerm > committed.Term && index >= leader.Log.FirstIndex
            && (index > leader.Log.LastIndex || leader.Log[index] != committed.Entry))
        {
            Violate(
                $"{leader.Id} leads term {leader.CurrentTerm} without {committed.Entry} at index {index}, which {committed.Server} "
                    + $"committed in term {committed.Term}.");
        }
    }
}
