using System.Text.Json.Serialization;

namespace DeterministicSimulation;

/// <summary>A property that failed in a schedule.</summary>
/// <param name="Property">The property: a monitor's name, or for example <c>Deadlock</c> or <c>EscapedWork</c>.</param>
/// <param name="Message">What is wrong, in words.</param>
/// <param name="Step">The step in which the violation was seen.</param>
public sealed record Violation(string Property, string Message, long Step)
{
    /// <summary>What the message names, in the system's own form (<see cref="TraceFormat"/>); null if the system does not say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public object? Subjects { get; init; }
}
