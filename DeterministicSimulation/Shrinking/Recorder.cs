namespace DeterministicSimulation;

/// <summary>Lets another strategy choose, and takes note of the decisions.</summary>
/// <param name="strategy">Who chooses.</param>
internal sealed class Recorder(IStrategy strategy) : IStrategy
{
    private readonly List<Decision> _decisions = [];
    private readonly List<int> _numbers = [];
    private readonly List<FaultKind> _faults = [];
    private readonly List<ScriptStep> _steps = [];
    private Decision _current = null!;
    private int _asked;

    /// <summary>How many choices it takes until all that follow are the usual ones.</summary>
    public int Length { get; private set; }

    /// <summary>How many choices are not the usual ones.</summary>
    public int Unusual { get; private set; }

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
        Note(choice != DefaultChoice.Operation);
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
        Note(strikes);
        if (strikes)
        {
            _faults.Add(kind);
        }

        return strikes;
    }

    /// <inheritdoc/>
    public int ChooseInteger(int bound) => Noted(strategy.ChooseInteger(bound), bound);

    /// <inheritdoc/>
    public int ChooseLatency(Operation operation, int usual, int most) => Noted(strategy.ChooseLatency(operation, usual, most), usual);

    /// <summary>The workload does something.</summary>
    public void Note(ScriptStep step) => _steps.Add(step);

    /// <summary>All decisions, in order.</summary>
    public Decision[] Finish() => [.. _decisions, Finished()];

    private int Noted(int number, int usualBelow)
    {
        Note(number != DefaultChoice.Number(_asked, usualBelow));
        _numbers.Add(number);
        return number;
    }

    private void Note(bool isUnusual)
    {
        _asked++;
        if (isUnusual)
        {
            Length = _asked;
            Unusual++;
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
