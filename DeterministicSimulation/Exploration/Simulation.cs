namespace DeterministicSimulation;

/// <summary>The world of a system in one schedule: the source of all its nondeterminism.</summary>
/// <param name="scheduler">Runs the system.</param>
/// <param name="options">The options of the world.</param>
/// <param name="faults">The faults that have struck, and those that still may.</param>
/// <param name="states">Records the abstract states that are seen, if not null.</param>
/// <param name="log">Records the events, if not null.</param>
public sealed class Simulation(
    Scheduler scheduler, SimulationOptions options, FaultLedger faults, StateCoverage? states = null, EventLog? log = null)
{
    private TimeProvider? _time;
    private Random? _random;

    /// <summary>Runs the system.</summary>
    public Scheduler Scheduler => scheduler;

    /// <summary>The options of the world.</summary>
    public SimulationOptions Options => options;

    /// <summary>The faults that have struck, and those that still may.</summary>
    public FaultLedger Faults => faults;

    /// <summary>Records the abstract states that are seen; null if they are not recorded.</summary>
    public StateCoverage? States => states;

    /// <summary>Records the states of the model that are seen beside the system; null if they are not recorded.</summary>
    public StateCoverage? ModelStates { get; init; }

    /// <summary>Records the events of the schedule for its trace; null if they are not recorded.</summary>
    public EventLog? Log => log;

    /// <summary>A clock without drift. Its timers are operations: while time is not fair, any of them may run out at any moment.</summary>
    public TimeProvider Time => _time ??= new SimulatedClock(scheduler, new OperationContext(scheduler, "time"), rate: 1);

    /// <summary>Randomness that the strategy draws.</summary>
    public Random Random => _random ??= new SimulatedRandom(scheduler.Choices);

    /// <summary>Creates a network between the servers. Its messages are operations; the log records them.</summary>
    /// <typeparam name="TMessage">The type of a message. Traces hold the name of the type and the text of the message.</typeparam>
    /// <param name="receiver">Receives the messages that arrive.</param>
    public SimulatedNetwork<TMessage> CreateNetwork<TMessage>(IReceiver<TMessage> receiver)
        where TMessage : class
    {
        var network = new SimulatedNetwork<TMessage>(scheduler, faults, options.Servers, receiver);
        if (log is not null)
        {
            network.Watch(happened => log.Add(happened.ToTraceEvent(
                new Dictionary<string, string> { ["content"] = happened.Message.ToString() ?? string.Empty })));
        }

        return network;
    }

    /// <summary>Records a note of the workload in the log.</summary>
    public void Note(string what) => log?.Add(new TraceEvent { Kind = TraceEventKind.Noted, What = what });

    /// <summary>Draws a number from 0 up to, but not including, a bound.</summary>
    public int Choose(int bound) => scheduler.Choices.Number(bound);

    /// <summary>
    /// Starts code that runs concurrently with its caller. It begins at once. After each <c>await</c> it continues as an operation of its
    /// own, so that other code may run before it continues.
    /// </summary>
    /// <param name="name">Its name in reports.</param>
    /// <param name="code">
    /// The code. It must not start work on other threads (<c>Task.Run</c>): that is reported as <c>EscapedWork</c>.
    /// </param>
    public Task Start(string name, Func<Task> code) => new OperationContext(scheduler, name).Begin(code);
}
