using System.Globalization;
using DeterministicSimulation;

namespace Raft.Verification.Viewer;

/// <summary>Describes how a trace was made.</summary>
internal static class Origin
{
    /// <summary>The engine, the strategy and the schedule, the size of the trace, and its remark.</summary>
    public static string Of(Trace trace)
    {
        var run = $"{trace.Engine} engine, strategy {trace.Strategy}, seed {trace.Seed}, schedule {trace.Schedule}";
        var size = $"{Quantity(trace.Options.Servers, "server")}, {Quantity(trace.Events.Count, "event")}";
        return $"{run}; {size}{(trace.Remark is null ? string.Empty : $". {trace.Remark}")}";
    }

    private static string Quantity(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? string.Empty : "s")}");
}
