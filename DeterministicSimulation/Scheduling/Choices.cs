namespace DeterministicSimulation;

/// <summary>
/// The only source of nondeterminism in a schedule. It asks the strategy for each choice and records the answers in order. Equal answers
/// give equal schedules.
/// </summary>
/// <param name="strategy">Makes the choices.</param>
public sealed class Choices(IStrategy strategy)
{
    private int[] _made = new int[1024];
    private long _unique;

    /// <summary>
    /// The choices so far, in order: numbers of operations, numbers drawn, and 0 or 1 for a fault that could strike. A point with only one
    /// alternative is not a choice: the strategy is not asked, and nothing is recorded.
    /// </summary>
    public ReadOnlySpan<int> Made => _made.AsSpan(0, Count);

    /// <summary>The number of choices so far.</summary>
    public int Count { get; private set; }

    /// <summary>A hash over the choices so far.</summary>
    public ulong Hash { get; private set; }

    /// <summary>Begins a new schedule, without any choices.</summary>
    public void Begin(ulong seed)
    {
        Count = 0;
        Hash = 0;
        _unique = 0;
        strategy.Begin(seed);
    }

    /// <summary>Tells the strategy that faults have ended (<see cref="IStrategy.FaultsEnded"/>).</summary>
    public void FaultsEnded() => strategy.FaultsEnded();

    /// <summary>Picks the operation that runs next.</summary>
    public int Operation(EnabledOperations enabled)
    {
        if (enabled.Count > 1)
        {
            return Record(strategy.ChooseOperation(enabled));
        }

        strategy.OnlyOperation(enabled[0]);
        return 0;
    }

    /// <summary>Draws whether a fault strikes.</summary>
    public bool Fault(FaultKind kind) => Record(strategy.ChooseFault(kind) ? 1 : 0) == 1;

    /// <summary>Draws whether time is virtual.</summary>
    public bool IsTimeVirtual() => Record(strategy.ChooseTime()) == 0;

    /// <summary>Draws a number from 0 up to, but not including, a bound.</summary>
    public int Number(int bound) => bound == 1 ? 0 : Record(strategy.ChooseInteger(bound));

    /// <summary>
    /// A number that this schedule has not had before. It stands for a random number of many bits, which does not repeat. The strategy does
    /// not choose it, because it could choose a number twice.
    /// </summary>
    public long Unique() => ++_unique;

    /// <summary>Draws how long an operation takes, in microseconds (<see cref="IStrategy.ChooseLatency"/>).</summary>
    public int Latency(Operation operation, int typical, int max) => Record(strategy.ChooseLatency(operation, typical, max));

    private int Record(int choice)
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
