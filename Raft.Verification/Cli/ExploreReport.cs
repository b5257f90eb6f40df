using System.Text.Json;
using DeterministicSimulation;
using Raft.Verification.Exploration;
using Raft.Verification.Viewer;

namespace Raft.Verification.Cli;

/// <summary>The result of exploring a scenario, and the files it was written to.</summary>
/// <param name="Report">The result.</param>
/// <param name="Strategy">The strategy.</param>
internal sealed record Explored(ExplorationReport Report, string Strategy)
{
    /// <summary>The file of the violation's trace, or null without a violation.</summary>
    public string? File { get; set; }

    /// <summary>The file of Coyote's own trace, or null without a violation under Coyote.</summary>
    public string? CoyoteFile { get; set; }

    /// <summary>The shrunk trace, or null if it was not shrunk.</summary>
    public Trace? Shrunk { get; set; }

    /// <summary>The file of the shrunk trace.</summary>
    public string? ShrunkFile => Shrunk is null ? null : TraceFile.ShrunkBeside(File!);
}

/// <summary>The report of an exploration, as JSON.</summary>
internal static class ExploreReport
{
    /// <summary>The file of the page of a coverage file.</summary>
    public static string PageOf(string coverageFile) => Path.ChangeExtension(coverageFile, ".html");

    /// <summary>Writes the coverage of the model: as JSON, and as a page beside it. Each file is written whole, or not at all.</summary>
    public static void WriteCoverage(string file, IEnumerable<Explored> explored)
    {
        var coverage = new ExplorationCoverage(explored.Select(one => one.Report));
        JsonReport.Write(file, coverage.ToData());
        OutputFile.Write(PageOf(file), CoveragePage.Of(coverage));
    }

    /// <summary>Writes the report: whole, or not at all.</summary>
    public static void Write(string file, ExplorationOptions options, IReadOnlyList<Explored> explored)
    {
        JsonReport.Write(
            file,
            new
            {
                seed = options.Seed,
                workers = options.Workers,
                coverage = new ExplorationCoverage(explored.Select(one => one.Report)).ToData(),
                scenarios = explored.Select(one => new
                {
                    scenario = one.Report.Workload,
                    engine = one.Report.Engine,
                    strategy = one.Strategy,
                    schedules = one.Report.Schedules,
                    steps = one.Report.Steps,
                    modelSteps = one.Report.ModelSteps,
                    modelStates = one.Report.ModelStates,
                    seconds = one.Report.Time.TotalSeconds,
                    schedulesPerSecond = one.Report.SchedulesPerSecond,
                    stepsPerSecond = one.Report.StepsPerSecond,
                    abstractStates = one.Report.AbstractStates,
                    violations = one.Report.Violations,
                    digest = Trace.Hex(one.Report.Digest),
                    faults = FaultCounts.Kinds.ToDictionary(
                        kind => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString()),
                        kind => one.Report.Faults[kind]),
                    violation = one.Report.Violation?.Violation,
                    trace = one.File,
                    coyoteTrace = one.CoyoteFile,
                    shrunk = one.ShrunkFile,
                }),
            });
    }
}
