using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Model.Spec;
using Raft.Verification.Cluster;
using Raft.Verification.Conformance;
using Raft.Verification.Scenarios;
using Raft.Verification.Specifications;

namespace Raft.Verification.Exploration;

/// <summary>
/// A schedule as a behaviour of the specification: the actions that the model took beside the running code, in order. Where the network
/// delivers a message once more than it was sent, a DuplicateMessage stands before the delivery that would have taken the last copy. A
/// message that is lost stays in flight: no action needs its absence.
/// </summary>
internal sealed class RecordedBehaviour : IModelObserver
{
    private readonly List<(ModelStep Step, int Duplicates)> _steps = [];

    // The copies of each message that are in flight, those that wait for writes of their sender, and the step that received one last.
    private readonly Dictionary<string, int> _inFlight = new(StringComparer.Ordinal);
    private readonly List<(int Server, string Message, int Writes)> _held = [];
    private readonly Dictionary<string, int> _receivedAt = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, ModelDurable> _starts = [];

    // The first message that a server received and none had sent.
    private string? _unsent;

    private RecordedBehaviour(int servers) => Servers = servers;

    /// <summary>The number of servers.</summary>
    public int Servers { get; }

    /// <summary>
    /// The extensions of Figure 2 that the servers have. With any, no steps are recorded: <c>Raft.tla</c> does not have them.
    /// </summary>
    public ProtocolOptions Protocol { get; private set; } = ProtocolOptions.Figure2;

    /// <summary>What is violated in the schedule; null if nothing is.</summary>
    public Violation? Violation { get; private set; }

    /// <summary>The servers that started, from 0, each with what its disk held then.</summary>
    public IReadOnlyDictionary<int, ModelDurable> Starts => _starts;

    /// <summary>The actions, in order. DuplicateMessage has the duplicated message as received.</summary>
    public IEnumerable<ModelStep> Steps =>
        _steps.SelectMany(one => Enumerable
            .Repeat(new ModelStep(RaftAction.DuplicateMessage, one.Step.Server) { Received = one.Step.Received }, one.Duplicates)
            .Append(one.Step));

    /// <summary>
    /// Runs the schedule of a trace, with all monitors. It follows the choices as far as they fit the code, and continues with the default
    /// choices, as <see cref="RaftTraces"/> does.
    /// </summary>
    /// <param name="trace">The trace.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="ReplayDivergedException">Its scenario is gone, or follows no script.</exception>
    /// <exception cref="InvalidDataException">A server received a message that none has sent.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> ended it.</exception>
    public static RecordedBehaviour Of(Trace trace, CancellationToken stop = default)
    {
        var options = trace.ClusterOptions;
        var behaviour = new RecordedBehaviour(options.Servers);
        var scenario = (Scenario)trace.FindScenario().Following(trace.Script);
        SpecificationMonitor[] monitors = [.. Specification.AllMonitors(), new ConformanceMonitor { Observer = behaviour }];
        var choices = new Choices(new Replay(trace.Choices, lenient: true));
        behaviour.Violation = ClusterSchedule.Run(scenario, options, choices, seed: 0, monitors, stop).Violation;
        return behaviour._unsent is null
            ? behaviour
            : throw new InvalidDataException($"A server receives a message that none has sent: {behaviour._unsent}");
    }

    void IModelObserver.Started(int server, ProtocolOptions protocol, ModelDurable stored)
    {
        Protocol = protocol;
        if (!_starts.TryAdd(server, stored))
        {
            throw new InvalidOperationException($"Server {server + 1} lost its files and returned; Raft.tla has no such step.");
        }
    }

    void IModelObserver.Took(ModelStep step)
    {
        if (Protocol != ProtocolOptions.Figure2)
        {
            return;
        }

        switch (step.Action)
        {
            case RaftAction.CompleteWrite:
                CompleteWrite(step.Server);
                break;
            case RaftAction.Restart:
                _held.RemoveAll(one => one.Server == step.Server);
                break;
        }

        if (step.Received is { } received)
        {
            Receive(TlaTrace.Text(received));
        }

        if (step.Sent is { } sent)
        {
            Send(step.Server, TlaTrace.Text(sent), step.Held);
        }

        _steps.Add((step, 0));
    }

    private void Send(int server, string message, int writes)
    {
        if (writes > 0)
        {
            _held.Add((server, message, writes));
        }
        else
        {
            _inFlight[message] = _inFlight.GetValueOrDefault(message) + 1;
        }
    }

    private void CompleteWrite(int server)
    {
        for (var k = 0; k < _held.Count; k++)
        {
            if (_held[k].Server == server)
            {
                _held[k] = _held[k] with { Writes = _held[k].Writes - 1 };
            }
        }

        foreach (var (_, message, _) in _held.Where(one => one.Writes == 0))
        {
            Send(server, message, writes: 0);
        }

        _held.RemoveAll(one => one.Writes == 0);
    }

    private void Receive(string message)
    {
        if (_inFlight.GetValueOrDefault(message) > 0)
        {
            _inFlight[message]--;
        }
        else if (_receivedAt.TryGetValue(message, out var at))
        {
            _steps[at] = _steps[at] with { Duplicates = _steps[at].Duplicates + 1 };
        }
        else
        {
            // The schedule continues: a monitor that throws has found a violation.
            _unsent ??= message;
        }

        _receivedAt[message] = _steps.Count;
    }
}
