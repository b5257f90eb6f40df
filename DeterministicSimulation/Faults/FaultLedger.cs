namespace DeterministicSimulation;

/// <summary>What has gone wrong in a schedule so far, and what still may.</summary>
public sealed class FaultLedger(FaultBudget budget, Choices choices)
{
    // In microseconds; longer than any election takes.
    private const int _longest = 1 << 21;
    private readonly int[] _left = [.. FaultCounts.Kinds.Select(kind => budget[kind])];

    /// <summary>What struck so far.</summary>
    public FaultCounts Struck { get; } = new();

    /// <summary>Whether one more of a kind may strike.</summary>
    public bool HasLeft(FaultKind kind) => _left[(int)kind] > 0;

    /// <summary>Takes one from the budget of a kind, if there is one left.</summary>
    public bool Spend(FaultKind kind)
    {
        if (!HasLeft(kind))
        {
            return false;
        }

        _left[(int)kind]--;
        Struck[kind]++;
        return true;
    }

    /// <summary>Asks the strategy whether a fault strikes here, if the budget allows one.</summary>
    public bool Strikes(FaultKind kind) => HasLeft(kind) && choices.Fault(kind) && Spend(kind);

    /// <summary>Asks the strategy how long an operation takes in fair time: at most as long as usual, or, if the budget allows, far longer.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="usual">How long it usually takes, at most.</param>
    public TimeSpan Latency(Operation operation, TimeSpan usual)
    {
        var bound = (int)usual.TotalMicroseconds;
        var latency = choices.Latency(operation, bound, HasLeft(FaultKind.Delay) ? _longest : bound);
        if (latency >= bound)
        {
            Spend(FaultKind.Delay);
        }

        return TimeSpan.FromMicroseconds(latency);
    }

    /// <summary>Notes a fault that the scenario itself brought about.</summary>
    public void Note(FaultKind kind, long count = 1) => Struck[kind] += count;

    /// <summary>Nothing more breaks; messages may still overtake each other, as far as the budget goes.</summary>
    public void End()
    {
        foreach (var kind in FaultCounts.Kinds.Where(kind => kind != FaultKind.Reordering))
        {
            _left[(int)kind] = 0;
        }
    }
}
