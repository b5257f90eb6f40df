using Raft.Impl.Core;

namespace Raft.Verification.Cluster;

/// <summary>The state of a server in a trace, after an event.</summary>
public sealed record TraceState
{
    /// <summary>Follower, PreCandidate, Candidate or Leader.</summary>
    public required string Role { get; init; }

    /// <summary>currentTerm.</summary>
    public required long Term { get; init; }

    /// <summary>votedFor, the number of a server; null if the server has not voted.</summary>
    public int? VotedFor { get; init; }

    /// <summary>The last index that the snapshot covers; 0 without a snapshot.</summary>
    public required long SnapshotIndex { get; init; }

    /// <summary>The log after the snapshot.</summary>
    public required IReadOnlyList<TraceEntry> Log { get; init; }

    /// <summary>The index up to which the log is durable.</summary>
    public required long DurableIndex { get; init; }

    /// <summary>commitIndex.</summary>
    public required long CommitIndex { get; init; }

    /// <summary>The last index that the service has applied.</summary>
    public required long Applied { get; init; }

    /// <summary>The term on disk.</summary>
    public required long DurableTerm { get; init; }

    /// <summary>The vote on disk; null without a vote.</summary>
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
public sealed record TraceEntry(long Term, string Command)
{
    internal static TraceEntry Of(LogEntry entry) => new(entry.Term.Value, entry.IsNoOp ? "no-op" : entry.Command.ToString());
}

/// <summary>An input of a server in a trace.</summary>
public sealed record TraceInput
{
    /// <summary>Its type, for example MessageReceived or ElectionTimeout; in a trace of the model, the name of the action.</summary>
    public required string Type { get; init; }

    /// <summary>The message that the server received; null for other inputs.</summary>
    public TraceReceived? Received { get; init; }

    /// <summary>The number of the write that became durable; null for other inputs.</summary>
    public long? Write { get; init; }

    /// <summary>The proposed commands, as text; null for other inputs.</summary>
    public IReadOnlyList<string>? Commands { get; init; }

    /// <summary>The last index that the snapshot of a compaction covers; null for other inputs.</summary>
    public long? LastIndex { get; init; }

    /// <summary>The input in words, without the fields of a message.</summary>
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
/// <param name="From">The number of the server that sent it.</param>
/// <param name="Fields">Its fields, by their names in the paper.</param>
public sealed record TraceReceived(string Type, int From, IReadOnlyDictionary<string, string> Fields)
{
    /// <summary>The number of the copy; null if no server sent it.</summary>
    public long? Id { get; init; }
}
