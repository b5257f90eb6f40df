using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Labs;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Exploration;

/// <summary>The result of a run of a lab test.</summary>
/// <param name="Test">The test.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Figures">Its duration and costs, in real or virtual time. All are zero if a monitor ended the run.</param>
/// <param name="Steps">The number of operations; zero in real time.</param>
/// <param name="Trace">The trace of the failure, with what was expected and seen; null if the test passed.</param>
public sealed record LabResult(LabTest Test, ulong Seed, LabFigures Figures, long Steps, Trace? Trace)
{
    /// <inheritdoc cref="SystemUnderTest.ModelSteps"/>
    public long ModelSteps { get; init; }
}

/// <summary>Runs lab tests in virtual time, in the embedded engine.</summary>
public static class LabRun
{
    // A test can have half a million events, each with the whole log of a server.
    private const int _keptEvents = 1000;

    /// <summary>Runs a test once.</summary>
    /// <param name="test">The test.</param>
    /// <param name="version">The version of the lab.</param>
    /// <param name="seed">Equal seeds give equal runs.</param>
    /// <param name="protocol">The extensions of Figure 2 that each server has; null for none.</param>
    /// <param name="conformance">Whether the formal model steps beside each server.</param>
    /// <param name="choices">The source of choices, which can be reused for further runs; null for the uniform random walk.</param>
    /// <param name="stop">Stops the run.</param>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public static LabResult OnVirtualTime(
        LabTest test,
        LabVersion version,
        ulong seed,
        ProtocolOptions? protocol = null,
        bool conformance = true,
        Choices? choices = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(test);
        var figures = default(LabFigures);
        var scenario = LabScenario.Of(test, version, protocol, ended => figures = ended).With(conformance);
        choices ??= new Choices(new RandomWalk());
        var mixed = SplitMix64.Mix(Explorer.SeedOf(scenario.Name, seed));
        var result = Schedule.Run(scenario, scenario.Options, choices, mixed, stop: stop);
        var trace = result.Violation is null
            ? null
            : Trace.Of(scenario, scenario.Options, StrategyCatalogue.Random, seed, schedule: 0, [.. choices.Made], result);
        return new LabResult(test, seed, figures, result.Steps, trace) { ModelSteps = result.ModelSteps };
    }

    /// <summary>Replays a trace of a run in virtual time, to add its last events.</summary>
    /// <param name="trace">The trace, without events.</param>
    /// <param name="scenario">Its scenario; null for the scenario that the trace names.</param>
    public static Trace WithEvents(Trace trace, Scenario? scenario = null)
    {
        ArgumentNullException.ThrowIfNull(trace);
        try
        {
            return trace.Replayed(new TraceReplay(trace, scenario ?? trace.FindScenario()) { KeepEvents = _keptEvents });
        }
        catch (ReplayDivergedException exception)
        {
            return trace with { Remark = $"The schedule does not run again as it ran: {exception.Message}" };
        }
    }
}
