namespace DeterministicSimulation;

/// <summary>How much there is to understand in a schedule; what stands first weighs most.</summary>
/// <param name="Servers">How many servers there are.</param>
/// <param name="Faults">How much went wrong, but for messages that overtook others or took long, and writes that crashes lost.</param>
/// <param name="Convergences">How often it settles, which is once or not at all: then all that can happen does, needed or not.</param>
/// <param name="Stimuli">How many timers ran out, and what the scenario and the faults did.</param>
/// <param name="Steps">How many operations ran.</param>
/// <param name="Overtakings">How many messages overtook an older one, or took long. The paper's network keeps no order, and no time; still, it is easier to follow in order.</param>
/// <param name="Unusual">How many choices were not the usual ones (<see cref="DefaultChoice"/>).</param>
internal readonly record struct ScheduleSize(int Servers, long Faults, int Convergences, int Stimuli, long Steps, long Overtakings, int Unusual) : IComparable<ScheduleSize>
{
    /// <inheritdoc/>
    public int CompareTo(ScheduleSize other) =>
        (Servers, Faults, Convergences, Stimuli, Steps, Overtakings, Unusual)
            .CompareTo((other.Servers, other.Faults, other.Convergences, other.Stimuli, other.Steps, other.Overtakings, other.Unusual));
}
