using DeterministicSimulation;
using Raft.Impl.Core;

namespace Raft.Verification.Cluster;

/// <summary>The world that a scenario runs in.</summary>
public sealed record ClusterOptions : SimulationOptions
{
    /// <summary>After how many entries a service has its log compacted; zero: never.</summary>
    public int CompactEvery { get; init; }

    /// <summary>The limits of each server's core. Messages that carry few entries make more of what is between them.</summary>
    public CoreOptions Core { get; init; } = new() { MaxEntriesPerMessage = 2 };

    /// <summary>
    /// Whether each schedule draws limits of its own, mostly tight ones (<see cref="DrawnLimits"/>), in place of <see cref="Core"/> and
    /// <see cref="SimulationOptions.BytesPerSecond"/>; and whether commands are of any size, from nothing to more than is allowed.
    /// </summary>
    public bool DrawsLimits { get; init; }
}
