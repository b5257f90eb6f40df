using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Verification.Cluster;

/// <summary>The disk of a server, as the storage of its nodes. It outlives them.</summary>
internal interface IServerDisk : IRaftStorage
{
    /// <summary>Called when a write becomes durable, if not null.</summary>
    Action<RaftWrite>? Durable { get; set; }

    /// <summary>Called when a write begins, if not null.</summary>
    Action<RaftWrite>? Begun { get; set; }

    /// <inheritdoc cref="SimulatedDisk{TWrite}.InFlight"/>
    int InFlight { get; }

    /// <inheritdoc cref="SimulatedDisk{TWrite}.IsStalled"/>
    bool IsStalled { get; }

    /// <inheritdoc cref="SimulatedDisk{TWrite}.HasFailed"/>
    bool HasFailed { get; }

    /// <inheritdoc cref="SimulatedDisk{TWrite}.FailNext"/>
    void FailNext();

    /// <inheritdoc cref="SimulatedDisk{TWrite}.Stall"/>
    void Stall(bool stalled);

    /// <inheritdoc cref="SimulatedDisk{TWrite}.BeginFairTime"/>
    void BeginFairTime();

    /// <inheritdoc cref="SimulatedDisk{TWrite}.Crash"/>
    int Crash();
}
