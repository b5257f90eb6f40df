using System.Text.Json.Serialization;

namespace DeterministicSimulation;

/// <summary>One thing that a workload does to its system, as a script lists it.</summary>
/// <param name="Action">What it does, in the system's own word.</param>
/// <param name="Servers">The numbers of the servers that it does it to; null where it does it to all.</param>
public sealed record ScriptStep(string Action, IReadOnlyList<int>? Servers = null)
{
    /// <summary>The action at the end of every script: it ends the faults, and waits until all is well again.</summary>
    public const string Converge = "converge";

    /// <summary>The end of every script.</summary>
    public static ScriptStep End { get; } = new(Converge);

    /// <summary>Whether it ends the faults, and waits until all is well again.</summary>
    [JsonIgnore]
    public bool Converges => Action == Converge;
}
