namespace Raft.Model.Spec;

/// <summary>
/// How the specification is wider than the published <c>raft.tla</c>: towards what an implementation does. With none of these it is
/// <c>raft.tla</c>.
/// </summary>
public sealed record RaftOptions
{
    /// <summary>The published specification.</summary>
    public static RaftOptions Published { get; } = new();

    /// <summary>What the implementation in this repository does.</summary>
    public static RaftOptions Implementation { get; } = new()
    {
        AtomicReceive = true,
        SelfVote = true,
        MonotonicIndexes = true,
        MaxEntries = 2,
        FastBackup = true,
        MaxWrites = 2,
        Snapshots = true,
    };

    /// <summary>
    /// A server takes a message in one step: it adopts the message's term, steps down, cuts and extends its log, and answers. In
    /// <c>raft.tla</c> each of these is a step of its own, after which the message is still there.
    /// </summary>
    public bool AtomicReceive { get; init; }

    /// <summary>A candidate votes for itself as it becomes one (Fig. 2). In <c>raft.tla</c> it asks itself by message.</summary>
    public bool SelfVote { get; init; }

    /// <summary>
    /// A late message does not move commitIndex, nextIndex or matchIndex back (Fig. 2: "if leaderCommit &gt; commitIndex"). In
    /// <c>raft.tla</c> it does.
    /// </summary>
    public bool MonotonicIndexes { get; init; }

    /// <summary>How many entries an AppendEntries carries at most; in <c>raft.tla</c> 1.</summary>
    public int MaxEntries { get; init; } = 1;

    /// <summary>
    /// A refusal of AppendEntries names the term and the first index of the conflict, and the leader goes back over all of it at once
    /// (§5.3). In <c>raft.tla</c> it goes back an entry at a time.
    /// </summary>
    public bool FastBackup { get; init; }

    /// <summary>
    /// How many writes of term, vote and log a server may have in flight; 0, as in <c>raft.tla</c>: a write is durable at once. A restart
    /// loses the writes in flight. What a message tells is durable before it leaves; a leader counts of its own log what is durable.
    /// </summary>
    public int MaxWrites { get; init; }

    /// <summary>Servers replace what they have committed by snapshots, and leaders send those (§7).</summary>
    public bool Snapshots { get; init; }

    /// <summary>Makes sure that the options make sense.</summary>
    /// <exception cref="ArgumentException">One does not; the message names it, and says what would.</exception>
    public void Validate()
    {
        if (MaxEntries is < 1 or > 15)
        {
            throw new ArgumentException($"An AppendEntries carries at most 1 to 15 entries, not {MaxEntries}.");
        }

        if (MaxWrites is < 0 or > 7)
        {
            throw new ArgumentException($"A server has at most 0 to 7 writes in flight, not {MaxWrites}.");
        }
    }
}
