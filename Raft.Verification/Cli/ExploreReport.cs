using System.Text.Json;
using Raft.Verification.Exploration;
using Raft.Verification.Simulation;

namespace Raft.Verification.Cli;

/// <summary>The report of an exploration, as JSON.</summary>
internal static class ExploreReport
{
    /// <summary>Writes the report: whole, or not at all.</summary>
    public static void Write(string file, ExplorationOptions options, IReadOnlyList<ScenarioReport> reports, Dictionary<string, string> traces, Dictionary<string, string> shrunk)
    {
        JsonReport.Write(
            file,
            new
            {
                seed = options.Seed,
                strategy = options.Strategy,
                workers = options.Workers,
                scenarios = reports.Select(report => new
                {
                    scenario = report.Scenario,
                    schedules = report.Schedules,
                    steps = report.Steps,
                    seconds = report.Time.TotalSeconds,
                    schedulesPerSecond = report.SchedulesPerSecond,
                    stepsPerSecond = report.StepsPerSecond,
                    abstractStates = report.AbstractStates,
                    violations = report.Violations,
                    digest = Trace.Hex(report.Digest),
                    faults = FaultCounts.Kinds.ToDictionary(kind => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString()), kind => report.Faults[kind]),
                    violation = report.Violation?.Violation,
                    trace = traces.GetValueOrDefault(report.Scenario),
                    shrunk = shrunk.GetValueOrDefault(report.Scenario),
                }),
            });
    }
}
