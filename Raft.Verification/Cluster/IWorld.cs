using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Transport;

namespace Raft.Verification.Cluster;

/// <summary>
/// The world of a cluster: time, randomness, disks, and servers that start and crash. Scenarios that bring their own network and service,
/// the lab tests, use it directly. One implementation runs in virtual time under the embedded engine, another in real time on the thread
/// pool.
/// </summary>
public interface IWorld
{
    /// <summary>The names of all servers. At first no server runs.</summary>
    IReadOnlyList<ServerId> Servers { get; }

    /// <summary>The extensions of Figure 2 that each server has.</summary>
    ProtocolOptions Protocol { get; }

    /// <summary>The scenario's clock.</summary>
    TimeProvider Time { get; }

    /// <summary>The randomness of the scenario and of its network. It may be used from any thread.</summary>
    Random Random { get; }

    /// <summary>Runs an action after a delay, even if servers crash meanwhile. Never runs it synchronously, even with zero delay.</summary>
    void After(TimeSpan delay, Action action);

    /// <summary>Starts a new node of Raft.Impl with what the disk of its server holds.</summary>
    /// <param name="server">The server, which must be down.</param>
    /// <param name="transport">The network of this incarnation.</param>
    /// <param name="service">The service of this incarnation, in its initial state.</param>
    Task StartAsync(ServerId server, IRaftTransport transport, IService service);

    /// <summary>Stops a server at once. It may lose what is not durable.</summary>
    Task CrashAsync(ServerId server);

    /// <summary>The status of a server's node; null while the server is down.</summary>
    NodeStatus? Status(ServerId server);

    /// <summary>What the disk of a server holds, even while the server is down.</summary>
    DurableState Disk(ServerId server);

    /// <summary>Proposes a command to a server. The answer is null if the server is down, or stops before it answers.</summary>
    Task<Proposal?> ProposeAsync(ServerId server, Command command);

    /// <summary>Declares whether faults have ended, so that monitors may expect liveness.</summary>
    void SetFaultsEnded(bool ended);

    /// <summary>Records what the scenario does, in words, for traces.</summary>
    void Note(string what);

    /// <summary>Records what happens to a message on the scenario's network, for traces.</summary>
    /// <param name="kind">Sent, arrived or lost.</param>
    /// <param name="message">The message.</param>
    /// <param name="number">The number of the message, which is the same when it is sent and when it arrives.</param>
    void Note(TraceEventKind kind, Message message, long number);
}
