namespace DeterministicSimulation;

/// <summary>
/// Schedules of a workload that run one after the other, with a strategy that learns from each for the next. Shards are independent: what
/// they do depends neither on the thread that runs them nor on the time.
/// </summary>
/// <param name="strategy">The strategy, which only this shard uses.</param>
public sealed class StrategyShard(IStrategy strategy)
{
    /// <summary>The abstract states that its schedules reached.</summary>
    public StateCoverage States { get; } = new();

    /// <summary>The states of the model that were seen beside its schedules.</summary>
    public StateCoverage ModelStates { get; } = new();

    /// <inheritdoc cref="IStrategy.IsExhausted"/>
    public bool IsExhausted => strategy.IsExhausted;

    /// <summary>The choices of its last schedule.</summary>
    public Choices Choices { get; } = new(strategy);

    /// <summary>Runs its next schedule.</summary>
    /// <param name="workload">The workload: the same for each schedule of a shard.</param>
    /// <param name="options">The world it runs in.</param>
    /// <param name="seed">The seed of the strategy.</param>
    /// <param name="stop">Ends the schedule early.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> ended the schedule.</exception>
    public ScheduleResult Run(IWorkload workload, SimulationOptions options, ulong seed, CancellationToken stop = default)
    {
        var (seen, seenInModel) = (States.Count, ModelStates.Count);
        var result = Schedule.Run(workload, options, Choices, seed, States, ModelStates, stop: stop);
        strategy.End(new ScheduleYield(States.Count - seen, result.Steps)
        {
            NewModelStates = result.ModelSteps > 0 ? ModelStates.Count - seenInModel : null,
        });
        return result;
    }
}
