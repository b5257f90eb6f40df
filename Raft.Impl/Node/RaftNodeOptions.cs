using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>The name of a node, the members of its cluster, its timeouts and its limits.</summary>
/// <remarks>
/// The options depend on each other, so they are checked together: if they do not fit, <see cref="RaftNode.StartAsync"/> throws an <see
/// cref="ArgumentException"/> that says why; for a null, an <see cref="ArgumentNullException"/>.
/// </remarks>
public sealed record RaftNodeOptions
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromDays(10);

    /// <summary>The node's own name.</summary>
    public required ServerId Id { get; init; }

    /// <summary>The names of all servers of the cluster, the node's own among them.</summary>
    public required IReadOnlyList<ServerId> Members { get; init; }

    /// <summary>How often a leader sends heartbeats: from 1 ms to 10 days. Ten a second is the most that the labs allow.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The shortest election timeout; longer than <see cref="HeartbeatInterval"/>, at most 10 days. The paper's 150 ms (§9.3) suits
    /// heartbeats that are far more frequent than these. With this one, a few heartbeats may be lost before an election starts.
    /// </summary>
    public TimeSpan MinElectionTimeout { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>
    /// The longest election timeout; longer than <see cref="MinElectionTimeout"/>, at most 10 days. Each is drawn at random between the two
    /// (§5.2), so that split votes are rare.
    /// </summary>
    public TimeSpan MaxElectionTimeout { get; init; } = TimeSpan.FromMilliseconds(800);

    /// <summary>
    /// The limits of the core. While more than <see cref="CoreOptions.MaxUncommittedBytes"/> of entries wait for the node's own storage, it
    /// refuses proposals too: a leader whose disk is slower than those of its followers would hold them without bound.
    /// </summary>
    public CoreOptions Core { get; init; } = CoreOptions.Default;

    /// <summary>The extensions of Figure 2. All nodes of a cluster must have the same.</summary>
    public ProtocolOptions Protocol { get; init; } = ProtocolOptions.Production;

    /// <summary>
    /// By how much the rate of any server's clock may differ from that of true time: 0.1 means that in 10 s a clock gains or loses at most
    /// 1 s. At least 0, less than 1. A leader's lease (<see cref="ProtocolOptions.LeaseReads"/>) is so much shorter than the minimum
    /// election timeout that it has ended before another server can become leader. Beyond this bound, lease reads may be stale.
    /// </summary>
    public double ClockDriftBound { get; init; } = 0.1;

    /// <summary>
    /// The most reads that may wait for a read index or for the service; at least 1. Beyond it, a read is refused. A read that is cancelled
    /// counts until the node would have answered it.
    /// </summary>
    public int MaxPendingReads { get; init; } = 1 << 16;

    /// <summary>
    /// The most bytes of messages that may wait for the node, and the most bytes of proposals; at least 1. Each counts a little more than
    /// its commands. Beyond it, a message is dropped, and a proposal is refused. An empty inbox has room for any one of them.
    /// </summary>
    public long MaxInboxBytes { get; init; } = 64 << 20;

    /// <summary>
    /// How long a node that stops waits for its writes: from 1 ms to 10 days. If the storage does not complete them by then, the node stops
    /// anyway. The storage stays taken, so that no other node can open it.
    /// </summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Members);
        ArgumentNullException.ThrowIfNull(Core);
        ArgumentNullException.ThrowIfNull(Protocol);
        Check(HeartbeatInterval, "The heartbeat interval");
        Check(MinElectionTimeout, "The shortest election timeout");
        Check(MaxElectionTimeout, "The longest election timeout");
        Check(StopTimeout, "The stop timeout");
        if (MinElectionTimeout <= HeartbeatInterval)
        {
            throw new ArgumentException(
                $"The shortest election timeout ({MinElectionTimeout}) must be longer than the heartbeat interval ({HeartbeatInterval}).");
        }

        if (MaxElectionTimeout <= MinElectionTimeout)
        {
            throw new ArgumentException(
                $"The longest election timeout ({MaxElectionTimeout}) must be longer than the shortest ({MinElectionTimeout}): "
                + "equal ones split votes.");
        }

        Protocol.Validate();
        if (ClockDriftBound is not (>= 0 and < 1))
        {
            throw new ArgumentException($"The bound on the drift of clocks must be at least 0 and less than 1, not {ClockDriftBound}.");
        }

        if (MaxPendingReads < 1)
        {
            throw new ArgumentException($"At least 1 read must be able to wait, not {MaxPendingReads}.");
        }

        if (MaxInboxBytes < 1)
        {
            throw new ArgumentException($"The inbox must have room for at least 1 byte, not {MaxInboxBytes}.");
        }
    }

    // The range that timers support.
    private static void Check(TimeSpan time, string what)
    {
        if (time < _shortest || time > _longest)
        {
            throw new ArgumentException(
                $"{what} must be between {_shortest.TotalMilliseconds} ms and {_longest.TotalDays} days, not {time}.");
        }
    }
}
