using DeterministicSimulation;
using ModelChecking.Linearizability;
using Raft.Impl.Core;
using Raft.Impl.Node;

namespace Raft.Verification.Specifications;

/// <summary>
/// A property that must hold in every schedule, checked while the schedule runs. A monitor sees every step of every server, every message
/// that is sent, every start and crash, and what services apply. Each schedule has its own monitors.
/// </summary>
public abstract class SpecificationMonitor
{
    /// <summary>The factor by which the fastest clock shortens an interval.</summary>
    private protected const double FastestClock = 1.21;

    private Action<string, ViolationMessage>? _violate;

    /// <summary>The timing options of the nodes: the defaults.</summary>
    private protected static RaftNodeOptions Timing { get; } = new() { Id = default, Members = [] };

    /// <summary>The property's name.</summary>
    public abstract string Property { get; }

    /// <summary>The current state of the cluster.</summary>
    protected ClusterState Cluster { get; private set; } = null!;

    /// <summary>A server started from its disk. Its state in memory is that before its first step.</summary>
    public virtual void OnStarted(ServerState server)
    {
    }

    /// <summary>A server took a step.</summary>
    public virtual void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
    }

    /// <summary>A server sent a message.</summary>
    public virtual void OnSent(ServerState server, Message message)
    {
    }

    /// <summary>Something happened to a message on its way: it left a server, was lost or duplicated, or arrived.</summary>
    public virtual void OnNetwork(NetworkEvent<Message> happened)
    {
    }

    /// <summary>A write of a server became durable. Its disk holds it now.</summary>
    public virtual void OnDurable(ServerState server)
    {
    }

    /// <summary>
    /// A server that is down has lost its files. It returns with an empty log, in a term in which it does not vote: its disk holds that
    /// now.
    /// </summary>
    public virtual void OnLost(ServerState server)
    {
    }

    /// <summary>A server crashed.</summary>
    public virtual void OnCrashed(ServerState server)
    {
    }

    /// <summary>The service of a server took a message and applied it.</summary>
    /// <param name="server">The server.</param>
    /// <param name="message">What it applied.</param>
    /// <param name="state">A fingerprint of the service's state afterwards.</param>
    public virtual void OnApplied(ServerState server, ApplyMessage message, ulong state)
    {
    }

    /// <summary>A client proposes a command to a server.</summary>
    /// <param name="server">The server.</param>
    /// <param name="command">What it proposes.</param>
    public virtual void OnProposed(ServerState server, Command command)
    {
    }

    /// <summary>A server reported to its service that a snapshot is durable.</summary>
    /// <param name="server">The server.</param>
    /// <param name="lastIndex">The last index that the snapshot covers.</param>
    public virtual void OnCompacted(ServerState server, LogIndex lastIndex)
    {
    }

    /// <summary>A server answered a proposal.</summary>
    /// <param name="server">The server.</param>
    /// <param name="command">What was proposed.</param>
    /// <param name="proposal">The answer that the client received.</param>
    public virtual void OnAnswered(ServerState server, Command command, Proposal proposal)
    {
    }

    /// <summary>A client calls an operation on the service.</summary>
    /// <param name="client">The client.</param>
    /// <param name="action">The operation, without a result. The calls of a schedule are numbered in this order, from 0.</param>
    public virtual void OnCalled(int client, RegisterAction action)
    {
    }

    /// <summary>A client's operation has returned.</summary>
    /// <param name="call">The number of the call.</param>
    /// <param name="action">The operation, with its result.</param>
    public virtual void OnReturned(int call, RegisterAction action)
    {
    }

    /// <summary>The entry after the last of <see cref="ClusterState.Committed"/> was committed for the first time.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="entry">The entry, with the server that committed it.</param>
    public virtual void OnCommitted(LogIndex index, CommittedEntry entry)
    {
    }

    /// <summary>Faults have ended, and time is fair from now on.</summary>
    /// <param name="now">The time, in ticks.</param>
    public virtual void OnFaultsEnded(long now)
    {
    }

    /// <summary>
    /// The cluster is at rest: time is fair, there are no faults, a quorum of servers is running and none of them stops, each holds and has
    /// applied the same log, and only what <see cref="OnProposed"/> reports is proposed.
    /// </summary>
    /// <param name="now">The time, in ticks.</param>
    public virtual void OnRest(long now)
    {
    }

    /// <summary>Faults have resumed, so guarantees that need a cluster without faults no longer apply.</summary>
    public virtual void OnFaultsResumed()
    {
    }

    /// <summary>Fair time has passed.</summary>
    /// <param name="now">The time, in ticks.</param>
    public virtual void OnTime(long now)
    {
    }

    /// <summary>A time in milliseconds, for violation messages.</summary>
    private protected static long Milliseconds(long ticks) => ticks / TimeSpan.TicksPerMillisecond;

    /// <summary>A key for the link from one server to another.</summary>
    private protected static int LinkKey(ServerId from, ServerId to) => (from.Value << 16) ^ to.Value;

    internal void Attach(ClusterState cluster, Action<string, ViolationMessage> violate)
    {
        Cluster = cluster;
        _violate = violate;
    }

    /// <summary>Reports that the property does not hold.</summary>
    /// <param name="message">The message, with its subjects.</param>
    protected void Violate(ViolationMessage message) => _violate?.Invoke(Property, message);
}
