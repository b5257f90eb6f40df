namespace DeterministicSimulation;

/// <summary>What the system of a schedule has of its world: everything by which something else can happen next time.</summary>
/// <param name="scheduler">Runs the system.</param>
/// <param name="options">How the world is.</param>
/// <param name="faults">What has gone wrong, and what still may.</param>
/// <param name="states">Takes note of the abstract states that are seen; null: nothing does.</param>
public sealed class Simulation(Scheduler scheduler, SimulationOptions options, FaultLedger faults, StateCoverage? states)
{
    /// <summary>Runs the system.</summary>
    public Scheduler Scheduler => scheduler;

    /// <summary>How the world is.</summary>
    public SimulationOptions Options => options;

    /// <summary>What has gone wrong, and what still may.</summary>
    public FaultLedger Faults => faults;

    /// <summary>Takes note of the abstract states that are seen; null: nothing does.</summary>
    public StateCoverage? States => states;
}
