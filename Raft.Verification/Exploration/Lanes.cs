using DeterministicSimulation;

namespace Raft.Verification.Exploration;

/// <summary>
/// Divides the schedules of a scenario among lanes: batches of consecutive schedules, dealt to the lanes in turn. Which lane a schedule belongs to follows from
/// its number, so that a strategy that learns gives the same schedules whoever runs them.
/// </summary>
/// <param name="strategy">The name of the strategy of each lane.</param>
internal sealed class Lanes(string strategy)
{
    /// <summary>How many consecutive schedules belong together.</summary>
    public const int BatchSize = 64;

    private readonly Lane?[] _lanes = new Lane?[StrategyCatalogue.Lanes(strategy)];

    /// <summary>How many lanes there are: that many batches can run side by side.</summary>
    public int Count => _lanes.Length;

    /// <summary>Those that have begun.</summary>
    public IEnumerable<Lane> Begun => _lanes.OfType<Lane>();

    /// <summary>The lane of a batch, by the batch's number.</summary>
    public Lane OfBatch(long batch)
    {
        ref var lane = ref _lanes[(int)(batch % Count)];
        return lane ??= new Lane(StrategyCatalogue.Create(strategy));
    }

    /// <summary>The lane of a schedule, by the schedule's number.</summary>
    public Lane OfSchedule(long schedule) => OfBatch(schedule / BatchSize);
}
