namespace DeterministicSimulation;

/// <summary>The progress of shrinking a trace.</summary>
/// <param name="Tried">The number of schedules that were tried.</param>
/// <param name="Steps">The number of steps of the smallest schedule that violates the property.</param>
/// <param name="Choices">The number of its choices.</param>
/// <param name="Faults">The number of its faults.</param>
public readonly record struct ShrinkProgress(long Tried, long Steps, int Choices, long Faults);

/// <summary>Runs schedules that might violate the same property as a trace.</summary>
/// <param name="workload">The workload.</param>
/// <param name="wanted">The violation of the trace.</param>
/// <param name="stop">Ends the search.</param>
internal sealed class ReplayProbe(IWorkload workload, Violation wanted, CancellationToken stop)
{
    // The most steps of all probes together: a few seconds. Steps, not seconds, so that the result does not depend on the machine.
    private const long _maxTotalSteps = 12_000_000;

    // A schedule with one fault less may need a few more steps, in which a message arrives that would otherwise be lost.
    private const int _slack = 4;
    private long _steps;

    /// <summary>The number of schedules that were run.</summary>
    public long Count { get; private set; }

    /// <summary>Runs decisions as far as they fit, for at most about as many steps as another schedule has.</summary>
    /// <returns>Null if the property is not violated.</returns>
    /// <exception cref="OperationCanceledException">The search was stopped, or has used up its steps.</exception>
    public Candidate? Run(SimulationOptions options, bool isScripted, IReadOnlyList<Decision> decisions, ScheduleSize largest)
    {
        stop.ThrowIfCancellationRequested();
        if (_steps > _maxTotalSteps)
        {
            throw new OperationCanceledException("The search has used up its steps.");
        }

        var script = isScripted ? Candidate.ScriptOf(decisions) : null;
        return Run(options, script, new LenientReplay(decisions), Math.Min(options.MaxSteps, largest.Steps + _slack));
    }

    /// <summary>Runs a trace.</summary>
    /// <returns>Null if it does not violate its property.</returns>
    public Candidate? Run(Trace trace) => Run(trace.Options, trace.Script, new Replay(trace.Choices), trace.Options.MaxSteps);

    private Candidate? Run(SimulationOptions options, IReadOnlyList<ScriptStep>? script, IStrategy strategy, long maxSteps)
    {
        Count++;
        var recorder = new Recorder(strategy);
        var choices = new Choices(recorder);
        var followed = workload.Following(script);
        var reporting = followed is IScriptable scriptable ? scriptable.Reporting(recorder.Record) : followed;
        var limited = options with { MaxSteps = maxSteps };
        var result = Schedule.Run(reporting, limited, choices, seed: 0, isProbe: true, stop: stop);
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
        var size = new ScheduleSize(options.Servers, faults, convergences, stimuli, result.Steps, overtakings, recorder.NonDefault);
        return new Candidate(options, script is not null, decisions, choices.Made[..recorder.Length].ToArray(), result, size);
    }

    // If the property only says that an exception was thrown, its text must be the same. Otherwise any exception would match.
    private bool IsAlike(Violation one, Violation other) =>
        one.Property == other.Property && (!workload.IsKnownByMessage(one.Property) || Thrown(one) == Thrown(other));

    private static string Thrown(Violation violation) =>
        string.Concat(violation.Message.TakeWhile(letter => letter is not ('\r' or '\n')).Where(letter => !char.IsAsciiDigit(letter)));
}
