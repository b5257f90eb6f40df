using DeterministicSimulation;
using Raft.Verification.Labs;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Exploration;

/// <summary>How a run of a lab test ended.</summary>
/// <param name="Test">The test.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Figures">What it took, in its own time, real or virtual. All zero if a monitor ended it.</param>
/// <param name="Steps">How many operations ran; zero on real time.</param>
/// <param name="Trace">What was expected and seen, and how it came about; null: it passed.</param>
public sealed record LabResult(LabTest Test, ulong Seed, LabFigures Figures, long Steps, Trace? Trace);

/// <summary>Runs lab tests on virtual time, in the embedded engine.</summary>
public static class LabRun
{
    // A test can have half a million, each with the whole log of a server.
    private const int _keptEvents = 1000;

    /// <summary>Runs a test once.</summary>
    /// <param name="test">The test.</param>
    /// <param name="version">Whose tests.</param>
    /// <param name="seed">Equal seeds give equal runs.</param>
    /// <param name="choices">Who chooses; its memory serves from run to run. Null: the uniform random walk.</param>
    /// <param name="stop">Ends it before its end.</param>
    /// <exception cref="OperationCanceledException">It was ended before its end.</exception>
    public static LabResult OnVirtualTime(
        LabTest test, LabVersion version, ulong seed, Choices? choices = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(test);
        var figures = default(LabFigures);
        var scenario = LabScenario.Of(test, version, ended => figures = ended);
        choices ??= new Choices(new RandomWalk());
        var result = ClusterSchedule.Run(scenario, scenario.Options, choices, SplitMix64.Mix(Explorer.SeedOf(scenario.Name, seed)), stop: stop);
        var trace = result.Violation is null
            ? null
            : Trace.Of(scenario, scenario.Options, StrategyCatalogue.Random, seed, schedule: 0, [.. choices.Made], result);
        return new LabResult(test, seed, figures, result.Steps, trace);
    }

    /// <summary>The trace of a run on virtual time with the last of what happened, which it finds out by running it again.</summary>
    /// <param name="trace">The trace, without events.</param>
    /// <param name="scenario">Its scenario; null: that of its name.</param>
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
