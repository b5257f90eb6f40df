namespace DeterministicSimulation;

/// <summary>The result of exploring a workload.</summary>
/// <param name="Workload">The workload's name.</param>
/// <param name="Schedules">The number of schedules that ran.</param>
/// <param name="Steps">The number of scheduling steps of all schedules.</param>
/// <param name="Time">The duration.</param>
/// <param name="AbstractStates">
/// The estimated number of distinct abstract states that were seen. After a violation it includes schedules of other workers.
/// </param>
/// <param name="Faults">The faults that struck.</param>
/// <param name="Digest">A hash over all choices and final states.</param>
/// <param name="Violation">
/// The first schedule that violates a property, as a trace without its events; null if no schedule violates one.
/// </param>
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

    /// <summary>
    /// The own trace of another engine than the embedded one, which only that engine can replay; null for the embedded engine.
    /// </summary>
    public string? EngineTrace { get; init; }

    /// <inheritdoc cref="SystemUnderTest.ModelSteps"/>
    public long ModelSteps { get; init; }

    /// <summary>
    /// The estimated number of distinct states of the model that were seen; 0 without one. After a violation it includes schedules of other
    /// workers.
    /// </summary>
    public long ModelStates { get; init; }

    /// <inheritdoc cref="SystemUnderTest.ModelCoverage"/>
    public IReadOnlyList<long> ModelCoverage { get; init; } = [];

    /// <summary>The number of schedules that violated a property: 0 or 1, because an exploration ends with the first.</summary>
    public int Violations => Violation is null ? 0 : 1;

    /// <summary>Schedules a second.</summary>
    public double SchedulesPerSecond => Schedules / Time.TotalSeconds;

    /// <summary>Scheduling steps a second.</summary>
    public double StepsPerSecond => Steps / Time.TotalSeconds;
}

/// <summary>The progress of an exploration.</summary>
/// <param name="Workload">The workload's name.</param>
/// <param name="Schedules">The number of schedules so far.</param>
/// <param name="Steps">The number of scheduling steps so far.</param>
/// <param name="Elapsed">The time so far.</param>
/// <param name="AbstractStates">The estimated number of distinct abstract states so far.</param>
/// <param name="Faults">The number of faults so far.</param>
public readonly record struct ExplorationProgress(
    string Workload, long Schedules, long Steps, TimeSpan Elapsed, long AbstractStates, long Faults);
