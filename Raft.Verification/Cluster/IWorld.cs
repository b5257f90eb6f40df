using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Transport;

namespace Raft.Verification.Cluster;

/// <summary>
/// What lies beneath a cluster: time, randomness, disks, and servers that live and crash. Scenarios that bring a network and a service of their own
/// (the lab tests) build on it. There is one of virtual time, under the embedded engine, and one of real time, on the thread pool.
/// </summary>
public interface IWorld
{
    /// <summary>The names of all servers; none of them runs at first.</summary>
    IReadOnlyList<ServerId> Servers { get; }

    /// <summary>The scenario's clock.</summary>
    TimeProvider Time { get; }

    /// <summary>All randomness of the scenario and of its network. It may be used from any thread.</summary>
    Random Random { get; }

    /// <summary>Lets something happen after a while, whatever becomes of the servers; also after no time never from inside the call.</summary>
    void After(TimeSpan delay, Action action);

    /// <summary>Starts a server with what its disk holds: a new node of Raft.Impl.</summary>
    /// <param name="server">The server; it must not run.</param>
    /// <param name="transport">The network of this life.</param>
    /// <param name="service">The service of this life, which starts empty.</param>
    Task StartAsync(ServerId server, IRaftTransport transport, IService service);

    /// <summary>Stops a server at once. What it has not made durable may be gone.</summary>
    Task CrashAsync(ServerId server);

    /// <summary>What a server says that it is; null while it is down.</summary>
    NodeStatus? Status(ServerId server);

    /// <summary>What the disk of a server holds; also while it is down.</summary>
    DurableState Disk(ServerId server);

    /// <summary>Proposes a command to a server. The answer is null if it is down, or stops before it answers.</summary>
    Task<Proposal?> ProposeAsync(ServerId server, Command command);

    /// <summary>Says whether nothing is broken from now on, so that liveness can be expected.</summary>
    void SetFaultsEnded(bool isCalm);

    /// <summary>Takes note of what the scenario does, in words, for traces.</summary>
    void Note(string what);

    /// <summary>Takes note of what happens to a message on the scenario's network, for traces.</summary>
    /// <param name="kind">Sent, arrived or lost.</param>
    /// <param name="message">The message.</param>
    /// <param name="number">Its number: that which was sent has the same as that which arrives.</param>
    void Note(TraceEventKind kind, Message message, long number);
}
