namespace DeterministicSimulation;

/// <summary>What the system of a schedule has of its world: everything by which something else can happen next time.</summary>
/// <param name="scheduler">Runs the system.</param>
/// <param name="options">How the world is.</param>
/// <param name="faults">What has gone wrong, and what still may.</param>
/// <param name="states">Takes note of the abstract states that are seen; null: nothing does.</param>
public sealed class Simulation(Scheduler scheduler, SimulationOptions options, FaultLedger faults, StateCoverage? states)
{
    private TimeProvider? _time;
    private Random? _random;

    /// <summary>Runs the system.</summary>
    public Scheduler Scheduler => scheduler;

    /// <summary>How the world is.</summary>
    public SimulationOptions Options => options;

    /// <summary>What has gone wrong, and what still may.</summary>
    public FaultLedger Faults => faults;

    /// <summary>Takes note of the abstract states that are seen; null: nothing does.</summary>
    public StateCoverage? States => states;

    /// <summary>A clock that runs true. Its timers are operations: while time is not fair, any of them may run out at any moment.</summary>
    public TimeProvider Time => _time ??= new SimulatedClock(scheduler, new OperationContext(scheduler, "time"), rate: 1);

    /// <summary>Randomness that the strategy draws.</summary>
    public Random Random => _random ??= new SimulatedRandom(scheduler.Choices);

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
