using DeterministicSimulation;
using Raft.Verification.Exploration;

namespace Raft.Verification.Mutants;

/// <summary>What is done with traces in a load context, with the traces as text: what goes in and out must mean the same outside.</summary>
internal static class TracesAsText
{
    /// <summary>Shrinks a trace.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="progress">Told now and then how many steps the smallest schedule has that was found.</param>
    /// <param name="stop">Ends it early, with what it has until then.</param>
    /// <exception cref="InvalidDataException">The trace does not run here as it ran.</exception>
    public static string Shrink(string trace, Action<long> progress, CancellationToken stop) =>
        Do(trace, read => Shrinker.Shrink(read, read.FindScenario(), told => progress(told.Steps), stop));

    /// <summary>Runs a trace again, bit for bit.</summary>
    /// <returns>The trace with its events.</returns>
    /// <exception cref="InvalidDataException">The trace does not run here as it ran.</exception>
    public static string Replay(string trace) => Do(trace, read => read.Replayed());

    /// <summary>Runs a trace as far as it fits the code.</summary>
    /// <returns>The property that is violated; empty: none is.</returns>
    public static string Rerun(string trace) => Trace.Parse(trace, "The trace").Rerun()?.Property ?? string.Empty;

    /// <summary>What of a trace can be left out on its own, a line each.</summary>
    public static string Needless(string trace)
    {
        var read = Trace.Parse(trace, "The trace");
        return string.Join('\n', Shrinker.Needless(read, read.FindScenario()));
    }

    private static string Do(string trace, Func<Trace, Trace> work)
    {
        try
        {
            return work(Trace.Parse(trace, "The trace")).ToJson();
        }
        catch (ReplayDivergedException exception)
        {
            throw new InvalidDataException(exception.Message, exception);
        }
    }
}
