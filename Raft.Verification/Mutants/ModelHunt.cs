using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Verification.Mutants;

/// <summary>
/// Looks for a violation in the model: checks one rung of the ladder after the other, breadth-first, until an invariant is broken. It does not know what it
/// looks for. It runs on the calling thread alone, so that the states it takes are always the same.
/// </summary>
internal static class ModelHunt
{
    /// <summary>Climbs the ladder.</summary>
    /// <param name="progress">Told now and then how many distinct states were found.</param>
    /// <param name="stop">Ends the hunt early.</param>
    public static ModelHuntResult Run(Action<long> progress, CancellationToken stop)
    {
        var states = 0L;
        var seconds = 0.0;
        foreach (var rung in ModelRung.Ladder)
        {
            var before = states;
            var result = Checker.Check(
                new RaftSpec(rung.Bounds, rung.Options), new CheckOptions { Workers = 1 }, checking => progress(before + checking.Distinct), stop);
            states += result.Distinct;
            seconds += result.Time.TotalSeconds;
            progress(states);
            if (result.Counterexample is { } counterexample)
            {
                return new ModelHuntResult(states, seconds, result.Violated, rung.Name, counterexample.States.Count(IsProtocolStep));
            }

            if (result.Outcome is CheckOutcome.Stopped or CheckOutcome.OutOfMemory)
            {
                return new ModelHuntResult(states, seconds, Stopped: true);
            }
        }

        return new ModelHuntResult(states, seconds);
    }

    /// <summary>The same, with the result as text: what a load context hands out must mean the same outside.</summary>
    public static string RunAsText(Action<long> progress, CancellationToken stop) => Run(progress, stop).ToText();

    // What an implementation does too: not the disk, and not the initial state.
    private static bool IsProtocolStep(CounterexampleState state) => state.Action is { } action && action != (int)RaftAction.CompleteWrite;
}
