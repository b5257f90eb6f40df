using Raft.Verification.Exploration;
using Raft.Verification.Labs;

namespace Raft.Verification.Cli;

/// <summary>The report of the lab tests, as JSON.</summary>
internal static class LabReport
{
    /// <summary>Writes the report: whole, or not at all.</summary>
    public static void Write(
        string file,
        LabOptions options,
        IReadOnlyList<LabTestReport> reports,
        IReadOnlyList<LabTest> leftOut,
        Dictionary<string, string> traces,
        TimeSpan elapsed) =>
        JsonReport.Write(
            file,
            new
            {
                version = (int)options.Version,
                protocol = options.ProtocolName,
                time = options.IsRealTime ? "real" : "virtual",
                seed = options.Seed,
                seeds = options.Seeds,
                elapsedSeconds = elapsed.TotalSeconds,
                passed = reports.All(report => report.FirstFailure is null),
                leftOut = leftOut.Select(test => new { test = test.FullName(options.Version), because = test.CountsIndexes }),
                tests = reports.Select(report => new
                {
                    test = report.Test.FullName(options.Version),
                    runs = report.Runs,
                    failures = report.FailedSeeds.Count,
                    failedSeeds = report.FailedSeeds,
                    seconds = report.Mean.Time.TotalSeconds,
                    longestSeconds = report.Longest.TotalSeconds,
                    peers = report.Mean.Peers,
                    rpcs = report.Mean.Calls,
                    bytes = report.Mean.Bytes,
                    commits = report.Mean.Commits,
                    steps = report.Steps,
                    modelSteps = report.ModelSteps,
                    failure = report.FirstFailure?.Trace!.Violation,
                    command = report.FirstFailure is { } failure ? options.CommandFor(report.Test, failure.Seed) : null,
                    trace = traces.GetValueOrDefault(report.Test.Name),
                }),
            });
}
