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
/// <param name="Violation">The first schedule that violates a property; null: none does.</param>
public sealed record ExplorationReport(
    string Workload,
    long Schedules,
    long Steps,
    TimeSpan Time,
    long AbstractStates,
    FaultCounts Faults,
    ulong Digest,
    FoundViolation? Violation);

/// <summary>A schedule that violates a property, with what is needed to run it again.</summary>
/// <param name="Options">The world that it ran in.</param>
/// <param name="Schedule">Its number in the exploration.</param>
/// <param name="Choices">What was chosen, in order.</param>
/// <param name="Result">How it ended.</param>
public sealed record FoundViolation(SimulationOptions Options, long Schedule, IReadOnlyList<int> Choices, ScheduleResult Result);

/// <summary>How far an exploration is.</summary>
/// <param name="Workload">The workload's name.</param>
/// <param name="Schedules">How many schedules ran.</param>
/// <param name="Steps">How many scheduling steps they took.</param>
/// <param name="Elapsed">How long it has taken.</param>
/// <param name="AbstractStates">About how many distinct abstract states were seen.</param>
/// <param name="Faults">How many faults struck.</param>
public readonly record struct ExplorationProgress(
    string Workload, long Schedules, long Steps, TimeSpan Elapsed, long AbstractStates, long Faults);
