using DeterministicSimulation;
using Raft.Verification.Specifications;

namespace Raft.Verification.Conformance;

/// <summary>The monitors of a schedule.</summary>
public static class Monitors
{
    /// <summary>
    /// New monitors for all properties of the project, in the order of precedence (<see cref="Specification.AllMonitors"/>). Conformance
    /// comes last: where one event violates another property too, that one says more.
    /// </summary>
    /// <param name="conformance">Whether <see cref="ConformanceMonitor"/> is among them.</param>
    /// <param name="states">Records the abstract states of the model, if not null.</param>
    public static SpecificationMonitor[] All(bool conformance = true, StateCoverage? states = null) =>
        conformance ? [.. Specification.AllMonitors(), new ConformanceMonitor { States = states }] : Specification.AllMonitors();
}
