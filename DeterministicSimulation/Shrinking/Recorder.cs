namespace DeterministicSimulation;

/// <summary>Records the decisions of another strategy.</summary>
/// <param name="strategy">Makes the choices.</param>
internal sealed class Recorder(IStrategy strategy) : IStrategy
{
    private readonly List<Decision> _decisions = [];
    private readonly List<int> _numbers = [];
    private readonly List<FaultKind> _faults = [];
    private readonly List<ScriptStep> _steps = [];
    private Decision _current = null!;
    private int _asked;

    /// <summary>The number of choices up to the last one that is not the default choice.</summary>
    public int Length { get; private set; }

    /// <summary>The number of choices that are not default choices.</summary>
    public int NonDefault { get; private set; }

    /// <inheritdoc/>
    public void Begin(ulong seed)
    {
        _current = new Decision(new OperationShape(OperationKind.Continuation, 0), 0);
        strategy.Begin(seed);
    }

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled)
    {
        var choice = strategy.ChooseOperation(enabled);
        Count(isDefault: choice == DefaultChoice.Operation);
        Next(enabled[choice], enabled.RankOf(enabled[choice]));
        return choice;
    }

    /// <inheritdoc/>
    public void OnlyOperation(Operation operation)
    {
        strategy.OnlyOperation(operation);
        Next(operation, 0);
    }

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind)
    {
        var strikes = strategy.ChooseFault(kind);
        Count(isDefault: !strikes);
        if (strikes)
        {
            _faults.Add(kind);
        }

        return strikes;
    }

    /// <inheritdoc/>
    public int ChooseInteger(int bound) => Record(strategy.ChooseInteger(bound), defaultBound: bound);

    /// <inheritdoc/>
    public int ChooseLatency(Operation operation, int typical, int max) =>
        Record(strategy.ChooseLatency(operation, typical, max), defaultBound: typical);

    /// <summary>Records a step of the workload.</summary>
    public void Record(ScriptStep step) => _steps.Add(step);

    /// <summary>All decisions, in order.</summary>
    public Decision[] Finish() => [.. _decisions, Finished()];

    private int Record(int number, int defaultBound)
    {
        Count(isDefault: number == DefaultChoice.Number(_asked, defaultBound));
        _numbers.Add(number);
        return number;
    }

    private void Count(bool isDefault)
    {
        _asked++;
        if (!isDefault)
        {
            Length = _asked;
            NonDefault++;
        }
    }

    private void Next(Operation operation, int rank)
    {
        _decisions.Add(Finished());
        _numbers.Clear();
        _faults.Clear();
        _steps.Clear();
        _current = new Decision(operation.Shape, rank);
    }

    private Decision Finished() => _numbers.Count + _faults.Count + _steps.Count == 0
        ? _current
        : _current with { Numbers = [.. _numbers], Faults = [.. _faults], Steps = [.. _steps] };
}
