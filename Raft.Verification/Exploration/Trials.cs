using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Exploration;

/// <summary>How far a trace is shrunk.</summary>
/// <param name="Tried">How many schedules were tried.</param>
/// <param name="Steps">How many steps the smallest one has that violates the property.</param>
/// <param name="Choices">How many choices it has.</param>
/// <param name="Faults">How many faults strike in it.</param>
public readonly record struct ShrinkProgress(long Tried, long Steps, int Choices, long Faults);

/// <summary>Runs schedules that might violate the same property as a trace.</summary>
/// <param name="scenario">The scenario.</param>
/// <param name="wanted">What is to be violated.</param>
/// <param name="stop">Ends the trials.</param>
internal sealed class Trials(Scenario scenario, Violation wanted, CancellationToken stop)
{
    // In steps, of all trials together, so that the end does not depend on the machine: some seconds.
    private const long _patience = 12_000_000;

    // A fault less may cost a few steps more: those in which a message arrives that would be lost.
    private const int _slack = 4;
    private long _steps;

    /// <summary>How many schedules were run.</summary>
    public long Count { get; private set; }

    /// <summary>Whether so much was tried that it should be small enough.</summary>
    public bool AreMany => _steps > _patience;

    /// <summary>Runs decisions as far as they fit, no longer than another attempt is.</summary>
    /// <returns>Null where the property is not violated.</returns>
    /// <exception cref="OperationCanceledException">Somebody stopped it, or there were so many trials that it should be small enough.</exception>
    public Attempt? Run(ClusterOptions options, bool isScripted, IReadOnlyList<Decision> decisions, ScheduleSize most)
    {
        stop.ThrowIfCancellationRequested();
        if (AreMany)
        {
            throw new OperationCanceledException("It is small enough.");
        }

        var script = isScripted ? Attempt.ScriptOf(decisions) : null;
        return Run(options, script, new LenientReplay(decisions), Math.Min(options.MaxSteps, most.Steps + _slack));
    }

    /// <summary>Runs a trace.</summary>
    /// <returns>Null where it does not violate what it says.</returns>
    public Attempt? Run(Trace trace) => Run(trace.Options, trace.Script, new Replay(trace.Choices), trace.Options.MaxSteps);

    private Attempt? Run(ClusterOptions options, IReadOnlyList<ScriptStep>? script, IStrategy strategy, long maxSteps)
    {
        Count++;
        var recorder = new Recorder(strategy);
        var choices = new Choices(recorder);
        var followed = scenario.Following(script);
        var told = followed with { RunAsync = cluster => followed.RunAsync(new ScriptedCluster(cluster, recorder.Note)) };
        var limited = options with { MaxSteps = maxSteps };
        var result = DeterministicSimulation.Schedule.Run(told, limited, choices, seed: 0, isTrial: true, stop: stop);
        _steps += result.Steps;
        if (result.Violation is null || !IsAlike(result.Violation, wanted))
        {
            return null;
        }

        var decisions = recorder.Finish();
        var overtakings = result.Faults[FaultKind.Reordering] + result.Faults[FaultKind.Delay];
        var faults = result.Faults.Total - result.Faults[FaultKind.LostWrite] - overtakings;
        var stimuli = decisions.Count(decision => decision.IsStimulus);
        var settlings = decisions.Count(decision => decision.Steps.Contains(ScriptStep.Settle));
        var size = new ScheduleSize(options.Servers, faults, settlings, stimuli, result.Steps, overtakings, recorder.Unusual);
        return new Attempt(options, script is not null, decisions, choices.Made[..recorder.Length].ToArray(), result, size);
    }

    // Where the property only says that something was thrown, it must be the same: else any failure would do.
    private static bool IsAlike(Violation one, Violation other) =>
        one.Property == other.Property
        && (one.Property is not ("Scenario" or "NodeFailure" or "UnhandledException" or "LabTest") || Thrown(one) == Thrown(other));

    private static string Thrown(Violation violation) =>
        string.Concat(violation.Message.TakeWhile(letter => letter is not ('\r' or '\n')).Where(letter => !char.IsAsciiDigit(letter)));
}
