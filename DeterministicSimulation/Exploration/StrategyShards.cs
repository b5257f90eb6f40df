namespace DeterministicSimulation;

/// <summary>
/// Divides the schedules of a workload among shards: batches of consecutive schedules, dealt to the shards in turn. Which shard a schedule
/// belongs to follows from its number, so that a strategy that learns gives the same schedules on any thread.
/// </summary>
/// <param name="strategy">The name of the strategy of each shard.</param>
public sealed class StrategyShards(string strategy)
{
    /// <summary>How many consecutive schedules belong together.</summary>
    public const int BatchSize = 64;

    private readonly StrategyShard?[] _shards = new StrategyShard?[StrategyCatalogue.Shards(strategy)];

    /// <summary>How many shards there are: that many batches can run side by side.</summary>
    public int Count => _shards.Length;

    /// <summary>Those that have begun.</summary>
    public IEnumerable<StrategyShard> Begun => _shards.OfType<StrategyShard>();

    /// <summary>The shard of a batch, by the batch's number.</summary>
    public StrategyShard OfBatch(long batch)
    {
        ref var shard = ref _shards[(int)(batch % Count)];
        return shard ??= new StrategyShard(StrategyCatalogue.Create(strategy));
    }

    /// <summary>The shard of a schedule, by the schedule's number.</summary>
    public StrategyShard OfSchedule(long schedule) => OfBatch(schedule / BatchSize);
}
