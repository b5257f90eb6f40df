using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>
/// The abstract state of a cluster. It consists, for each server, of whether it is up, its role, its term relative to the lowest, and the
/// end and the commit index of its log relative to the lowest commit index. The numbers of the servers do not matter.
/// </summary>
internal static class AbstractState
{
    /// <summary>The hash of the abstract state of a cluster.</summary>
    public static ulong Of(ClusterState cluster)
    {
        var servers = cluster.Servers;
        var term = long.MaxValue;
        var commit = long.MaxValue;
        foreach (var server in servers)
        {
            if (server.Core is { } core)
            {
                term = Math.Min(term, core.CurrentTerm.Value);
                commit = Math.Min(commit, core.CommitIndex.Value);
            }
        }

        var state = 0UL;
        foreach (var server in servers)
        {
            // A sum, so that the order of the servers does not matter.
            state += server.Core is { } core ? SplitMix64.Mix(Abstract(core, term, commit)) : 1;
        }

        return SplitMix64.Mix(state);
    }

    private static ulong Abstract(RaftCore core, long term, long commit)
    {
        var abstracted = 2UL + (ulong)core.Role;
        abstracted = (abstracted << 8) | (byte)(core.CurrentTerm.Value - term);
        abstracted = (abstracted << 8) | (byte)(core.CommitIndex.Value - commit);
        abstracted = (abstracted << 8) | (byte)(core.Log.LastIndex.Value - commit);
        abstracted = (abstracted << 8) | (byte)(core.CurrentTerm.Value - core.Log.LastTerm.Value);
        return (abstracted << 1) | (core.VotedFor is null ? 0UL : 1);
    }
}
