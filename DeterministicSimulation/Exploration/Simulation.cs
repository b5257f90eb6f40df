namespace DeterministicSimulation;

/// <summary>What the system of a schedule has of its world: everything by which something else can happen next time.</summary>
/// <param name="scheduler">Runs the system.</param>
/// <param name="options">How the world is.</param>
/// <param name="faults">What has gone wrong, and what still may.</param>
/// <param name="states">Records the abstract states that are seen; null where nothing does.</param>
/// <param name="log">Records the events; null where nothing does.</param>
public sealed class Simulation(
    Scheduler scheduler, SimulationOptions options, FaultLedger faults, StateCoverage? states = null, EventLog? log = null)
{
    private TimeProvider? _time;
    private Random? _random;

    /// <summary>Runs the system.</summary>
    public Scheduler Scheduler => scheduler;

    /// <summary>How the world is.</summary>
    public SimulationOptions Options => options;

    /// <summary>What has gone wrong, and what still may.</summary>
    public FaultLedger Faults => faults;

    /// <summary>Records the abstract states that are seen; null where nothing does.</summary>
    public StateCoverage? States => states;

    /// <summary>Records the events of the schedule, for its trace; null where nothing does.</summary>
    public EventLog? Log => log;

    /// <summary>A clock that runs true. Its timers are operations: while time is not fair, any of them may run out at any moment.</summary>
    public TimeProvider Time => _time ??= new SimulatedClock(scheduler, new OperationContext(scheduler, "time"), rate: 1);

    /// <summary>Randomness that the strategy draws.</summary>
    public Random Random => _random ??= new SimulatedRandom(scheduler.Choices);

    /// <summary>Makes a network between the servers. Its messages are operations; the log records them.</summary>
    /// <typeparam name="TMessage">What it carries. Traces name its type, and hold its text.</typeparam>
    /// <param name="receiver">Takes what arrives.</param>
    public SimulatedNetwork<TMessage> CreateNetwork<TMessage>(IReceiver<TMessage> receiver)
        where TMessage : class => new(scheduler, faults, options.Servers, receiver)
        {
            Traced = log is null ? null : happened => log.Add(new TraceEvent
            {
                Kind = happened.Kind,
                Reason = happened.Reason,
                Message = new TraceMessage
                {
                    Id = happened.Number,
                    CopyOf = happened.CopyOf,
                    Type = happened.Message.GetType().Name,
                    From = happened.From,
                    To = happened.To,
                    Fields = new Dictionary<string, string> { ["content"] = happened.Message.ToString() ?? string.Empty },
                },
            }),
        };

    /// <summary>Records what the workload does, for traces.</summary>
    public void Note(string what) => log?.Add(new TraceEvent { Kind = TraceEventKind.Noted, What = what });

    /// <summary>Draws a number from 0 up to, but not including, a bound.</summary>
    public int Choose(int bound) => scheduler.Choices.Number(bound);

    /// <summary>
    /// Starts code that runs beside its caller. It begins at once; from each <c>await</c> on it is an operation of its own, so that any
    /// other code may run before it continues.
    /// </summary>
    /// <param name="name">What it is called in reports.</param>
    /// <param name="code">The code. It must not start work on other threads (<c>Task.Run</c>): that is reported as <c>EscapedWork</c>.</param>
    public Task Start(string name, Func<Task> code) => new OperationContext(scheduler, name).Begin(code);
}
