namespace DeterministicSimulation;

/// <summary>
/// Several strategies that share the schedules. Each schedule goes to the strategy that promises the most new abstract states a step. This
/// is a bandit problem whose arms wear out, solved by discounted UCB (Garivier, Moulines: "On upper-confidence bound policies for switching
/// bandit problems", ALT 2011). Cost is counted in steps, not in time, so that equal seeds give equal schedules.
/// </summary>
public sealed class Portfolio : IStrategy
{
    private const double _discount = 0.95;
    private const double _curiosity = 0.4;
    private readonly Arm[] _arms;
    private Arm _pulled;

    /// <summary>Creates a portfolio.</summary>
    /// <param name="strategies">The strategies, in the order in which they are tried first.</param>
    public Portfolio(params IReadOnlyList<IStrategy> strategies)
    {
        _arms = [.. strategies.Select(strategy => new Arm(strategy))];
        _pulled = _arms[0];
    }

    /// <summary>The number of schedules that each strategy has run, in the order of the strategies.</summary>
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
    public int ChooseLatency(Operation operation, int typical, int max) => _pulled.Strategy.ChooseLatency(operation, typical, max);

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
            // Relative to the best rate: new states become rarer for all strategies.
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

    /// <summary>A strategy, with its discounted yield and cost.</summary>
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
