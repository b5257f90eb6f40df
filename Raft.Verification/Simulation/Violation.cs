using Raft.Verification.Specifications;

namespace Raft.Verification.Simulation;

/// <summary>What a schedule showed to be wrong.</summary>
/// <param name="Property">The property that does not hold: a monitor's name, or <c>Deadlock</c>, <c>EscapedWork</c>, and so on.</param>
/// <param name="Message">What is wrong, in words, with its witnesses.</param>
/// <param name="Step">The step at which it was seen.</param>
public sealed record Violation(string Property, string Message, long Step)
{
    /// <summary>The servers, terms and log indexes that are named.</summary>
    public Witnesses Witnesses { get; init; } = Witnesses.None;
}
