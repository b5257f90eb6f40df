using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Exploration;
using Raft.Verification.Labs;
using Raft.Verification.Scenarios;

namespace Raft.Verification.RealTime;

/// <summary>Runs lab tests on real time, on the thread pool.</summary>
internal static class RealTimeLabRun
{
    /// <summary>The engine name of real time in traces. Such runs are not controlled and cannot be replayed.</summary>
    public const string Engine = "real-time";

    /// <summary>Runs a test once.</summary>
    /// <param name="test">The test.</param>
    /// <param name="version">The version of the tests.</param>
    /// <param name="seed">The seed of the randomness of scenario and network.</param>
    /// <param name="protocol">The extensions of Figure 2 that each server has; null for none.</param>
    /// <param name="stop">Cancels the run.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static async Task<LabResult> RunAsync(
        LabTest test, LabVersion version, ulong seed, ProtocolOptions? protocol = null, CancellationToken stop = default)
    {
        var figures = default(LabFigures);
        await using var world = new RealTimeWorld(test.ServersIn(version), seed, protocol ?? ProtocolOptions.Figure2);
        var violation = await ViolationOfAsync(test.RunAsync(world, version, ended => figures = ended), world).WaitAsync(stop);
        var trace = violation is null ? null : TraceOf(LabScenario.Of(test, version, protocol), seed, violation, world.Events);
        return new LabResult(test, seed, figures, 0, trace);
    }

    private static async Task<Violation?> ViolationOfAsync(Task run, RealTimeWorld world)
    {
        await Task.WhenAny(run, world.Failure);
        if (world.Failure.IsCompleted)
        {
            return new Violation("NodeFailure", (await world.Failure).Message, 0);
        }

        try
        {
            await run;
            return null;
        }
        catch (LabFailure failure)
        {
            return new Violation("LabTest", failure.Message, 0);
        }
        catch (Exception exception)
        {
            return new Violation("Scenario", $"The scenario failed: {exception.Message}{Environment.NewLine}{exception}", 0);
        }
    }

    // It holds no choices, so it cannot be replayed.
    private static Trace TraceOf(Scenario scenario, ulong seed, Violation violation, IReadOnlyList<TraceEvent> events) =>
        new()
        {
            Version = Trace.CurrentVersion,
            Scenario = scenario.Name,
            Options = scenario.Options,
            Engine = Engine,
            Strategy = "none",
            Seed = seed,
            Schedule = 0,
            Violation = violation,
            Digest = Trace.Hex(0),
            Choices = [],
            Events = events,
        };
}
