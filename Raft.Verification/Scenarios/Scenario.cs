using Raft.Verification.Scenarios.Lab;
using Raft.Verification.Simulation;

namespace Raft.Verification.Scenarios;

/// <summary>A workload: ordinary async code, written once, that every engine runs.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Description">What it tries, in a line.</param>
/// <param name="Options">The world it runs in, if nobody says otherwise.</param>
/// <param name="RunAsync">The workload.</param>
public sealed record Scenario(string Name, string Description, SimulationOptions Options, Func<ICluster, Task> RunAsync)
{
    /// <summary>All scenarios, in the order in which they run.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        ElectionScenario.Scenario,
        ReplicationScenario.Scenario,
        PartitionScenario.Scenario,
        CrashRecoveryScenario.Scenario,
        Figure8Scenario.Scenario,
        SnapshotScenario.Scenario,
        ChurnScenario.Scenario,
        FourServersScenario.Scenario,
        FiveServersScenario.Scenario,
        CatchUpScenario.Scenario,
        EndsScenario.Scenario,
        SteadyScenario.Scenario,
    ];

    /// <summary>The scenario of a name, among these and the lab tests; null: there is none.</summary>
    public static Scenario? Find(string name) => All.FirstOrDefault(one => one.Name == name) ?? LabScenario.Find(name);
}
