namespace Raft.Impl.Core;

/// <summary>
/// What a server does beyond Figure 2: extensions of Raft that a service needs. All servers of a cluster must have the same options.
/// Sections are those of Ongaro's dissertation, "Consensus: Bridging Theory and Practice", unless they are said to be the paper's.
/// </summary>
public sealed record ProtocolOptions
{
    /// <summary>Figure 2 and Figure 13 of the paper, and nothing else.</summary>
    public static ProtocolOptions Figure2 { get; } = new();

    /// <summary>What a service needs. The default of a node.</summary>
    public static ProtocolOptions Production { get; } = new()
    {
        NoOp = true,
        PreVote = true,
        CheckQuorum = true,
        LeadershipTransfer = true,
        ReadIndex = true,
    };

    /// <summary>
    /// A leader appends an entry without a command at the start of its term (the paper's §8, §6.4). So it learns at once which entries of
    /// earlier terms are committed. The service never gets that entry.
    /// </summary>
    public bool NoOp { get; init; }

    /// <summary>
    /// Before an election, a server asks the others whether they would vote for it (§9.6). A server that was cut off then does not depose
    /// the leader when it returns.
    /// </summary>
    public bool PreVote { get; init; }

    /// <summary>
    /// A server that heard from a leader within the minimum election timeout ignores requests for votes (§4.2.3).
    /// </summary>
    public bool LeaderStickiness { get; init; }

    /// <summary>A leader steps down if a majority does not answer it within an election timeout (§6.2).</summary>
    public bool CheckQuorum { get; init; }

    /// <summary>A leader can transfer its leadership to another server (§3.10).</summary>
    public bool LeadershipTransfer { get; init; }

    /// <summary>
    /// A server answers linearizable reads without an entry in the log: one round of heartbeats confirms that the leader still leads
    /// (§6.4).
    /// </summary>
    public bool ReadIndex { get; init; }

    /// <summary>
    /// A leader answers reads without a round of heartbeats while it holds a lease (§6.4.1). The lease is only safe if the clocks of all
    /// servers run at nearly the same rate. It requires <see cref="ReadIndex"/> and <see cref="LeaderStickiness"/>.
    /// </summary>
    /// <remarks>Without them no server starts: <see cref="RaftCore"/> throws an <see cref="ArgumentException"/>.</remarks>
    public bool LeaseReads { get; init; }

    /// <summary>Whether a server keeps track of whether it heard from a leader within the minimum election timeout.</summary>
    internal bool TracksContact => PreVote || LeaderStickiness || LeaseReads;

    internal void Validate()
    {
        if (LeaseReads && !(ReadIndex && LeaderStickiness))
        {
            throw new ArgumentException(
                $"{nameof(LeaseReads)} requires {nameof(ReadIndex)}, which renews the lease, and {nameof(LeaderStickiness)}, "
                + "which prevents an election within the lease.");
        }
    }
}
