using System.Numerics;
using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Simulation;
using Raft.Verification.Specifications;

namespace Raft.Verification.Exploration;

/// <summary>
/// How much of the cluster's behaviour was seen: the number of distinct abstract states. It is an estimate, from a bitmap of fixed size, by linear
/// counting (Whang, Vander-Zanden, Taylor: "A linear-time probabilistic counting algorithm", TODS 1990).
/// </summary>
/// <remarks>
/// An abstract state is, for each server: up or down, its role, its term relative to the lowest, where its log ends and how far it is committed
/// relative to the lowest. Which server is which does not count.
/// </remarks>
public sealed class AbstractStates
{
    private const int _bits = 22;
    private readonly ulong[] _seen = new ulong[(1 << _bits) / 64];

    /// <summary>How many were told apart while watching: the new ones of a schedule are the difference between before and after.</summary>
    public long Count { get; private set; }

    /// <summary>About how many distinct abstract states were seen.</summary>
    public long Estimate
    {
        get
        {
            const double size = 1 << _bits;
            var zeros = size - _seen.Sum(word => (long)BitOperations.PopCount(word));
            return (long)Math.Round(-size * Math.Log(Math.Max(zeros, 1) / size));
        }
    }

    /// <summary>Adds what another has seen.</summary>
    public void Add(AbstractStates other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < _seen.Length; i++)
        {
            _seen[i] |= Volatile.Read(ref other._seen[i]);
        }
    }

    internal void Watch(SimulatedCluster cluster)
    {
        foreach (var server in cluster.Simulated)
        {
            server.Stepped += (_, _, _) => Note(cluster);
        }
    }

    /// <summary>The abstract state that a cluster is in, as a hash.</summary>
    internal static ulong Of(ClusterState cluster)
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
            // Summed, so that the order of the servers does not count.
            state += server.Core is { } core ? SplitMix64.Mix(Abstract(core, term, commit)) : 1;
        }

        return SplitMix64.Mix(state);
    }

    private void Note(SimulatedCluster cluster)
    {
        var bit = (int)(Of(cluster.State) >> (64 - _bits));
        var mask = 1UL << (bit % 64);
        if ((_seen[bit / 64] & mask) == 0)
        {
            _seen[bit / 64] |= mask;
            Count++;
        }
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
