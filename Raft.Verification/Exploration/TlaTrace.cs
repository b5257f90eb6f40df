using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Raft.Model.Spec;
using Raft.Verification.Conformance;

namespace Raft.Verification.Exploration;

/// <summary>
/// Writes a behaviour as a TLA+ module. It extends <c>docs/tla/RaftTrace.tla</c>, which checks that each of its steps is one of
/// <c>Raft.tla</c>.
/// </summary>
internal static partial class TlaTrace
{
    private static readonly string[] _taken =
        ["Raft", "RaftTrace", "Naturals", "Integers", "Reals", "Sequences", "FiniteSets", "Bags", "TLC"];

    /// <summary>Whether a module can have this name.</summary>
    public static bool IsModuleName(string name) => Identifier().IsMatch(name) && !_taken.Contains(name);

    /// <summary>
    /// The names of the extensions of Figure 2 that the servers of a behaviour have, in one line. A behaviour with any has no module:
    /// <c>Raft.tla</c> is without them.
    /// </summary>
    public static string ExtensionsOf(RecordedBehaviour behaviour)
    {
        ArgumentNullException.ThrowIfNull(behaviour);
        var protocol = behaviour.Protocol;
        (string Name, bool IsOn)[] all =
        [
            (nameof(protocol.NoOp), protocol.NoOp), (nameof(protocol.PreVote), protocol.PreVote),
            (nameof(protocol.LeaderStickiness), protocol.LeaderStickiness), (nameof(protocol.CheckQuorum), protocol.CheckQuorum),
            (nameof(protocol.LeadershipTransfer), protocol.LeadershipTransfer), (nameof(protocol.ReadIndex), protocol.ReadIndex),
            (nameof(protocol.LeaseReads), protocol.LeaseReads),
        ];
        return string.Join(", ", all.Where(one => one.IsOn).Select(one => one.Name));
    }

    /// <summary>The module.</summary>
    /// <param name="name">Its name: that of its file, without the ending.</param>
    /// <param name="title">What was recorded, in one line.</param>
    /// <param name="behaviour">The behaviour.</param>
    /// <exception cref="ArgumentException">The servers have extensions of Figure 2.</exception>
    public static string Of(string name, string title, RecordedBehaviour behaviour)
    {
        ArgumentNullException.ThrowIfNull(behaviour);
        if (ExtensionsOf(behaviour) is { Length: > 0 } extensions)
        {
            throw new ArgumentException(
                $"The servers have extensions of Figure 2 ({extensions}). Raft.tla does not have them.", nameof(behaviour));
        }

        var steps = behaviour.Steps.ToArray();
        var messages = new Dictionary<string, string>(StringComparer.Ordinal);
        var values = new SortedSet<int> { 0 };
        foreach (var step in steps)
        {
            values.UnionWith(step.Values);
            foreach (var message in new[] { step.Received, step.Sent }.OfType<ModelRecord>())
            {
                messages.TryAdd(Text(message), $"m{messages.Count + 1}");
                values.UnionWith(message.Entries.Select(entry => entry.Value));
            }
        }

        values.UnionWith(behaviour.Starts.Values.SelectMany(start => start.Log.Select(entry => entry.Value)));
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"---- MODULE {name} ----");
        text.AppendLine(CultureInfo.InvariantCulture, $"\\* {title}");
        text.AppendLine("EXTENDS RaftTrace");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"TraceServer == 1..{behaviour.Servers}");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"TraceValue == {{{string.Join(", ", values)}}}");
        text.AppendLine();
        text.AppendLine("TraceStart == <<");
        text.AppendJoin(
            $",{Environment.NewLine}", Enumerable.Range(0, behaviour.Servers).Select(server => $"    {Start(behaviour, server)}"));
        text.AppendLine().AppendLine(">>").AppendLine();
        foreach (var (message, number) in messages)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{number} == {message}");
        }

        text.AppendLine();
        text.AppendLine("TraceSteps == <<");
        text.AppendJoin($",{Environment.NewLine}", steps.Select(step => $"    {Text(step, messages)}"));
        text.AppendLine().AppendLine(">>").AppendLine();
        text.AppendLine("====");
        return text.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>A message as a record of <c>Raft.tla</c>, as it is when it waits for no write.</summary>
    public static string Text(ModelRecord message)
    {
        var m = message.Fields;
        var own = m.Type switch
        {
            ModelMessageType.RequestVoteRequest => $"mlastLogTerm |-> {m.IndexTerm}, mlastLogIndex |-> {m.Index}",
            ModelMessageType.RequestVoteResponse => $"mvoteGranted |-> {Text(m.Success)}",
            ModelMessageType.AppendEntriesRequest =>
                $"mprevLogIndex |-> {m.Index}, mprevLogTerm |-> {m.IndexTerm}, mentries |-> {Text(message.Entries)}, "
                + $"mcommitIndex |-> {m.CommitIndex}",
            ModelMessageType.AppendEntriesResponse =>
                $"msuccess |-> {Text(m.Success)}, mmatchIndex |-> {m.Index}, mrefusedIndex |-> {m.RefusedIndex}, "
                + $"mconflictIndex |-> {m.ConflictIndex}, mconflictTerm |-> {m.ConflictTerm}, mmissing |-> {m.Missing}",
            ModelMessageType.InstallSnapshotRequest =>
                $"msnapshot |-> {Text(message.Entries)}, moffset |-> {m.Offset}, mlength |-> {m.Length}, mdone |-> {Text(m.Done)}",
            _ => throw new ArgumentException($"There is no message of type {m.Type}.", nameof(message)),
        };
        return $"[mtype |-> {m.Type}, mterm |-> {m.Term}, {own}, msource |-> {m.Source + 1}, mdest |-> {m.Dest + 1}, mheld |-> 0]";
    }

    private static string Text(ModelStep step, Dictionary<string, string> messages)
    {
        var fields = new List<string> { $"action |-> \"{step.Action}\"", $"server |-> {step.Server + 1}" };
        if (step.Received is { } received)
        {
            fields.Add($"message |-> {messages[Text(received)]}");
        }

        if (step.Action == RaftAction.DuplicateMessage)
        {
            return $"[{string.Join(", ", fields)}]";
        }

        switch (step.Action)
        {
            case RaftAction.ClientRequest:
                fields.Add($"values |-> <<{string.Join(", ", step.Values)}>>");
                break;
            case RaftAction.AppendEntries or RaftAction.InstallSnapshot:
                fields.Add($"movesNext |-> {Text(step.MovesNext)}");
                break;
            case RaftAction.HandleAppendEntriesResponse:
                fields.Add($"next |-> {step.NextIndex}");
                break;
        }

        if (step.Sent is { } sent)
        {
            var number = messages[Text(sent)];
            fields.Add($"sends |-> {(step.Held == 0 ? number : $"Held({number}, {step.Held})")}");
        }

        fields.Add(
            $"after |-> <<{step.CurrentTerm}, {Role(step.Role)}, {step.CommitIndex}, {step.SnapshotIndex}, {step.LogLength}, "
            + $"{step.Writes}>>");
        return $"[{string.Join(", ", fields)}]";
    }

    // A server that never started has not voted, and its log is empty.
    private static string Start(RecordedBehaviour behaviour, int server)
    {
        var start = behaviour.Starts.GetValueOrDefault(server) ?? new ModelDurable(0, null, 0, []);
        return $"[term |-> {start.Term}, vote |-> {(start.VotedFor is { } vote ? $"{vote + 1}" : "Nil")}, "
            + $"entries |-> {Text(start.Log)}, snapshot |-> {start.SnapshotIndex}]";
    }

    private static string Text(IReadOnlyList<(int Term, int Value)> entries) =>
        $"<<{string.Join(", ", entries.Select(entry => $"[term |-> {entry.Term}, value |-> {entry.Value}]"))}>>";

    private static string Text(bool value) => value ? "TRUE" : "FALSE";

    private static string Role(int role) => role switch
    {
        0 => "Follower",
        1 => "Candidate",
        _ => "Leader",
    };

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Identifier();
}
