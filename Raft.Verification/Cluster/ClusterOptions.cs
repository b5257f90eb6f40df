using DeterministicSimulation;
using Raft.Impl.Core;

namespace Raft.Verification.Cluster;

/// <summary>The world that a scenario runs in.</summary>
public sealed record ClusterOptions : SimulationOptions
{
    /// <summary>The number of entries after which a service compacts its log; zero means never.</summary>
    public int CompactEvery { get; init; }

    /// <summary>The limits of each server's core. By default a message carries few entries, so that more messages are sent.</summary>
    public CoreOptions Core { get; init; } = new() { MaxEntriesPerMessage = 2 };

    /// <summary>
    /// Whether each schedule draws its own limits (<see cref="DrawnLimits"/>), mostly tight ones, in place of <see cref="Core"/> and
    /// <see cref="SimulationOptions.BytesPerSecond"/>. Then the sizes of commands vary too, from zero to more than is allowed.
    /// </summary>
    public bool DrawsLimits { get; init; }

    /// <summary>
    /// Whether each incarnation draws how its service takes what is committed: it reads the channel, before or after its snapshots are
    /// durable, or an applier drives it. With <see cref="DrawsLimits"/> it draws that too. Otherwise it reads the channel.
    /// </summary>
    public bool DrawsServing { get; init; }

    /// <summary>The extensions of Figure 2 that each server has.</summary>
    public ProtocolOptions Protocol { get; init; } = ProtocolOptions.Figure2;

    /// <summary>
    /// Whether each schedule draws its own extensions in place of <see cref="Protocol"/>: none, those of production, or any combination.
    /// </summary>
    public bool DrawsProtocol { get; init; }

    /// <summary>
    /// Whether the leases of leaders allow for no drift of clocks, though clocks drift (<see cref="FaultBudget.ClockDriftPercent"/>). Then
    /// reads may be stale (dissertation §6.4.1).
    /// </summary>
    public bool LeasesIgnoreDrift { get; init; }

    /// <summary>
    /// Whether each server stores in files: its storage is a <see cref="Raft.Impl.Storage.Files.FileStorage"/> on a <see
    /// cref="DiskImage"/>. Otherwise a write of a node is one write of its disk.
    /// </summary>
    public bool Files { get; init; }

    /// <summary>
    /// Whether the servers send over streams of bytes: the transport of each is a <see cref="Raft.Impl.Transport.Tcp.TcpTransport"/> on
    /// <see cref="SimulatedStreams"/>. Otherwise each message travels by itself.
    /// </summary>
    public bool Streams { get; init; }

    /// <summary>Whether each schedule draws whether its servers store in files (<see cref="Files"/>): one in sixteen does.</summary>
    public bool DrawsStorage { get; init; }

    /// <summary>
    /// Whether each schedule draws whether its servers send over streams of bytes (<see cref="Streams"/>): one in sixteen does.
    /// </summary>
    public bool DrawsTransport { get; init; }

    /// <summary>Whether the formal model steps beside each server (property Conformance).</summary>
    public bool Conformance { get; init; } = true;
}
