namespace Raft.Impl.Core;

/// <summary>
/// A message between two servers: a request or a reply of an RPC of Figures 2 and 13. Messages travel one way, and may be lost,
/// repeated or overtaken by others.
/// </summary>
/// <param name="From">Who sent it.</param>
/// <param name="To">Who it is for.</param>
/// <param name="Term">The sender's current term when it made the message.</param>
public abstract record Message(ServerId From, ServerId To, Term Term)
{
    /// <summary>The bytes that a message counts in addition to the commands or the snapshot data that it carries.</summary>
    private protected const int Overhead = 64;

    /// <summary>The bytes that the message counts toward limits: at least as many as it takes on a network.</summary>
    public virtual long Size => Overhead;

    // Only Raft.Impl derives from it: there is a rule for each kind.
    /// <summary>The content of the message, without the term, in words.</summary>
    private protected abstract string Content { get; }

    /// <summary>
    /// Says what is contradictory in the message; null if it is sound. A server that follows the rules of Figure 2 never sends a
    /// contradictory message, and a server that receives one must reject it.
    /// </summary>
    public string? Contradiction() =>
        Term == Term.Zero && this is not (PreVote or PreVoteReply)
            ? "it is of term 0, in which nothing is sent"
            : Soundness.ContradictionIn(Term) ?? ContradictionInContent();

    /// <summary>Says what is contradictory in the content of the message; null if it is sound.</summary>
    private protected abstract string? ContradictionInContent();

    /// <summary>Says what is contradictory in the number of a round; null if it is sound.</summary>
    private protected static string? ContradictionInRound(long round) => round < 0 ? $"no round has the number {round}" : null;

    /// <summary>The number of a round in words; empty for zero.</summary>
    private protected static string TextOfRound(long round) => round == 0 ? string.Empty : $", round {round}";

    /// <summary>The message in a line, as logs and reports have it.</summary>
    public sealed override string ToString() => $"{GetType().Name} {From} -> {To} (term {Term}, {Content})";
}

/// <summary>RequestVote RPC, arguments (Figure 2). The candidate is <see cref="Message.From"/>.</summary>
/// <param name="From">The candidate that asks for the vote.</param>
/// <param name="To">The server that is asked.</param>
/// <param name="Term">The candidate's term.</param>
/// <param name="LastLogIndex">The index of the candidate's last log entry.</param>
/// <param name="LastLogTerm">The term of the candidate's last log entry.</param>
/// <param name="IsTransfer">Whether the leader asked the candidate to stand for election (dissertation §3.10).</param>
public sealed record RequestVote(
    ServerId From, ServerId To, Term Term, LogIndex LastLogIndex, Term LastLogTerm, bool IsTransfer = false)
    : Message(From, To, Term)
{
    /// <inheritdoc/>
    private protected override string Content => $"{TextOf(LastLogIndex, LastLogTerm)}{(IsTransfer ? ", by transfer" : string.Empty)}";

    internal static string TextOf(LogIndex lastLogIndex, Term lastLogTerm) =>
        lastLogIndex == LogIndex.Zero ? "empty log" : $"log to {lastLogIndex}@{lastLogTerm}";

    // The candidate began the term: its log ends in an earlier one.
    /// <inheritdoc/>
    private protected override string? ContradictionInContent() =>
        LastLogTerm >= Term
            ? $"the candidate's log ends in term {LastLogTerm}, which is not before term {Term}"
            : Soundness.ContradictionIn(LastLogIndex, LastLogTerm, [], Term);
}

/// <summary>RequestVote RPC, results (Figure 2).</summary>
/// <param name="From">The server that was asked.</param>
/// <param name="To">The candidate.</param>
/// <param name="Term">The term of the server that was asked, for the candidate to update itself.</param>
/// <param name="VoteGranted">Whether the candidate received the vote.</param>
public sealed record RequestVoteReply(ServerId From, ServerId To, Term Term, bool VoteGranted)
    : Message(From, To, Term)
{
    /// <inheritdoc/>
    private protected override string Content => VoteGranted ? "granted" : "refused";

    /// <inheritdoc/>
    private protected override string? ContradictionInContent() => null;
}

/// <summary>AppendEntries RPC, arguments (Figure 2). The leader is <see cref="Message.From"/>.</summary>
/// <param name="From">The leader.</param>
/// <param name="To">The follower.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="PrevLogIndex">The index of the entry immediately before the new ones.</param>
/// <param name="PrevLogTerm">The term of that entry.</param>
/// <param name="Entries">The entries to store; none in a heartbeat.</param>
/// <param name="LeaderCommit">The leader's commit index.</param>
/// <param name="Round">The leader's last round of heartbeats (dissertation §6.4); zero: it has begun none.</param>
public sealed record AppendEntries(
    ServerId From,
    ServerId To,
    Term Term,
    LogIndex PrevLogIndex,
    Term PrevLogTerm,
    EntryList Entries,
    LogIndex LeaderCommit,
    long Round = 0)
    : Message(From, To, Term)
{
    /// <summary>
    /// The index of the last entry that the message is about: that of its last new entry, or <see cref="PrevLogIndex"/>.
    /// </summary>
    public LogIndex LastIndex => PrevLogIndex + Entries.Count;

    /// <inheritdoc/>
    public override long Size => Overhead + Entries.Size;

    /// <inheritdoc/>
    private protected override string Content => $"after {PrevLogIndex}@{PrevLogTerm} {Entries}, commit {LeaderCommit}{TextOfRound(Round)}";

    /// <inheritdoc/>
    private protected override string? ContradictionInContent() =>
        ContradictionInRound(Round)
        ?? Soundness.ContradictionIn(LeaderCommit)
        ?? Soundness.ContradictionIn(PrevLogIndex, PrevLogTerm, Entries.Span, Term);
}

/// <summary>
/// AppendEntries RPC, results (Figure 2), with what the leader needs to know because messages travel one way, and with the
/// conflicting term and its first index for the fast back-up of nextIndex (§5.3).
/// </summary>
/// <param name="From">The follower.</param>
/// <param name="To">The leader.</param>
/// <param name="Term">The follower's current term, for the leader to update itself.</param>
/// <param name="Success">Whether the follower's log held the entry at the request's prevLogIndex and prevLogTerm.</param>
/// <param name="LastIndex">
/// On success: the follower's log agrees with the leader's up to here. On failure: the request's prevLogIndex.
/// </param>
/// <param name="ConflictIndex">
/// On failure: the first index that the follower holds of <paramref name="ConflictTerm"/>; or, where its log is too short, the
/// index after its last entry.
/// </param>
/// <param name="ConflictTerm">On failure: the term of the follower's entry at prevLogIndex; null where it has none there.</param>
/// <param name="Round">The round of the request (dissertation §6.4); zero if the request is refused because of its term.</param>
public sealed record AppendEntriesReply(
    ServerId From,
    ServerId To,
    Term Term,
    bool Success,
    LogIndex LastIndex,
    LogIndex ConflictIndex = default,
    Term? ConflictTerm = null,
    long Round = 0)
    : Message(From, To, Term)
{
    /// <inheritdoc/>
    private protected override string Content => $"{Result}{TextOfRound(Round)}";

    private string Result =>
        Success ? $"success up to {LastIndex}"
        : ConflictTerm is { } term ? $"refused at {LastIndex}, term {term} begins at {ConflictIndex}"
        : ConflictIndex > LogIndex.Zero ? $"refused at {LastIndex}, log ends before {ConflictIndex}"
        : $"refused at {LastIndex}";

    /// <inheritdoc/>
    private protected override string? ContradictionInContent() =>
        ConflictTerm is { } conflict && (conflict <= Term.Zero || conflict > Term)
            ? $"it names an entry of term {conflict} in a log that reaches to term {Term}"
            : ContradictionInRound(Round) ?? Soundness.ContradictionIn(LastIndex) ?? Soundness.ContradictionIn(ConflictIndex);
}

/// <summary>InstallSnapshot RPC, arguments (Figure 13): a chunk of a snapshot. The leader is <see cref="Message.From"/>.</summary>
/// <remarks>A chunk without bytes that is not the last one asks how much of the snapshot has arrived.</remarks>
/// <param name="From">The leader.</param>
/// <param name="To">The follower.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="LastIndex">lastIncludedIndex: the snapshot replaces all entries up through this index.</param>
/// <param name="LastTerm">lastIncludedTerm: the term of the entry at that index.</param>
/// <param name="Offset">The position of the chunk in the snapshot, in bytes.</param>
/// <param name="Data">The bytes of the chunk.</param>
/// <param name="Done">Whether this is the last chunk.</param>
/// <param name="Round">The leader's last round of heartbeats (dissertation §6.4); zero: it has begun none.</param>
public sealed record InstallSnapshot(
    ServerId From,
    ServerId To,
    Term Term,
    LogIndex LastIndex,
    Term LastTerm,
    long Offset,
    SnapshotData Data,
    bool Done,
    long Round = 0)
    : Message(From, To, Term)
{
    /// <summary>A whole snapshot in one message.</summary>
    public InstallSnapshot(ServerId from, ServerId to, Term term, Snapshot snapshot)
        : this(from, to, term, snapshot.LastIndex, snapshot.LastTerm, Offset: 0, snapshot.Data, Done: true)
    {
    }

    /// <inheritdoc/>
    public override long Size => Overhead + Data.Length;

    /// <inheritdoc/>
    private protected override string Content => $"snapshot to {LastIndex}@{LastTerm}{Part}{TextOfRound(Round)}";

    private string Part =>
        Offset == 0 && Done ? string.Empty : $", {Data.Length} bytes from {Offset} on{(Done ? ", the last" : string.Empty)}";

    /// <inheritdoc/>
    private protected override string? ContradictionInContent() =>
        LastIndex == LogIndex.Zero ? "a snapshot of nothing is not sent"
        : Offset < 0 || Offset > Snapshot.MaxBytes - Data.Length
            ? $"a snapshot has at most {Snapshot.MaxBytes} bytes: there are not {Data.Length} from {Offset} on"
        : ContradictionInRound(Round) ?? Soundness.ContradictionIn(LastIndex, LastTerm, [], Term);
}

/// <summary>InstallSnapshot RPC, results (Figure 13), with what the leader needs to know because messages travel one way.</summary>
/// <param name="From">The follower.</param>
/// <param name="To">The leader.</param>
/// <param name="Term">The follower's current term, for the leader to update itself.</param>
/// <param name="LastIndex">The last index of the snapshot; zero where the request is refused, because it is of an earlier term.</param>
/// <param name="Missing">
/// The position of the first byte of the snapshot that the follower lacks; null: it lacks nothing, and holds everything up to <paramref
/// name="LastIndex"/>.
/// </param>
/// <param name="Round">The round of the request (dissertation §6.4); zero where the request is refused.</param>
public sealed record InstallSnapshotReply(
    ServerId From, ServerId To, Term Term, LogIndex LastIndex, long? Missing = null, long Round = 0)
    : Message(From, To, Term)
{
    /// <inheritdoc/>
    private protected override string Content => $"{Result}{TextOfRound(Round)}";

    private string Result =>
        LastIndex == LogIndex.Zero ? "refused"
        : Missing is { } missing ? $"snapshot to {LastIndex}, lacks the bytes from {missing} on"
        : $"up to {LastIndex}";

    /// <inheritdoc/>
    private protected override string? ContradictionInContent() =>
        Missing < 0 ? $"no byte has the position {Missing}" : ContradictionInRound(Round) ?? Soundness.ContradictionIn(LastIndex);
}

/// <summary>
/// A server asks, before an election, whether another would vote for it (dissertation §9.6; <see cref="ProtocolOptions.PreVote"/>). The
/// election would be of the term after <see cref="Message.Term"/>.
/// </summary>
/// <param name="From">The server that asks.</param>
/// <param name="To">The server that is asked.</param>
/// <param name="Term">The current term of the server that asks.</param>
/// <param name="LastLogIndex">The index of its last log entry.</param>
/// <param name="LastLogTerm">The term of its last log entry.</param>
public sealed record PreVote(ServerId From, ServerId To, Term Term, LogIndex LastLogIndex, Term LastLogTerm) : Message(From, To, Term)
{
    /// <inheritdoc/>
    private protected override string Content => RequestVote.TextOf(LastLogIndex, LastLogTerm);

    /// <inheritdoc/>
    private protected override string? ContradictionInContent() => Soundness.ContradictionIn(LastLogIndex, LastLogTerm, [], Term);
}

/// <summary>The answer to a <see cref="PreVote"/>.</summary>
/// <param name="From">The server that was asked.</param>
/// <param name="To">The server that asked.</param>
/// <param name="Term">The current term of the server that was asked.</param>
/// <param name="VoteGranted">Whether it would vote for the other.</param>
public sealed record PreVoteReply(ServerId From, ServerId To, Term Term, bool VoteGranted) : Message(From, To, Term)
{
    /// <inheritdoc/>
    private protected override string Content => VoteGranted ? "would grant" : "would refuse";

    /// <inheritdoc/>
    private protected override string? ContradictionInContent() => null;
}

/// <summary>
/// A leader asks a follower to stand for election at once, so that the follower becomes leader (dissertation §3.10; <see
/// cref="ProtocolOptions.LeadershipTransfer"/>).
/// </summary>
/// <param name="From">The leader.</param>
/// <param name="To">The follower.</param>
/// <param name="Term">The leader's term.</param>
public sealed record TimeoutNow(ServerId From, ServerId To, Term Term) : Message(From, To, Term)
{
    /// <inheritdoc/>
    private protected override string Content => "stand for election";

    /// <inheritdoc/>
    private protected override string? ContradictionInContent() => null;
}

/// <summary>A follower asks the leader for a read index (dissertation §6.4; <see cref="ProtocolOptions.ReadIndex"/>).</summary>
/// <param name="From">The follower.</param>
/// <param name="To">The leader.</param>
/// <param name="Term">The follower's current term.</param>
/// <param name="Id">The name of the request. No other request of the follower has it.</param>
public sealed record ReadIndexRequest(ServerId From, ServerId To, Term Term, long Id) : Message(From, To, Term)
{
    /// <inheritdoc/>
    private protected override string Content => $"read {Id}";

    /// <inheritdoc/>
    private protected override string? ContradictionInContent() => Id < 0 ? $"no read has the name {Id}" : null;
}

/// <summary>The answer to a <see cref="ReadIndexRequest"/>.</summary>
/// <param name="From">The server that was asked.</param>
/// <param name="To">The follower.</param>
/// <param name="Term">The current term of the server that was asked.</param>
/// <param name="Id">The name of the request.</param>
/// <param name="ReadIndex">The follower's service answers once it has applied the log up to here. Zero: the read is refused.</param>
public sealed record ReadIndexReply(ServerId From, ServerId To, Term Term, long Id, LogIndex ReadIndex) : Message(From, To, Term)
{
    /// <inheritdoc/>
    private protected override string Content => ReadIndex == LogIndex.Zero ? $"read {Id} refused" : $"read {Id} at {ReadIndex}";

    /// <inheritdoc/>
    private protected override string? ContradictionInContent() =>
        Id < 0 ? $"no read has the name {Id}" : Soundness.ContradictionIn(ReadIndex);
}

/// <summary>
/// A message of a kind that this version does not know. A transport may deliver one that a later version has sent: it changes nothing, and
/// is counted (<see cref="Output.Rejected"/>).
/// </summary>
/// <param name="From">Who sent it.</param>
/// <param name="To">Who it is for.</param>
/// <param name="Term">The sender's term.</param>
public sealed record UnknownMessage(ServerId From, ServerId To, Term Term) : Message(From, To, Term)
{
    /// <inheritdoc/>
    private protected override string Content => "of an unknown kind";

    /// <inheritdoc/>
    private protected override string? ContradictionInContent() => null;
}
