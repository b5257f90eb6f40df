namespace DeterministicSimulation;

/// <summary>The size of a schedule: how much a reader has to understand. Sizes compare by the first number that differs.</summary>
/// <param name="Servers">The number of servers.</param>
/// <param name="Faults">The number of faults, without reorderings, delays and writes that crashes lost.</param>
/// <param name="Convergences">
/// The number of convergences, 0 or 1. Convergence runs everything that can happen, whether the violation needs it or not.
/// </param>
/// <param name="Stimuli">The number of timeouts, faults and steps of the workload.</param>
/// <param name="Steps">The number of operations that ran.</param>
/// <param name="Overtakings">
/// The number of reorderings and delays. The paper's network allows both, but a schedule without them is easier to follow.
/// </param>
/// <param name="NonDefault">The number of choices that are not default choices (<see cref="DefaultChoice"/>).</param>
internal readonly record struct ScheduleSize(
    int Servers, long Faults, int Convergences, int Stimuli, long Steps, long Overtakings, int NonDefault)
    : IComparable<ScheduleSize>
{
    private (int, long, int, int, long, long, int) Key => (Servers, Faults, Convergences, Stimuli, Steps, Overtakings, NonDefault);

    /// <inheritdoc/>
    public int CompareTo(ScheduleSize other) => Key.CompareTo(other.Key);
}
