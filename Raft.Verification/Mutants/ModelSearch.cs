using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Verification.Mutants;

/// <summary>
/// Searches the model for a violation: checks each preset in turn, breadth-first, until an invariant is broken. It does not know which bug
/// is present. It runs on the calling thread, so that the number of states it needs is always the same.
/// </summary>
internal static class ModelSearch
{
    /// <summary>Checks the presets in turn.</summary>
    /// <param name="progress">Called now and then with the number of distinct states found.</param>
    /// <param name="stop">Ends the search early.</param>
    public static ModelSearchResult Run(Action<long> progress, CancellationToken stop)
    {
        var states = 0L;
        var seconds = 0.0;
        foreach (var preset in CheckPreset.All)
        {
            var before = states;
            var result = Checker.Check(
                new RaftSpec(preset.Bounds, preset.Options),
                new CheckOptions { Workers = 1 },
                checking => progress(before + checking.Distinct),
                stop);
            states += result.Distinct;
            seconds += result.Time.TotalSeconds;
            progress(states);
            if (result.Counterexample is { } counterexample)
            {
                return new ModelSearchResult(
                    states, seconds, result.Violated, preset.Name, counterexample.States.Count(IsProtocolStep));
            }

            if (result.Outcome is CheckOutcome.Stopped or CheckOutcome.OutOfMemory)
            {
                return new ModelSearchResult(states, seconds, Stopped: true);
            }
        }

        return new ModelSearchResult(states, seconds);
    }

    /// <summary>The same, with the result as text, because only types that both load contexts share can cross between them.</summary>
    public static string RunAsText(Action<long> progress, CancellationToken stop) => Run(progress, stop).ToText();

    // Steps of the protocol: neither the initial state nor the completion of a write.
    private static bool IsProtocolStep(CounterexampleState state) =>
        state.Action is { } action && action != (int)RaftAction.CompleteWrite;
}
