using DeterministicSimulation;

namespace Raft.Verification.Viewer;

/// <summary>Describes the content of a message in a few words, for its arrow. The panel shows all fields.</summary>
internal static class MessageLabel
{
    /// <summary>The content of a message in a few words.</summary>
    public static string Of(TraceMessage message) => message.Type switch
    {
        "RequestVote" when Has(message, "lastLogIndex", "lastLogTerm") =>
            $"RequestVote {message.Fields["lastLogIndex"]}@{message.Fields["lastLogTerm"]}",
        "RequestVoteReply" when Has(message, "voteGranted") => IsTrue(message, "voteGranted") ? "vote granted" : "vote refused",
        "AppendEntries" when Has(message, "prevLogIndex", "prevLogTerm", "entries") => Append(message),
        "AppendEntriesReply" when Has(message, "success", "lastIndex") && IsTrue(message, "success") =>
            $"success to {message.Fields["lastIndex"]}",
        "AppendEntriesReply" when Has(message, "success") =>
            message.Fields.TryGetValue("conflictIndex", out var conflict) ? $"refused, back to {conflict}" : "refused",
        "InstallSnapshot" when Has(message, "lastIncludedIndex", "lastIncludedTerm") =>
            $"snapshot to {message.Fields["lastIncludedIndex"]}@{message.Fields["lastIncludedTerm"]}",
        "PreVote" when Has(message, "lastLogIndex", "lastLogTerm") =>
            $"PreVote {message.Fields["lastLogIndex"]}@{message.Fields["lastLogTerm"]}",
        "PreVoteReply" when Has(message, "voteGranted") => IsTrue(message, "voteGranted") ? "would grant" : "would refuse",
        "ReadIndexRequest" when Has(message, "read") => "read index?",
        "ReadIndexReply" when Has(message, "readIndex") =>
            message.Fields["readIndex"] == "0" ? "no read index" : $"read at {message.Fields["readIndex"]}",
        "InstallSnapshotReply" when Has(message, "lastIndex") => $"snapshot taken to {message.Fields["lastIndex"]}",
        _ => string.Join(' ', (string[])[message.Type, .. message.Fields.Where(field => field.Key != "term").Select(field => field.Value)]),
    };

    /// <summary>The topic of a message.</summary>
    public static Topic TopicOf(TraceMessage message) =>
        message.Type.Contains("Vote", StringComparison.OrdinalIgnoreCase) || message.Type == "TimeoutNow" ? Topic.Elections
        : message.Type.StartsWith("AppendEntries", StringComparison.Ordinal) ? Topic.Replication
        : message.Type.StartsWith("InstallSnapshot", StringComparison.Ordinal) ? Topic.Snapshots
        : Topic.Messages;

    private static string Append(TraceMessage message)
    {
        var after = $"{message.Fields["prevLogIndex"]}@{message.Fields["prevLogTerm"]}";
        var entries = ShortText.Of(message.Fields["entries"].Trim('[', ']'));
        var each = entries.Split(", ");
        return entries.Length > 0
            ? $"{(each.Length > 3 ? $"{each[0]} … {each[^1]}" : entries)} after {after}"
            : $"heartbeat {after}{(message.Fields.TryGetValue("leaderCommit", out var commit) ? $", commit {commit}" : string.Empty)}";
    }

    private static bool Has(TraceMessage message, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (!message.Fields.ContainsKey(field))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsTrue(TraceMessage message, string field) => bool.TryParse(message.Fields[field], out var value) && value;
}
