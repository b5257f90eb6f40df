using System.Text.Json.Serialization;
using DeterministicSimulation;
using Raft.Impl.Core;

namespace Raft.Verification.Exploration;

/// <summary>Something that happened in a schedule.</summary>
public sealed record TraceEvent
{
    /// <summary>The step in which it happened, from 1; several events may be of one step.</summary>
    public required long Step { get; init; }

    /// <summary>Virtual time since the beginning, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Its kind.</summary>
    public required TraceEventKind Kind { get; init; }

    /// <summary>What happened, in words.</summary>
    public required string Text { get; init; }

    /// <summary>The number of the server that it happened to; null: to none, or to several.</summary>
    public int? Server { get; init; }

    /// <summary>Of a server's step: what it was given, by the type of the input: MessageReceived, ElectionTimeout, and so on.</summary>
    public string? Input { get; init; }

    /// <summary>The message that it is about.</summary>
    public TraceMessage? Message { get; init; }

    /// <summary>The server as it was afterwards; null where that is not told, or it is down.</summary>
    public TraceState? State { get; init; }

    /// <summary>The groups of servers that a partition divides, or the first and the last server of a way that is cut.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Groups { get; init; }

    /// <summary>
    /// Whether it is a step of the protocol: what came to a server, but for news from its own disk and service; a crash, a start; a message that the network
    /// lost or duplicated.
    /// </summary>
    [JsonIgnore]
    internal bool IsOfProtocol => Kind switch
    {
        TraceEventKind.Stepped => Input is not (nameof(WriteDurable) or nameof(ReadyToApply)),
        TraceEventKind.Lost => Text.EndsWith(" lost", StringComparison.Ordinal),
        TraceEventKind.Crashed or TraceEventKind.Started or TraceEventKind.Duplicated => true,
        _ => false,
    };

    /// <summary>The event in a line.</summary>
    public override string ToString() => FormattableString.Invariant($"{Step,6} {Seconds,8:0.0000}s  {Text}");
}

/// <summary>A message in a trace.</summary>
public sealed record TraceMessage
{
    /// <summary>Which copy it is: that which was sent has the same number as that which arrives, or is lost.</summary>
    public required long Id { get; init; }

    /// <summary>Of a copy that the network made: which one it is a copy of.</summary>
    public long? CopyOf { get; init; }

    /// <summary>Its type: AppendEntries, RequestVoteReply, and so on.</summary>
    public required string Type { get; init; }

    /// <summary>The number of the server that sent it.</summary>
    public required int From { get; init; }

    /// <summary>The number of the server that it is for.</summary>
    public required int To { get; init; }

    /// <summary>The term of the sender when it was made.</summary>
    public required long Term { get; init; }

    /// <summary>Its other fields, by their names in the paper, in words.</summary>
    public required IReadOnlyDictionary<string, string> Fields { get; init; }
}

/// <summary>A server in a trace, after something happened to it.</summary>
public sealed record TraceState
{
    /// <summary>Follower, Candidate or Leader.</summary>
    public required string Role { get; init; }

    /// <summary>currentTerm.</summary>
    public required long Term { get; init; }

    /// <summary>votedFor, the number of a server; null: nobody.</summary>
    public int? VotedFor { get; init; }

    /// <summary>The last index that a snapshot has replaced; 0: none.</summary>
    public required long SnapshotIndex { get; init; }

    /// <summary>The log after the snapshot: the term of each entry, and its command.</summary>
    public required IReadOnlyList<TraceEntry> Log { get; init; }

    /// <summary>The last index up to which the log is on disk.</summary>
    public required long DurableIndex { get; init; }

    /// <summary>commitIndex.</summary>
    public required long CommitIndex { get; init; }

    /// <summary>The last index that the service has applied.</summary>
    public required long Applied { get; init; }

    /// <summary>The term on disk.</summary>
    public required long DurableTerm { get; init; }

    /// <summary>The vote on disk; null: none.</summary>
    public int? DurableVote { get; init; }
}

/// <summary>An entry of a log in a trace.</summary>
/// <param name="Term">Its term.</param>
/// <param name="Command">Its command, in words.</param>
public sealed record TraceEntry(long Term, string Command);
