namespace DeterministicSimulation;

/// <summary>The options of an exploration.</summary>
public sealed record ExplorationOptions
{
    /// <summary>The number of schedules of each workload; null for as many as <see cref="Time"/> allows.</summary>
    public long? Iterations { get; init; }

    /// <summary>The time limit for each workload; null for no limit.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Equal seeds give equal schedules.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The number of threads that run schedules in parallel. The result does not depend on it.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>The name of the strategy.</summary>
    public string Strategy { get; init; } = StrategyCatalogue.Default;

    /// <summary>The number of servers; null for the number that the workload defines.</summary>
    public int? Servers { get; init; }
}
