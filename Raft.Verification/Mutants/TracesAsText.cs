using DeterministicSimulation;
using Raft.Verification.Exploration;

namespace Raft.Verification.Mutants;

/// <summary>What a load context does with traces. Traces pass as text, because only types of the framework are shared.</summary>
internal static class TracesAsText
{
    /// <summary>Shrinks a trace.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="progress">Called now and then with the steps of the smallest schedule found.</param>
    /// <param name="stop">Ends it early, with the best result so far.</param>
    /// <exception cref="InvalidDataException">The trace does not run here as it ran.</exception>
    public static string Shrink(string trace, Action<long> progress, CancellationToken stop) =>
        Do(trace, read => Shrinker.Shrink(read, read.FindScenario(), size => progress(size.Steps), stop));

    /// <summary>Replays a trace, bit for bit.</summary>
    /// <returns>The trace with its events.</returns>
    /// <exception cref="InvalidDataException">The trace does not run here as it ran.</exception>
    public static string Replay(string trace) => Do(trace, read => read.Replayed());

    /// <summary>Runs a trace as far as it fits the code.</summary>
    /// <returns>The violated property, or an empty string.</returns>
    public static string Rerun(string trace) => Trace.Parse(trace, "The trace").Rerun()?.Property ?? string.Empty;

    /// <summary>The parts of a trace that can each be left out alone, one a line.</summary>
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
