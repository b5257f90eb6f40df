using DeterministicSimulation;

namespace Raft.Verification.Exploration;

/// <summary>What the exploration of a scenario showed.</summary>
/// <param name="Scenario">The scenario's name.</param>
/// <param name="Schedules">How many schedules ran.</param>
/// <param name="Steps">How many scheduling steps they took together.</param>
/// <param name="Time">How long it took.</param>
/// <param name="AbstractStates">
/// About how many distinct abstract states were seen; after a violation, also in schedules that other workers ran meanwhile.
/// </param>
/// <param name="Faults">What struck.</param>
/// <param name="Digest">A hash over all choices and final states.</param>
/// <param name="Violation">The first schedule that violates a property; null: none does.</param>
public sealed record ScenarioReport(
    string Scenario,
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

    /// <summary>Coyote's own trace of the violation, which only Coyote can run again; null without a violation under Coyote.</summary>
    public string? CoyoteTrace { get; init; }

    /// <summary>How many schedules violated a property: the exploration of a scenario ends with the first.</summary>
    public int Violations => Violation is null ? 0 : 1;

    /// <summary>Schedules a second.</summary>
    public double SchedulesPerSecond => Schedules / Time.TotalSeconds;

    /// <summary>Scheduling steps a second.</summary>
    public double StepsPerSecond => Steps / Time.TotalSeconds;
}
