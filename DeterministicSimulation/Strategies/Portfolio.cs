namespace DeterministicSimulation;

/// <summary>
/// Several strategies that share the schedules. Each schedule goes to the one that promises the most new abstract states a step: a bandit whose arms wear out (Garivier,
/// Moulines: "On upper-confidence bound policies for switching bandit problems", ALT 2011, discounted UCB). Cost is counted in steps, not in time, so that equal
/// seeds give equal schedules.
/// </summary>
public sealed class Portfolio : IStrategy
{
    private const double _discount = 0.95;
    private const double _curiosity = 0.4;
    private readonly Arm[] _arms;
    private Arm _pulled;

    /// <summary>A portfolio.</summary>
    /// <param name="strategies">Who shares, in the order in which they are tried first.</param>
    public Portfolio(params IReadOnlyList<IStrategy> strategies)
    {
        _arms = [.. strategies.Select(strategy => new Arm(strategy))];
        _pulled = _arms[0];
    }

    /// <summary>How many schedules each strategy has had, in their order.</summary>
    public IReadOnlyList<long> Shares => [.. _arms.Select(arm => arm.Schedules)];

    /// <inheritdoc/>
    public void Begin(ulong seed)
    {
        _pulled = Best();
        _pulled.Schedules++;
        _pulled.Strategy.Begin(seed);
    }

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled) => _pulled.Strategy.ChooseOperation(enabled);

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind) => _pulled.Strategy.ChooseFault(kind);

    /// <inheritdoc/>
    public int ChooseInteger(int bound) => _pulled.Strategy.ChooseInteger(bound);

    /// <inheritdoc/>
    public int ChooseTime() => _pulled.Strategy.ChooseTime();

    /// <inheritdoc/>
    public int ChooseLatency(Operation operation, int usual, int most) => _pulled.Strategy.ChooseLatency(operation, usual, most);

    /// <inheritdoc/>
    public void FaultsEnded() => _pulled.Strategy.FaultsEnded();

    /// <inheritdoc/>
    public void End(ScheduleYield yield)
    {
        foreach (var arm in _arms)
        {
            arm.States *= _discount;
            arm.Steps *= _discount;
            arm.Weight *= _discount;
        }

        _pulled.States += yield.NewStates;
        _pulled.Steps += yield.Steps;
        _pulled.Weight++;
        _pulled.Strategy.End(yield);
    }

    private Arm Best()
    {
        var most = _arms.Max(arm => arm.Rate);
        var weight = _arms.Sum(arm => arm.Weight);
        var best = _arms[0];
        var bestScore = double.NegativeInfinity;
        foreach (var arm in _arms)
        {
            // Against the best one's rate: what there is to find becomes less for all.
            var score = arm.Schedules == 0
                ? double.MaxValue
                : (most > 0 ? arm.Rate / most : 0) + (_curiosity * Math.Sqrt(Math.Log(1 + weight) / arm.Weight));
            if (score > bestScore)
            {
                (best, bestScore) = (arm, score);
            }
        }

        return best;
    }

    /// <summary>A strategy, and what it brought and cost lately.</summary>
    private sealed class Arm(IStrategy strategy)
    {
        public IStrategy Strategy => strategy;

        public long Schedules { get; set; }

        public double States { get; set; }

        public double Steps { get; set; }

        public double Weight { get; set; }

        public double Rate => Steps > 0 ? States / Steps : 0;
    }
}
