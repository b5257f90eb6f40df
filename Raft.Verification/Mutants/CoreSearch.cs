using ModelChecking;
using Raft.Verification.CoreGraph;

namespace Raft.Verification.Mutants;

/// <summary>
/// Searches the implementation for a violation by exhaustion: checks each preset of real cores in turn, breadth-first, until a property is
/// broken. It does not know which bug is present. It runs on the calling thread, so that the number of states it needs is always the same.
/// </summary>
internal static class CoreSearch
{
    /// <summary>Checks the presets in turn.</summary>
    /// <param name="progress">Called now and then with the number of distinct states found.</param>
    /// <param name="stop">Ends the search early.</param>
    public static ModelSearchResult Run(Action<long> progress, CancellationToken stop)
    {
        var (states, seconds) = (0L, 0.0);
        foreach (var preset in CorePreset.All)
        {
            var before = states;
            using var cores = new CoreSpecification(preset.Bounds);
            var result = Checker.Check(cores, new CheckOptions { Workers = 1 }, checking => progress(before + checking.Distinct), stop);
            states += result.Distinct;
            seconds += result.Time.TotalSeconds;
            progress(states);
            if (result.Counterexample is { } counterexample)
            {
                var reason = counterexample.States[^1].Values.FirstOrDefault(value => value.Key == CoreSpecification.Reason).Value;
                return new ModelSearchResult(
                    states, seconds, result.Violated, preset.Name, counterexample.States.Count - 1, Reason: reason);
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
}
