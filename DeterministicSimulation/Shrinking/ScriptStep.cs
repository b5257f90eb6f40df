using System.Text.Json.Serialization;

namespace DeterministicSimulation;

/// <summary>A step of a script: one thing that a workload does to its system.</summary>
/// <param name="Action">The name of the action, which the system defines.</param>
/// <param name="Servers">The numbers of the servers that the action is about; null if it is about all.</param>
public sealed record ScriptStep(string Action, IReadOnlyList<int>? Servers = null)
{
    /// <summary>The action at the end of every script: it ends the faults, and waits for convergence.</summary>
    public const string Converge = "converge";

    /// <summary>The last step of every script.</summary>
    public static ScriptStep End { get; } = new(Converge);

    /// <summary>Whether its action is <see cref="Converge"/>.</summary>
    [JsonIgnore]
    public bool Converges => Action == Converge;
}
