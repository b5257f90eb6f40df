using DeterministicSimulation;
using Raft.Verification.Exploration;
using Raft.Verification.RealTime;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Cli;

/// <summary>Files of traces that can be replayed.</summary>
internal static class TraceFile
{
    private const string _ending = ".trace.json";

    /// <summary>Reads a trace that can be replayed.</summary>
    /// <exception cref="InvalidDataException">The file is not a trace, or is one that cannot be replayed.</exception>
    public static Trace Read(string file)
    {
        var trace = Trace.Read(file);
        return trace.Engine switch
        {
            CounterexampleTrace.Engine => throw new InvalidDataException(
                $"{file} is a counterexample of the model checker: 'raft-verify check' finds it again, and 'raft-verify show' draws it."),
            RealTimeLabRun.Engine => throw new InvalidDataException(
                $"{file} is the record of a run on real time, which is not controlled: it shows what happened but cannot be "
                    + $"replayed."),
            Trace.Coyote => throw new InvalidDataException(
                $"{file} shows what happened in a schedule of Microsoft Coyote: 'coyote replay' replays it from Coyote's own trace, "
                    + $"and 'raft-verify show' draws it."),
            Trace.Embedded when RefusalOf(trace) is { } refusal => throw new InvalidDataException($"{file}: {refusal}."),
            Trace.Embedded => trace,
            var other => throw new InvalidDataException($"{file} is from an unknown engine: '{other}'."),
        };
    }

    // A script works with any number of servers.
    private static string? RefusalOf(Trace trace) => trace.Script is not null
        ? null
        : Scenario.All.FirstOrDefault(one => one.Name == trace.Scenario)?.Refuses(trace.Options.Servers, "$.options.servers");

    /// <summary>The default file of a shrunk trace: beside the original.</summary>
    public static string ShrunkBeside(string file) => $"{NameOf(file)}.min{_ending}";

    /// <summary>The file of Coyote's own trace of a schedule: beside the trace that <c>raft-verify show</c> draws.</summary>
    public static string CoyoteBeside(string file) => $"{NameOf(file)}.trace";

    private static string NameOf(string file) =>
        file.EndsWith(_ending, StringComparison.Ordinal) ? file[..^_ending.Length] : Path.ChangeExtension(file, null);
}
