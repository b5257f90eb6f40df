using Raft.Impl.Core;
using Raft.Impl.Node;

namespace Raft.Verification.Specifications;

/// <summary>
/// A property that must hold in every schedule, watched as the schedule goes on. It sees every step of every server, every message that is sent,
/// every crash and start, and what services are given. Each schedule has monitors of its own.
/// </summary>
public abstract class SpecificationMonitor
{
    /// <summary>A clock that is a fifth too fast makes what it measures shorter by this factor.</summary>
    private protected const double FastestClock = 1.21;

    private Action<string, ViolationMessage>? _violate;

    /// <summary>The times of the nodes that are watched: those that nodes have if nobody says otherwise.</summary>
    private protected static RaftNodeOptions Timing { get; } = new() { Id = default, Members = [] };

    /// <summary>The property's name.</summary>
    public abstract string Property { get; }

    /// <summary>The cluster, as it stands now.</summary>
    protected ClusterState Cluster { get; private set; } = null!;

    /// <summary>A server started, with what its disk held; the state in memory is that of before its first step.</summary>
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

    /// <summary>A write of a server became durable; its disk holds it now.</summary>
    public virtual void OnDurable(ServerState server)
    {
    }

    /// <summary>A server crashed.</summary>
    public virtual void OnCrashed(ServerState server)
    {
    }

    /// <summary>The service of a server took a message and applied it.</summary>
    /// <param name="server">The server.</param>
    /// <param name="message">What it applied.</param>
    /// <param name="state">The service's state afterwards, as a fingerprint.</param>
    public virtual void OnApplied(ServerState server, ApplyMessage message, ulong state)
    {
    }

    /// <summary>A client proposes a command to a server.</summary>
    /// <param name="server">The server.</param>
    /// <param name="command">What it proposes.</param>
    public virtual void OnProposed(ServerState server, Command command)
    {
    }

    /// <summary>A server told a service that its snapshot is durable.</summary>
    /// <param name="server">The server.</param>
    /// <param name="lastIndex">The last index that the snapshot covers.</param>
    public virtual void OnCompacted(ServerState server, LogIndex lastIndex)
    {
    }

    /// <summary>A server answered a proposal.</summary>
    /// <param name="server">The server.</param>
    /// <param name="command">What was proposed.</param>
    /// <param name="proposal">The answer, as the client has it.</param>
    public virtual void OnAnswered(ServerState server, Command command, Proposal proposal)
    {
    }

    /// <summary>The entry after the last of <see cref="ClusterState.Committed"/> was held to be committed for the first time.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="entry">The entry, with who committed it.</param>
    public virtual void OnCommitted(LogIndex index, CommittedEntry entry)
    {
    }

    /// <summary>From now on there are no faults, and time is fair.</summary>
    /// <param name="now">The time, in ticks.</param>
    public virtual void OnFaultsEnded(long now)
    {
    }

    /// <summary>
    /// The cluster is at rest: time is fair, there are no faults, a quorum of servers runs and stays, each holds and has applied the same log,
    /// and no more is proposed than <see cref="OnProposed"/> says.
    /// </summary>
    /// <param name="now">The time, in ticks.</param>
    public virtual void OnRest(long now)
    {
    }

    /// <summary>Something is broken again: what is expected of a cluster without faults cannot be expected any more.</summary>
    public virtual void OnFaultsResumed()
    {
    }

    /// <summary>Fair time has gone on.</summary>
    /// <param name="now">The time, in ticks.</param>
    public virtual void OnTime(long now)
    {
    }

    /// <summary>A time in ticks, as violations tell it.</summary>
    private protected static long Milliseconds(long ticks) => ticks / TimeSpan.TicksPerMillisecond;

    /// <summary>One key for the way from a server to another.</summary>
    private protected static int WayKey(ServerId from, ServerId to) => (from.Value << 16) ^ to.Value;

    internal void Attach(ClusterState cluster, Action<string, ViolationMessage> violate)
    {
        Cluster = cluster;
        _violate = violate;
    }

    /// <summary>Says that the property does not hold.</summary>
    /// <param name="message">What is wrong, with its witnesses.</param>
    protected void Violate(ViolationMessage message) => _violate?.Invoke(Property, message);
}
