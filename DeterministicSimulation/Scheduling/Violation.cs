using System.Text.Json.Serialization;

namespace DeterministicSimulation;

/// <summary>What a schedule showed to be wrong.</summary>
/// <param name="Property">The property that does not hold: a monitor's name, or <c>Deadlock</c>, <c>EscapedWork</c>, and so on.</param>
/// <param name="Message">What is wrong, in words.</param>
/// <param name="Step">The step at which it was seen.</param>
public sealed record Violation(string Property, string Message, long Step)
{
    /// <summary>What the message names, in the system's own form (<see cref="TraceFormat"/>); null where the system does not say it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public object? Subjects { get; init; }
}
