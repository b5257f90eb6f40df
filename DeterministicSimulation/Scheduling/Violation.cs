namespace DeterministicSimulation;

/// <summary>What a schedule showed to be wrong.</summary>
/// <param name="Property">The property that does not hold: a monitor's name, or <c>Deadlock</c>, <c>EscapedWork</c>, and so on.</param>
/// <param name="Message">What is wrong, in words.</param>
/// <param name="Step">The step at which it was seen.</param>
public sealed record Violation(string Property, string Message, long Step)
{
    /// <summary>What the system under test names in the message, for displays; the engine does not look into it. Null: nothing.</summary>
    public object? Subjects { get; init; }
}
