namespace DeterministicSimulation;

/// <summary>
/// Schedules of a workload that run one after the other, with a strategy of their own that learns from one for the next. Shards know
/// nothing of each other: what they do depends neither on the thread that runs them nor on when.
/// </summary>
/// <param name="strategy">The strategy; nothing else uses it.</param>
public sealed class StrategyShard(IStrategy strategy)
{
    /// <summary>What its schedules saw.</summary>
    public StateCoverage States { get; } = new();

    /// <summary>Whether its strategy has tried all that it would ever try.</summary>
    public bool IsExhausted => strategy.IsExhausted;

    /// <summary>What its last schedule chose.</summary>
    public Choices Choices { get; } = new(strategy);

    /// <summary>Runs its next schedule.</summary>
    /// <param name="workload">The workload: the same for each schedule of a shard.</param>
    /// <param name="options">The world it runs in.</param>
    /// <param name="seed">What the strategy begins with.</param>
    /// <param name="stop">Ends the schedule early.</param>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public ScheduleResult Run(IWorkload workload, SimulationOptions options, ulong seed, CancellationToken stop = default)
    {
        var seen = States.Count;
        var result = Schedule.Run(workload, options, Choices, seed, States, stop: stop);
        strategy.End(new ScheduleYield(States.Count - seen, result.Steps));
        return result;
    }
}
