namespace DeterministicSimulation;

/// <summary>The events of a schedule, in order.</summary>
public sealed class EventLog
{
    private readonly Queue<TraceEvent> _events = new();
    private Scheduler? _scheduler;

    /// <summary>The events that are kept.</summary>
    public IReadOnlyList<TraceEvent> Events => [.. _events];

    /// <summary>
    /// The number of events to keep, counted from the last. Each may hold the whole state of a server, which may be large.
    /// </summary>
    public int Keep { get; init; } = int.MaxValue;

    /// <summary>The number of events that were not kept.</summary>
    public long Dropped { get; private set; }

    /// <summary>Called for each event, if not null.</summary>
    public Action<TraceEvent>? Added { get; init; }

    /// <summary>Called before each step with its number, if not null.</summary>
    public Action<long>? BeforeStep { get; init; }

    /// <summary>Adds an event. The log sets its step and its time.</summary>
    public void Add(TraceEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        var dated = _scheduler is null
            ? happened
            : happened with { Step = _scheduler.Steps, Seconds = (double)_scheduler.Now / TimeSpan.TicksPerSecond };
        if (_events.Count == Keep)
        {
            _events.Dequeue();
            Dropped++;
        }

        _events.Enqueue(dated);
        Added?.Invoke(dated);
    }

    /// <summary>Adds the timers and the faults of a schedule to the log, from now on.</summary>
    /// <param name="scheduler">Runs the schedule.</param>
    /// <param name="continuations">Whether to add the continuations too.</param>
    public void Watch(Scheduler scheduler, bool continuations = false)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        _scheduler = scheduler;
        scheduler.Running = operation =>
        {
            BeforeStep?.Invoke(scheduler.Steps);
            if (KindOf(operation, continuations) is { } kind)
            {
                Add(new TraceEvent { Kind = kind, Server = operation.Server > 0 ? operation.Server : null, What = operation.What });
            }
        };
    }

    private static TraceEventKind? KindOf(Operation operation, bool continuations) => operation.Kind switch
    {
        OperationKind.Timer => TraceEventKind.Timer,
        OperationKind.Fault => TraceEventKind.Fault,
        OperationKind.Continuation when continuations => TraceEventKind.Continued,
        _ => null,
    };
}
