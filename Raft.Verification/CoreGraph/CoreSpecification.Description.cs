using ModelChecking;
using Raft.Impl.Core;

namespace Raft.Verification.CoreGraph;

// States and steps in words.
internal sealed partial class CoreSpecification
{
    /// <summary>The name of the value that says how the last step differs from the model.</summary>
    public const string Reason = "this is not a step of the model";

    /// <inheritdoc/>
    public override string Describe(int action, int first, int second, State before)
    {
        var name = Actions[action];
        return (CoreAction)action switch
        {
            CoreAction.ElectionTimeout or CoreAction.HeartbeatTimeout or CoreAction.ReadyToApply => $"{name}({NameOf(first)})",
            CoreAction.Propose => $"{name}({NameOf(first)}, {DescribeProposal(second)})",
            CoreAction.WriteDurable => $"{name}({NameOf(first)}, up to write {second})",
            CoreAction.Compact => $"{name}({NameOf(first)}, up to {second})",
            CoreAction.Restart => $"{name}({NameOf(first)}, with {second} of {ServerIn(before, first).Writes.Length} writes on its disk)",
            _ => $"{name}: {_messages[_message[_network[before, first]]].Message}",
        };
    }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, string>> Describe(State state)
    {
        var values = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < Servers; i++)
        {
            Describe(ServerIn(state, i), values);
        }

        for (var slot = 0; _network[state, slot] is not 0 and var m; slot++)
        {
            values.Add(KeyValuePair.Create($"{_messages[_message[m]].Message}", $"{_network.Copies(state, slot)} in flight"));
        }

        foreach (var budget in new[] { _restarts, _duplicates, _drops, _clientRequests, _timeouts })
        {
            values.AddRange(budget.Describe(state));
        }

        if (_difference[state] is not 0 and var difference)
        {
            values.Add(KeyValuePair.Create(Reason, _differences[difference]));
        }

        return values;
    }

    private static void Describe(CoreServer server, List<KeyValuePair<string, string>> values)
    {
        var core = server.Core;
        void Add(string what, string value) => values.Add(KeyValuePair.Create($"{what}[{core.Id}]", value));
        Add("role", $"{core.Role}");
        Add("term", $"{core.CurrentTerm}");
        Add("vote", $"{core.VotedFor?.ToString() ?? "none"}");
        Add("leader", $"{core.Leader?.ToString() ?? "unknown"}");
        Add("log", $"{EntryList.Of(GhostEntries.Decode(SnapshotData.Of(server.Log)))}");
        Add("snapshot", $"{core.Log.Snapshot.LastIndex}");
        Add("commit", $"{core.CommitIndex}");
        foreach (var member in core.Members.Where(member => member != core.Id))
        {
            if (core.Role == Role.Candidate)
            {
                Add($"vote of {member}", core.HasVoteOf(member) ? "granted" : "open");
            }
            else if (core.Role == Role.Leader)
            {
                var (next, match, probing) = core.ProgressOf(member);
                Add($"next of {member}", $"{next}, match {match}{(probing ? ", probing" : string.Empty)}");
            }
        }

        if (core.Arriving is var (index, _, bytes))
        {
            Add("arriving", $"snapshot to {index}, {bytes} bytes");
        }

        foreach (var write in server.Writes)
        {
            Add($"in flight {write.Sequence}", $"{write}");
        }

        foreach (var (message, after) in server.Held)
        {
            values.Add(KeyValuePair.Create($"{message}", $"waits for write {after}"));
        }
    }

    private string NameOf(int server) => $"{ServerStepper.MembersOf(Bounds)[server]}";

    private string DescribeProposal(int argument) =>
        string.Join(", ", GhostEntries.ValuesOf(argument, Bounds.Raft.Values).Select(GhostEntries.CommandOf));
}
