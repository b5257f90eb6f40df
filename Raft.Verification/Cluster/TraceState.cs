namespace Raft.Verification.Cluster;

/// <summary>A server in a trace, after something happened to it.</summary>
public sealed record TraceState
{
    /// <summary>Follower, Candidate or Leader.</summary>
    public required string Role { get; init; }

    /// <summary>currentTerm.</summary>
    public required long Term { get; init; }

    /// <summary>votedFor, the number of a server; null where it has not voted.</summary>
    public int? VotedFor { get; init; }

    /// <summary>The last index that a snapshot has replaced; 0 without a snapshot.</summary>
    public required long SnapshotIndex { get; init; }

    /// <summary>The log after the snapshot.</summary>
    public required IReadOnlyList<TraceEntry> Log { get; init; }

    /// <summary>The last index up to which the log is on disk.</summary>
    public required long DurableIndex { get; init; }

    /// <summary>commitIndex.</summary>
    public required long CommitIndex { get; init; }

    /// <summary>The last index that the service has applied.</summary>
    public required long Applied { get; init; }

    /// <summary>The term on disk.</summary>
    public required long DurableTerm { get; init; }

    /// <summary>The vote on disk; null where there is none.</summary>
    public int? DurableVote { get; init; }

    /// <summary>The state in words.</summary>
    public override string ToString()
    {
        var last = SnapshotIndex + Log.Count;
        var log = Log.Count > 0 ? $"log {SnapshotIndex + 1} to {last}@{Log[^1].Term}"
            : last == 0 ? "empty log"
            : $"empty log after a snapshot to {last}";
        return $"{Role} in term {Term}, vote {(VotedFor is { } server ? $"S{server}" : "none")}, {log}, commit {CommitIndex}";
    }
}

/// <summary>An entry of a log in a trace.</summary>
/// <param name="Term">Its term.</param>
/// <param name="Command">Its command, as text.</param>
public sealed record TraceEntry(long Term, string Command);

/// <summary>An input of a server in a trace.</summary>
public sealed record TraceInput
{
    /// <summary>Its type: MessageReceived, ElectionTimeout, and so on; of the model, its action.</summary>
    public required string Type { get; init; }

    /// <summary>Of a message: what the server received.</summary>
    public TraceReceived? Received { get; init; }

    /// <summary>Of a write that is durable: its number.</summary>
    public long? Write { get; init; }

    /// <summary>Of proposals: the commands, as text.</summary>
    public IReadOnlyList<string>? Commands { get; init; }

    /// <summary>Of a compaction: the last index that the snapshot replaces.</summary>
    public long? LastIndex { get; init; }

    /// <summary>The input in a few words, without the fields of a message.</summary>
    internal string Brief => this switch
    {
        { Received: { } received } => $"takes {received.Type} of S{received.From}",
        { Write: { } write } => $"learns that write {write} is durable",
        { Commands: { } commands } => $"is asked to take {string.Join(", ", commands)}",
        { LastIndex: { } index } => $"compacts its log up to {index}",
        _ => Type,
    };

    /// <summary>The input in words.</summary>
    public override string ToString() => Received is { Fields.Count: > 0 } received
        ? $"{Brief} ({string.Join(", ", received.Fields.Select(field => $"{field.Key} {field.Value}"))})"
        : Brief;
}

/// <summary>A message that a server received, in a trace.</summary>
/// <param name="Type">Its type.</param>
/// <param name="From">The number of the server that it is from.</param>
/// <param name="Fields">Its fields, by their names in the paper.</param>
public sealed record TraceReceived(string Type, int From, IReadOnlyDictionary<string, string> Fields)
{
    /// <summary>The number of the copy; null where no server sent it.</summary>
    public long? Id { get; init; }
}
