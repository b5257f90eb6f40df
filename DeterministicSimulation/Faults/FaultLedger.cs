namespace DeterministicSimulation;

/// <summary>The faults that have struck in a schedule, and those that still may.</summary>
public sealed class FaultLedger(FaultBudget budget, Choices choices)
{
    // In microseconds: longer than any election.
    private const int _maxLatency = 1 << 21;
    private readonly int[] _left = [.. FaultCounts.Kinds.Select(kind => budget[kind])];

    /// <summary>The faults that have struck.</summary>
    public FaultCounts Struck { get; } = new();

    /// <summary>Whether the budget allows one more fault of a kind.</summary>
    public bool HasLeft(FaultKind kind) => _left[(int)kind] > 0;

    /// <summary>Takes one fault from the budget of a kind, if any is left, and counts it.</summary>
    /// <returns>False if no fault is left.</returns>
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

    /// <summary>Asks the strategy how long an operation takes in fair time. If the budget allows a delay, it may take far longer.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="typical">The upper bound without a delay.</param>
    public TimeSpan Latency(Operation operation, TimeSpan typical)
    {
        var bound = (int)typical.TotalMicroseconds;
        var latency = choices.Latency(operation, bound, HasLeft(FaultKind.Delay) ? _maxLatency : bound);
        if (latency >= bound)
        {
            Spend(FaultKind.Delay);
        }

        return TimeSpan.FromMicroseconds(latency);
    }

    /// <summary>Counts faults that the workload itself caused.</summary>
    public void Note(FaultKind kind, long count = 1) => Struck[kind] += count;

    /// <summary>Ends all faults except reorderings: messages may still overtake each other, as far as the budget allows.</summary>
    public void End()
    {
        foreach (var kind in FaultCounts.Kinds.Where(kind => kind != FaultKind.Reordering))
        {
            _left[(int)kind] = 0;
        }
    }
}
