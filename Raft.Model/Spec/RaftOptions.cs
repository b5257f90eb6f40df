namespace Raft.Model.Spec;

/// <summary>
/// Extensions of the published <c>raft.tla</c> towards an implementation. Without any, the specification is <c>raft.tla</c>.
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
    /// The same with what the implementation does to be fast: batches, flow control, and snapshots in chunks. Every step of the running
    /// code is a step of the specification with these options.
    /// </summary>
    public static RaftOptions Conforming { get; } = Implementation with
    {
        Pipelining = true,
        MaxBatch = 2,
        Chunks = 2,
        OpaqueSnapshots = true,
    };

    /// <summary>
    /// A server handles a message in one step: it adopts the message's term, steps down, truncates and extends its log, and answers. In
    /// <c>raft.tla</c> each of these is a separate step that leaves the message in flight.
    /// </summary>
    public bool AtomicReceive { get; init; }

    /// <summary>A candidate votes for itself as it becomes one (Fig. 2). In <c>raft.tla</c> it asks itself by message.</summary>
    public bool SelfVote { get; init; }

    /// <summary>
    /// A late message does not move commitIndex, nextIndex or matchIndex back (Fig. 2: "if leaderCommit &gt; commitIndex"). In
    /// <c>raft.tla</c> it does.
    /// </summary>
    public bool MonotonicIndexes { get; init; }

    /// <summary>The most entries of an AppendEntries request; 1 in <c>raft.tla</c>.</summary>
    public int MaxEntries { get; init; } = 1;

    /// <summary>
    /// A refusal of AppendEntries names the term and the first index of the conflict, and the leader goes back over all of it at once
    /// (§5.3). In <c>raft.tla</c> it goes back an entry at a time.
    /// </summary>
    public bool FastBackup { get; init; }

    /// <summary>
    /// The most writes of term, vote and log that a server may have in flight; with 0, as in <c>raft.tla</c>, a write is durable at once. A
    /// restart loses the writes in flight. A message leaves only when the state that it reports is durable. A leader counts only the
    /// durable part of its own log.
    /// </summary>
    public int MaxWrites { get; init; }

    /// <summary>Servers replace committed entries by snapshots, and leaders send snapshots (§7).</summary>
    public bool Snapshots { get; init; }

    /// <summary>
    /// The most chunks in which a leader sends a snapshot (Figure 13); with 0, a snapshot is one message. A leader may send any chunk, or
    /// ask how much has arrived, of any of its snapshots that the follower is not known to hold.
    /// </summary>
    public int Chunks { get; init; }

    /// <summary>The most entries that a leader appends in one step and one write; 1 in <c>raft.tla</c>.</summary>
    public int MaxBatch { get; init; } = 1;

    /// <summary>
    /// A leader sends entries without waiting for answers (Ongaro's dissertation §10.2.1). It may send fewer entries than it could; it may
    /// move nextIndex on as it sends; its heartbeats may build on matchIndex, or on its snapshot; and it may ignore a refusal that is late,
    /// or resume after the entry that was refused. In <c>raft.tla</c> nextIndex moves only with answers.
    /// </summary>
    public bool Pipelining { get; init; }

    /// <summary>
    /// A server does not know which entries a snapshot covers. If the snapshot replaces its log, the server takes it that all of the log
    /// changes. Without the option, entries that the log and the snapshot have in common stay durable.
    /// </summary>
    public bool OpaqueSnapshots { get; init; }

    /// <summary>
    /// A leader appends an entry without a command as it is elected (the paper's §8, dissertation §6.4). Sections of this option and the
    /// following ones are those of the dissertation.
    /// </summary>
    public bool NoOp { get; init; }

    /// <summary>Before an election, a server asks the others whether they would vote for it (§9.6).</summary>
    public bool PreVote { get; init; }

    /// <summary>A server that has heard from a leader, or leads, ignores requests for votes (§4.2.3).</summary>
    public bool LeaderStickiness { get; init; }

    /// <summary>A leader steps down if no quorum has answered it since its last check (§6.2).</summary>
    public bool CheckQuorum { get; init; }

    /// <summary>A leader can transfer its leadership to another server (§3.10).</summary>
    public bool LeadershipTransfer { get; init; }

    /// <summary>A round of heartbeats confirms that a leader still leads, so that it can answer reads (§6.4).</summary>
    public bool ReadIndex { get; init; }

    /// <summary>
    /// A leader answers reads without a round while it has a lease (§6.4.1). Requires <see cref="ReadIndex"/> and
    /// <see cref="LeaderStickiness"/>.
    /// </summary>
    public bool LeaseReads { get; init; }

    /// <summary>Whether servers note that they have heard from a leader.</summary>
    public bool TracksContact => PreVote || LeaderStickiness || LeaseReads;

    /// <summary>Whether there are messages that neither <c>raft.tla</c> nor Figure 13 has.</summary>
    public bool HasMoreMessages => PreVote || LeadershipTransfer || ReadIndex;

    /// <summary>The options from <see cref="NoOp"/> to <see cref="LeaseReads"/>, a bit each.</summary>
    public int ProtocolKey => (NoOp ? 1 : 0) | (PreVote ? 2 : 0) | (LeaderStickiness ? 4 : 0) | (CheckQuorum ? 8 : 0)
        | (LeadershipTransfer ? 16 : 0) | (ReadIndex ? 32 : 0) | (LeaseReads ? 64 : 0);

    /// <summary>Validates the options.</summary>
    /// <param name="isUnbounded">Whether they are for a specification without bounds.</param>
    /// <exception cref="ArgumentException">An option is out of range. The message names it and the range.</exception>
    public void Validate(bool isUnbounded = false)
    {
        if (LeaseReads && !(ReadIndex && LeaderStickiness))
        {
            throw new ArgumentException($"{nameof(LeaseReads)} requires {nameof(ReadIndex)} and {nameof(LeaderStickiness)}.");
        }

        if (isUnbounded)
        {
            return;
        }

        if (MaxEntries is < 1 or > 15)
        {
            throw new ArgumentException($"An AppendEntries carries at most 1 to 15 entries, not {MaxEntries}.");
        }

        if (MaxWrites is < 0 or > 7)
        {
            throw new ArgumentException($"A server has at most 0 to 7 writes in flight, not {MaxWrites}.");
        }

        if (Chunks is < 0 or > 7)
        {
            throw new ArgumentException($"A snapshot is sent in at most 0 to 7 chunks, not {Chunks}.");
        }

        if (MaxBatch is < 1 or > 2)
        {
            throw new ArgumentException($"A leader appends at most 1 or 2 entries in a step, not {MaxBatch}.");
        }
    }
}
