namespace DeterministicSimulation;

/// <summary>How to explore, and how much.</summary>
public sealed record ExplorationOptions
{
    /// <summary>How many schedules of each workload to run; null: as many as the time allows.</summary>
    public long? Iterations { get; init; }

    /// <summary>How long to explore each workload, at most; null: until the schedules are run.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Equal seeds give equal schedules.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many threads run schedules side by side. The result does not depend on it.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>The name of the strategy.</summary>
    public string Strategy { get; init; } = StrategyCatalogue.Default;

    /// <summary>How many servers there are; null: as many as the workload says.</summary>
    public int? Servers { get; init; }
}
