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
    public static SpecificationMonitor[] All(bool conformance = true) =>
        conformance ? [.. Specification.AllMonitors(), new ConformanceMonitor()] : Specification.AllMonitors();
}
