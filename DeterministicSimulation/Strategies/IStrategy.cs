namespace DeterministicSimulation;

/// <summary>Resolves all nondeterminism of a schedule: who goes next, what breaks, which number is drawn.</summary>
public interface IStrategy
{
    /// <summary>Prepares for a new schedule.</summary>
    /// <param name="seed">Equal seeds give equal choices, wherever the same is asked, after the same schedules.</param>
    void Begin(ulong seed);

    /// <summary>Picks the operation that happens next.</summary>
    /// <param name="enabled">What can happen; work or timers are among it.</param>
    /// <returns>The number of the operation in <paramref name="enabled"/>.</returns>
    int ChooseOperation(EnabledOperations enabled);

    /// <summary>Is told of the operation that happens next where there is no other, so that nothing is asked.</summary>
    void OnlyOperation(Operation operation)
    {
    }

    /// <summary>Says whether a fault of this kind strikes, at a point where it could.</summary>
    bool ChooseFault(FaultKind kind);

    /// <summary>Draws a number from 0 up to, but not including, <paramref name="bound"/>.</summary>
    int ChooseInteger(int bound);

    /// <summary>Draws how time goes before faults end: 0 says that it is virtual, 1 to 3 that it is nondeterministic.</summary>
    int ChooseTime() => ChooseInteger(4);

    /// <summary>Draws how long an operation takes while time is virtual.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="usual">Microseconds that it usually stays below.</param>
    /// <param name="most">Microseconds that it must stay below, at least <paramref name="usual"/>.</param>
    int ChooseLatency(Operation operation, int usual, int most) => ChooseInteger(usual);

    /// <summary>
    /// Faults have ended, and liveness is watched from now on: until the end of the schedule, whatever can go on must not be kept waiting for ever, and
    /// numbers must be random.
    /// </summary>
    void FaultsEnded()
    {
    }

    /// <summary>The schedule is over. What it showed may change what is tried next.</summary>
    void End(ScheduleYield yield)
    {
    }

    /// <summary>Whether all that it would ever try was tried, so that another schedule would show nothing new.</summary>
    bool IsExhausted => false;
}

/// <summary>What a schedule showed, for a strategy to learn from, and what it cost.</summary>
/// <param name="NewStates">How many abstract states it came to that no schedule before it of the same strategy had.</param>
/// <param name="Steps">How many scheduling steps it took.</param>
public readonly record struct ScheduleYield(long NewStates, long Steps);
