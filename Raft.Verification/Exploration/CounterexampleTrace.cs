using DeterministicSimulation;
using ModelChecking;
using Raft.Model.Spec;
using Raft.Verification.Cluster;

namespace Raft.Verification.Exploration;

/// <summary>
/// Converts a counterexample of the model checker to a trace, which can be drawn like that of an exploration. The events of messages are
/// derived from the difference between the message bags before and after a step.
/// </summary>
internal sealed class CounterexampleTrace
{
    /// <summary>The engine in such traces.</summary>
    public const string Engine = "model";

    private readonly RaftSpec _specification;
    private readonly List<TraceEvent> _events = [];
    private readonly Dictionary<ulong, Queue<long>> _inFlight = [];
    private long _messages;
    private long _step;

    private CounterexampleTrace(RaftSpec specification) => _specification = specification;

    /// <summary>Converts a counterexample.</summary>
    public static Trace Of(RaftSpec specification, Counterexample counterexample)
    {
        var trace = new CounterexampleTrace(specification);
        var views = counterexample.States.Select(state => specification.View(new State([.. state.Words]))).ToArray();
        for (var server = 1; server <= specification.Bounds.Servers; server++)
        {
            trace.Note(TraceEventKind.Started, $"S{server} starts", server, views[0]);
        }

        for (var i = 1; i < views.Length; i++)
        {
            trace._step = i;
            trace.NoteStep(counterexample.States[i], views[i - 1], views[i]);
        }

        return new Trace
        {
            Version = Trace.CurrentVersion,
            Scenario = specification.Name,
            Options = new ClusterOptions { Servers = specification.Bounds.Servers },
            Engine = Engine,
            Strategy = nameof(SearchOrder.BreadthFirst),
            Seed = 0,
            Schedule = 0,
            Violation = new Violation(
                counterexample.Property, $"{counterexample.Property} is violated after {counterexample.States.Count} states.", trace._step),
            Digest = Trace.Hex(0),
            Choices = counterexample.Path,
            Events = trace._events,
        };
    }

    private void NoteStep(CounterexampleState state, RaftView before, RaftView after)
    {
        var action = (RaftAction)state.Action!.Value;
        var gone = Difference(before, after);
        foreach (var message in gone)
        {
            var kind = action is RaftAction.DropMessage or RaftAction.Restart ? TraceEventKind.Lost : TraceEventKind.Arrived;
            var id = _inFlight.TryGetValue(message.Identity, out var copies) && copies.TryDequeue(out var oldest) ? oldest : _messages++;
            Note(kind, message, id, null);
        }

        if (action == RaftAction.Restart)
        {
            Note(TraceEventKind.Crashed, state.Step, state.First + 1, null);
        }

        for (var server = 1; server <= after.Servers.Count; server++)
        {
            if (server == Actor(state, before) || !AreEqual(before.Servers[server - 1], after.Servers[server - 1]))
            {
                Note(KindOf(action), state.Step, server, after);
            }
        }

        foreach (var message in Difference(after, before))
        {
            var isCopy = action == RaftAction.DuplicateMessage;
            long? copyOf = isCopy && _inFlight.TryGetValue(message.Identity, out var present) && present.Count > 0 ? present.Peek() : null;
            var id = _messages++;
            if (!_inFlight.TryGetValue(message.Identity, out var copies))
            {
                _inFlight.Add(message.Identity, copies = new Queue<long>());
            }

            copies.Enqueue(id);
            Note(isCopy ? TraceEventKind.Duplicated : TraceEventKind.Sent, message, id, copyOf);
        }
    }

    private static TraceEventKind KindOf(RaftAction action) => action switch
    {
        RaftAction.Restart => TraceEventKind.Started,
        RaftAction.CompleteWrite => TraceEventKind.WriteDurable,
        _ => TraceEventKind.Stepped,
    };

    // The server that takes the step: the one that the action names, or the receiver of a message; null for a step of the network.
    private static int? Actor(CounterexampleState state, RaftView before) => (RaftAction)state.Action!.Value switch
    {
        RaftAction.DuplicateMessage or RaftAction.DropMessage => null,
        >= RaftAction.UpdateTerm and <= RaftAction.HandleInstallSnapshot => before.Messages[state.First].To,
        _ => state.First + 1,
    };

    // The messages that are in flight more often in one state than in another. A message that is held back is not in flight.
    private static List<MessageView> Difference(RaftView one, RaftView other) =>
    [
        .. one.Messages.Where(message => !message.IsHeld).SelectMany(message => Enumerable.Repeat(
            message,
            Math.Max(0, message.Copies - (other.Messages.FirstOrDefault(same => same.Identity == message.Identity)?.Copies ?? 0)))),
    ];

    private static bool AreEqual(ServerView one, ServerView other) =>
        (one.Role, one.Term, one.VotedFor, one.CommitIndex, one.SnapshotIndex)
            == (other.Role, other.Term, other.VotedFor, other.CommitIndex, other.SnapshotIndex)
        && one.Log.SequenceEqual(other.Log);

    private void Note(TraceEventKind kind, string text, int server, RaftView? view) => _events.Add(new TraceEvent
    {
        Step = _step,
        Seconds = _step,
        Kind = kind,
        Server = server,
        Input = kind == TraceEventKind.Stepped ? new TraceInput { Type = text } : null,
        State = view is null ? null : Describe(view.Servers[server - 1]),
    });

    private void Note(TraceEventKind kind, MessageView message, long id, long? copyOf) => _events.Add(new TraceEvent
    {
        Step = _step,
        Seconds = _step,
        Kind = kind,
        Message = new TraceMessage
        {
            Id = id,
            CopyOf = copyOf,
            Type = message.Type,
            From = message.From,
            To = message.To,
            Fields = new Dictionary<string, string>([KeyValuePair.Create("term", $"{message.Term}"), .. message.Fields]),
        },
    });

    private static TraceState Describe(ServerView server)
    {
        var durable = server.Durable ?? server;
        var index = 0;
        while (index < Math.Min(server.Log.Count, durable.Log.Count) && server.Log[index] == durable.Log[index])
        {
            index++;
        }

        return new TraceState
        {
            Role = server.Role,
            Term = server.Term,
            VotedFor = server.VotedFor,
            SnapshotIndex = server.SnapshotIndex,
            Log = [.. server.Log.Skip(server.SnapshotIndex).Select(entry => new TraceEntry(entry.Term, entry.Value))],
            DurableIndex = index,
            CommitIndex = server.CommitIndex,
            Applied = server.CommitIndex,
            DurableTerm = durable.Term,
            DurableVote = durable.VotedFor,
        };
    }
}
