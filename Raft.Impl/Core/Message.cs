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
    /// <summary>What it says beside the term, in words.</summary>
    protected abstract string Content { get; }

    /// <summary>The message in a line, as logs and reports have it.</summary>
    public sealed override string ToString() => $"{GetType().Name} {From} -> {To} (term {Term}, {Content})";
}

/// <summary>RequestVote RPC, arguments (Figure 2). The candidate is <see cref="Message.From"/>.</summary>
/// <param name="From">The candidate that asks for the vote.</param>
/// <param name="To">The server that is asked.</param>
/// <param name="Term">The candidate's term.</param>
/// <param name="LastLogIndex">The index of the candidate's last log entry.</param>
/// <param name="LastLogTerm">The term of the candidate's last log entry.</param>
public sealed record RequestVote(ServerId From, ServerId To, Term Term, LogIndex LastLogIndex, Term LastLogTerm)
    : Message(From, To, Term)
{
    /// <inheritdoc/>
    protected override string Content => $"log to {LastLogIndex}@{LastLogTerm}";
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
    protected override string Content => VoteGranted ? "granted" : "refused";
}

/// <summary>AppendEntries RPC, arguments (Figure 2). The leader is <see cref="Message.From"/>.</summary>
/// <param name="From">The leader.</param>
/// <param name="To">The follower.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="PrevLogIndex">The index of the entry immediately before the new ones.</param>
/// <param name="PrevLogTerm">The term of that entry.</param>
/// <param name="Entries">The entries to store; none in a heartbeat.</param>
/// <param name="LeaderCommit">The leader's commit index.</param>
public sealed record AppendEntries(
    ServerId From,
    ServerId To,
    Term Term,
    LogIndex PrevLogIndex,
    Term PrevLogTerm,
    EntryList Entries,
    LogIndex LeaderCommit)
    : Message(From, To, Term)
{
    /// <summary>The index of the last entry that the message speaks of: that of its last new entry, or <see cref="PrevLogIndex"/>.</summary>
    public LogIndex LastIndex => PrevLogIndex + Entries.Count;

    /// <inheritdoc/>
    protected override string Content => $"after {PrevLogIndex}@{PrevLogTerm} {Entries}, commit {LeaderCommit}";
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
/// index after its last one.
/// </param>
/// <param name="ConflictTerm">On failure: the term of the follower's entry at prevLogIndex; null where it has none there.</param>
public sealed record AppendEntriesReply(
    ServerId From,
    ServerId To,
    Term Term,
    bool Success,
    LogIndex LastIndex,
    LogIndex ConflictIndex = default,
    Term? ConflictTerm = null)
    : Message(From, To, Term)
{
    /// <inheritdoc/>
    protected override string Content =>
        Success ? $"success up to {LastIndex}"
        : ConflictTerm is { } term ? $"refused at {LastIndex}, term {term} begins at {ConflictIndex}"
        : ConflictIndex > LogIndex.Zero ? $"refused at {LastIndex}, log ends before {ConflictIndex}"
        : $"refused at {LastIndex}";
}

/// <summary>InstallSnapshot RPC, arguments (Figure 13), the whole snapshot in one message.</summary>
/// <param name="From">The leader.</param>
/// <param name="To">The follower.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Snapshot">The snapshot.</param>
public sealed record InstallSnapshot(ServerId From, ServerId To, Term Term, Snapshot Snapshot)
    : Message(From, To, Term)
{
    /// <inheritdoc/>
    protected override string Content => Snapshot.ToString();
}

/// <summary>InstallSnapshot RPC, results (Figure 13).</summary>
/// <param name="From">The follower.</param>
/// <param name="To">The leader.</param>
/// <param name="Term">The follower's current term, for the leader to update itself.</param>
/// <param name="LastIndex">The follower holds everything up to here (zero where the request came from an earlier term).</param>
public sealed record InstallSnapshotReply(ServerId From, ServerId To, Term Term, LogIndex LastIndex)
    : Message(From, To, Term)
{
    /// <inheritdoc/>
    protected override string Content => $"up to {LastIndex}";
}
