namespace DeterministicSimulation;

/// <summary>
/// Resolves all nondeterminism of a schedule: which operation runs next, which faults strike, and which numbers are drawn.
/// </summary>
public interface IStrategy
{
    /// <summary>Prepares for a new schedule.</summary>
    /// <param name="seed">After equal schedules, equal seeds give equal answers to equal questions.</param>
    void Begin(ulong seed);

    /// <summary>Picks the operation that runs next.</summary>
    /// <param name="enabled">The operations that can run. They include work or timers.</param>
    /// <returns>The number of the operation in <paramref name="enabled"/>.</returns>
    int ChooseOperation(EnabledOperations enabled);

    /// <summary>Called when only one operation is enabled. It runs next, so <see cref="ChooseOperation"/> is not called.</summary>
    void OnlyOperation(Operation operation)
    {
    }

    /// <summary>Draws whether a fault of this kind strikes, at a point where it can.</summary>
    bool ChooseFault(FaultKind kind);

    /// <summary>Draws a number from 0 up to, but not including, <paramref name="bound"/>.</summary>
    int ChooseInteger(int bound);

    /// <summary>Draws the time mode until faults end: 0 for virtual time, 1 to 3 for nondeterministic time.</summary>
    int ChooseTime() => ChooseInteger(4);

    /// <summary>Draws how long an operation takes while time is virtual.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="typical">The exclusive upper bound of a typical latency, in microseconds.</param>
    /// <param name="max">The exclusive upper bound of any latency, in microseconds; at least <paramref name="typical"/>.</param>
    int ChooseLatency(Operation operation, int typical, int max) => ChooseInteger(typical);

    /// <summary>
    /// Called when faults have ended and monitors begin to check liveness. From now on until the end of the schedule, no enabled operation
    /// may wait for ever, and numbers must be random.
    /// </summary>
    void FaultsEnded()
    {
    }

    /// <summary>Called at the end of a schedule. The strategy may learn from it.</summary>
    void End(ScheduleYield yield)
    {
    }

    /// <summary>Whether the strategy has run all its schedules, so that another would show nothing new.</summary>
    bool IsExhausted => false;
}

/// <summary>What a strategy learns from a schedule: what it showed, and what it cost.</summary>
/// <param name="NewStates">The number of abstract states that no earlier schedule of the same strategy had reached.</param>
/// <param name="Steps">The number of scheduling steps.</param>
public readonly record struct ScheduleYield(long NewStates, long Steps)
{
    /// <summary>
    /// The number of states of the model that no earlier schedule of the same strategy had reached; null if no model stepped beside the
    /// system.
    /// </summary>
    public long? NewModelStates { get; init; }
}
