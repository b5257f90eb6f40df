namespace DeterministicSimulation;

/// <summary>What the exploration of a workload showed.</summary>
/// <param name="Workload">The workload's name.</param>
/// <param name="Schedules">How many schedules ran.</param>
/// <param name="Steps">How many scheduling steps they took together.</param>
/// <param name="Time">How long it took.</param>
/// <param name="AbstractStates">
/// About how many distinct abstract states were seen; after a violation, also in schedules that other workers ran meanwhile.
/// </param>
/// <param name="Faults">What struck.</param>
/// <param name="Digest">A hash over all choices and final states.</param>
/// <param name="Violation">The first schedule that violates a property, as a trace without its events; null if none does.</param>
public sealed record ExplorationReport(
    string Workload,
    long Schedules,
    long Steps,
    TimeSpan Time,
    long AbstractStates,
    FaultCounts Faults,
    ulong Digest,
    Trace? Violation)
{
    /// <summary>The engine that ran the schedules.</summary>
    public string Engine { get; init; } = Trace.Embedded;

    /// <summary>The engine's own trace of the violation, where another engine than the embedded one found it: only that engine runs it again.</summary>
    public string? EngineTrace { get; init; }

    /// <summary>How many schedules violated a property: an exploration ends with the first.</summary>
    public int Violations => Violation is null ? 0 : 1;

    /// <summary>Schedules a second.</summary>
    public double SchedulesPerSecond => Schedules / Time.TotalSeconds;

    /// <summary>Scheduling steps a second.</summary>
    public double StepsPerSecond => Steps / Time.TotalSeconds;
}

/// <summary>How far an exploration is.</summary>
/// <param name="Workload">The workload's name.</param>
/// <param name="Schedules">How many schedules ran.</param>
/// <param name="Steps">How many scheduling steps they took.</param>
/// <param name="Elapsed">How long it has taken.</param>
/// <param name="AbstractStates">About how many distinct abstract states were seen.</param>
/// <param name="Faults">How many faults struck.</param>
public readonly record struct ExplorationProgress(
    string Workload, long Schedules, long Steps, TimeSpan Elapsed, long AbstractStates, long Faults);
