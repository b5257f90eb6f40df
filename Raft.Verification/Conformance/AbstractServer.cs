using DeterministicSimulation;

namespace Raft.Verification.Conformance;

/// <summary>
/// The state of a server in the model, without what makes equal situations look different: the numbers of servers, the values of entries,
/// and how far the cluster has come. The zero value stands for a server that has not taken a step.
/// </summary>
/// <param name="Term">currentTerm.</param>
/// <param name="CommitIndex">commitIndex.</param>
/// <param name="LogLength">Len(log).</param>
/// <param name="SnapshotIndex">snapshotIndex.</param>
/// <param name="Others">
/// A hash of the rest: state, the vote (none, its own, another's), the age of the last entry's term, the number of writes in flight; of a
/// candidate, the number of its votes; of a leader, nextIndex and matchIndex of its followers.
/// </param>
internal readonly record struct AbstractServer(int Term, int CommitIndex, int LogLength, int SnapshotIndex, ulong Others)
{
    /// <summary>
    /// The hash of the state of a cluster. Terms are relative to the lowest, and indexes to the lowest commit index. The order of the
    /// servers does not matter.
    /// </summary>
    public static ulong HashOf(ReadOnlySpan<AbstractServer> servers)
    {
        var (term, commit) = (int.MaxValue, int.MaxValue);
        foreach (ref readonly var server in servers)
        {
            term = Math.Min(term, server.Term);
            commit = Math.Min(commit, server.CommitIndex);
        }

        var state = 0UL;
        foreach (ref readonly var server in servers)
        {
            var relative = (ulong)(ushort)(server.Term - term)
                | ((ulong)(ushort)(server.CommitIndex - commit) << 16)
                | ((ulong)(ushort)(server.LogLength - commit) << 32)
                | ((ulong)(ushort)(server.SnapshotIndex - commit) << 48);
            state += SplitMix64.Mix(relative ^ server.Others);
        }

        return SplitMix64.Mix(state);
    }
}
