namespace DeterministicSimulation;

/// <summary>
/// Divides the schedules of a workload among shards: batches of consecutive schedules go to the shards in turn. The number of a schedule
/// determines its shard, so that a strategy that learns gives the same schedules on any thread.
/// </summary>
/// <param name="strategy">The name of the strategy of each shard.</param>
public sealed class StrategyShards(string strategy)
{
    /// <summary>The number of schedules in a batch.</summary>
    public const int BatchSize = 64;

    private readonly StrategyShard?[] _shards = new StrategyShard?[StrategyCatalogue.Shards(strategy)];

    /// <summary>The number of shards: so many batches can run in parallel.</summary>
    public int Count => _shards.Length;

    /// <summary>The shards that have begun.</summary>
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
