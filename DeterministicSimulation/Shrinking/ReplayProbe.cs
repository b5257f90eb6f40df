namespace DeterministicSimulation;

/// <summary>How far a trace is shrunk.</summary>
/// <param name="Tried">How many schedules were tried.</param>
/// <param name="Steps">How many steps the smallest one has that violates the property.</param>
/// <param name="Choices">How many choices it has.</param>
/// <param name="Faults">How many faults strike in it.</param>
public readonly record struct ShrinkProgress(long Tried, long Steps, int Choices, long Faults);

/// <summary>Runs schedules that might violate the same property as a trace.</summary>
/// <param name="workload">The workload.</param>
/// <param name="wanted">What is to be violated.</param>
/// <param name="stop">Ends the trials.</param>
internal sealed class ReplayProbe(IWorkload workload, Violation wanted, CancellationToken stop)
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

    /// <summary>Runs decisions as far as they fit, no longer than another candidate is.</summary>
    /// <returns>Null where the property is not violated.</returns>
    /// <exception cref="OperationCanceledException">Somebody stopped it, or there were so many trials that it should be small enough.</exception>
    public Candidate? Run(SimulationOptions options, bool isScripted, IReadOnlyList<Decision> decisions, ScheduleSize most)
    {
        stop.ThrowIfCancellationRequested();
        if (AreMany)
        {
            throw new OperationCanceledException("It is small enough.");
        }

        var script = isScripted ? Candidate.ScriptOf(decisions) : null;
        return Run(options, script, new LenientReplay(decisions), Math.Min(options.MaxSteps, most.Steps + _slack));
    }

    /// <summary>Runs a trace.</summary>
    /// <returns>Null where it does not violate what it says.</returns>
    public Candidate? Run(Trace trace) => Run(trace.Options, trace.Script, new Replay(trace.Choices), trace.Options.MaxSteps);

    private Candidate? Run(SimulationOptions options, IReadOnlyList<ScriptStep>? script, IStrategy strategy, long maxSteps)
    {
        Count++;
        var recorder = new Recorder(strategy);
        var choices = new Choices(recorder);
        var followed = workload.Following(script);
        var reporting = followed is IScriptable scriptable ? scriptable.Reporting(recorder.Note) : followed;
        var limited = options with { MaxSteps = maxSteps };
        var result = Schedule.Run(reporting, limited, choices, seed: 0, isTrial: true, stop: stop);
        _steps += result.Steps;
        if (result.Violation is null || !IsAlike(result.Violation, wanted))
        {
            return null;
        }

        var decisions = recorder.Finish();
        var overtakings = result.Faults[FaultKind.Reordering] + result.Faults[FaultKind.Delay];
        var faults = result.Faults.Total - result.Faults[FaultKind.LostWrite] - overtakings;
        var stimuli = decisions.Count(decision => decision.IsStimulus);
        var convergences = decisions.Count(decision => decision.Steps.Contains(ScriptStep.End));
        var size = new ScheduleSize(options.Servers, faults, convergences, stimuli, result.Steps, overtakings, recorder.Unusual);
        return new Candidate(options, script is not null, decisions, choices.Made[..recorder.Length].ToArray(), result, size);
    }

    // Where the property only says that something was thrown, it must be the same: otherwise any failure would do.
    private bool IsAlike(Violation one, Violation other) =>
        one.Property == other.Property && (!workload.IsKnownByMessage(one.Property) || Thrown(one) == Thrown(other));

    private static string Thrown(Violation violation) =>
        string.Concat(violation.Message.TakeWhile(letter => letter is not ('\r' or '\n')).Where(letter => !char.IsAsciiDigit(letter)));
}
