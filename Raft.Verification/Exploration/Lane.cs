using DeterministicSimulation;
using Raft.Verification.Scenarios;
using Raft.Verification.Simulation;

namespace Raft.Verification.Exploration;

/// <summary>
/// Schedules of a scenario that run one after the other, with a strategy of their own that learns from one for the next. Lanes know nothing of each
/// other: what they do depends neither on who runs them nor on when.
/// </summary>
/// <param name="strategy">The strategy; nobody else uses it.</param>
public sealed class Lane(IStrategy strategy)
{
    /// <summary>What its schedules saw.</summary>
    public AbstractStates States { get; } = new();

    /// <summary>Whether its strategy has tried all that it would ever try.</summary>
    public bool IsExhausted => strategy.IsExhausted;

    /// <summary>What its last schedule chose.</summary>
    internal Choices Choices { get; } = new(strategy);

    /// <summary>Runs its next schedule.</summary>
    /// <param name="scenario">The workload: the same for each schedule of a lane.</param>
    /// <param name="options">The world it runs in.</param>
    /// <param name="seed">What the strategy begins with.</param>
    /// <param name="stop">Ends it before its end.</param>
    /// <exception cref="OperationCanceledException">It was ended before its end.</exception>
    public ScheduleResult Run(Scenario scenario, ClusterOptions options, ulong seed, CancellationToken stop = default)
    {
        var seen = States.Count;
        var result = Schedule.Run(scenario, options, Choices, seed, States, stop: stop);
        strategy.End(new ScheduleYield(States.Count - seen, result.Steps));
        return result;
    }
}
