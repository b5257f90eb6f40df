using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>Who a node is, and how it keeps time.</summary>
public sealed record RaftNodeOptions
{
    /// <summary>The node's own name.</summary>
    public required ServerId Id { get; init; }

    /// <summary>The names of all servers of the cluster, the node's own among them.</summary>
    public required IReadOnlyList<ServerId> Members { get; init; }

    /// <summary>How often a leader sends heartbeats. Ten a second is the most that the labs allow.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The shortest election timeout. The paper's 150 ms (§9.3) suits heartbeats that are far more frequent than these; this one lets
    /// a few heartbeats be lost first.
    /// </summary>
    public TimeSpan MinElectionTimeout { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>The longest election timeout. Each is drawn at random between the two (§5.2), so that split votes are rare.</summary>
    public TimeSpan MaxElectionTimeout { get; init; } = TimeSpan.FromMilliseconds(800);

    /// <summary>The limits of the core.</summary>
    public CoreOptions Core { get; init; } = CoreOptions.Default;

    internal void Validate()
    {
        if (HeartbeatInterval <= TimeSpan.Zero)
        {
            throw new ArgumentException($"The heartbeat interval must be positive, not {HeartbeatInterval}.");
        }

        if (MinElectionTimeout <= HeartbeatInterval)
        {
            throw new ArgumentException(
                $"The shortest election timeout ({MinElectionTimeout}) must be longer than the heartbeat interval ({HeartbeatInterval}).");
        }

        if (MaxElectionTimeout <= MinElectionTimeout)
        {
            throw new ArgumentException(
                $"The longest election timeout ({MaxElectionTimeout}) must be longer than the shortest ({MinElectionTimeout}): equal ones split votes.");
        }
    }
}
