namespace DeterministicSimulation;

/// <summary>
/// The one door by which nondeterminism enters a schedule: asks the strategy, and keeps what it answered, in order. The same answers give
/// the same schedule.
/// </summary>
/// <param name="strategy">Who answers.</param>
public sealed class Choices(IStrategy strategy)
{
    private int[] _made = new int[1024];

    /// <summary>
    /// What was chosen so far, in order: numbers of operations, numbers drawn, and 0 or 1 for a fault that could strike. Where only one thing
    /// can be chosen nothing is asked, and nothing kept.
    /// </summary>
    public ReadOnlySpan<int> Made => _made.AsSpan(0, Count);

    /// <summary>How many choices were made.</summary>
    public int Count { get; private set; }

    /// <summary>A hash over the choices made so far.</summary>
    public ulong Hash { get; private set; }

    /// <summary>Forgets everything, for a new schedule.</summary>
    public void Begin(ulong seed)
    {
        Count = 0;
        Hash = 0;
        strategy.Begin(seed);
    }

    /// <summary>Faults have ended (<see cref="IStrategy.FaultsEnded"/>).</summary>
    public void FaultsEnded() => strategy.FaultsEnded();

    /// <summary>Picks the operation that happens next.</summary>
    public int Operation(EnabledOperations enabled)
    {
        if (enabled.Count > 1)
        {
            return Keep(strategy.ChooseOperation(enabled));
        }

        strategy.OnlyOperation(enabled[0]);
        return 0;
    }

    /// <summary>Says whether a fault strikes.</summary>
    public bool Fault(FaultKind kind) => Keep(strategy.ChooseFault(kind) ? 1 : 0) == 1;

    /// <summary>Draws whether time is virtual.</summary>
    public bool IsTimeVirtual() => Keep(strategy.ChooseTime()) == 0;

    /// <summary>Draws a number from 0 up to, but not including, a bound.</summary>
    public int Number(int bound) => bound == 1 ? 0 : Keep(strategy.ChooseInteger(bound));

    /// <summary>Draws how long an operation takes, in microseconds (<see cref="IStrategy.ChooseLatency"/>).</summary>
    public int Latency(Operation operation, int usual, int most) => Keep(strategy.ChooseLatency(operation, usual, most));

    private int Keep(int choice)
    {
        if (Count == _made.Length)
        {
            Array.Resize(ref _made, Count * 2);
        }

        _made[Count++] = choice;
        Hash = (Hash ^ (uint)choice) * 0x9E3779B97F4A7C15;
        Hash ^= Hash >> 29;
        return choice;
    }
}
