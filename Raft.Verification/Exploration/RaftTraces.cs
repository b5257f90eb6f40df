using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Exploration;

/// <summary>Reads and replays traces of scenarios.</summary>
public static class RaftTraces
{
    extension(Trace trace)
    {
        /// <summary>Reads a trace from a file.</summary>
        /// <exception cref="InvalidDataException">It is not a trace of this version; the message says what is wrong, and where.</exception>
        /// <exception cref="IOException">The file cannot be read.</exception>
        public static Trace Read(string file) => RaftTraceFormat.Format.Read(file);

        /// <summary>Reads a trace from the text of its file.</summary>
        /// <param name="text">The text.</param>
        /// <param name="file">The name of the file, for errors.</param>
        internal static Trace Parse(string text, string file) => RaftTraceFormat.Format.Parse(text, file);

        /// <summary>Runs the schedule again, bit for bit, and records its events.</summary>
        /// <returns>The same trace with its events.</returns>
        /// <exception cref="ReplayDivergedException">It does not run as it ran; the message names the first step that differs.</exception>
        public Trace Replayed() => trace.Replayed(trace.FindScenario());

        /// <summary>
        /// Runs the schedule as far as it fits the code as it is now; where it does not fit, it continues with the default choices. This is
        /// for regression tests: the schedule that once violated a property must not violate it any more.
        /// </summary>
        /// <returns>What is violated now; null if nothing is.</returns>
        public Violation? Rerun() => trace.Rerun(trace.FindScenario());

        /// <summary>Whether its scenario still exists.</summary>
        internal bool HasScenario => ScenarioCatalogue.Find(trace.Scenario) is not null;

        internal Scenario FindScenario() => ScenarioCatalogue.Find(trace.Scenario)
            ?? throw new ReplayDivergedException($"There is no scenario '{trace.Scenario}' any more.");
    }
}
