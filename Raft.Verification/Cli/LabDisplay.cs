using DeterministicSimulation;
using Raft.Verification.Exploration;
using Raft.Verification.Labs;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary>Shows the lab tests as the labs do: one line for each test, with its time, peers, RPCs, bytes and commits.</summary>
internal sealed class LabDisplay(
    IAnsiConsole console, IReadOnlyList<LabTest> tests, IReadOnlyList<LabTest> leftOut, LabOptions options)
{
    /// <summary>
    /// The labs' limits for a whole suite: "6 minutes of real time, 1 minute of CPU time" (4 minutes for the three parts of 2018).
    /// </summary>
    private static readonly TimeSpan _cpuLimit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private readonly TimeSpan _cpuAtBegin = Environment.CpuUsage.TotalTime;
    private TimeSpan _next = _interval;

    private TimeSpan RealLimit => TimeSpan.FromMinutes(options.Version == LabVersion.Lab2018 ? 4 : 6);

    /// <summary>Prints all tests.</summary>
    public static void List(IAnsiConsole console)
    {
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("test", "part", "servers", "since", "what it is", $"only with --protocol {ProtocolNames.Figure2}, because");
        foreach (var test in LabTest.All)
        {
            table.AddRow(
                test.Name,
                test.Part.ToString(),
                test.Servers.ToString(),
                ((int)test.Since).ToString(),
                test.Title,
                test.CountsIndexes ?? string.Empty);
        }

        console.Write(table);
    }

    /// <summary>Prints what will run, and what is left out.</summary>
    public void Begin()
    {
        var seeds = options.Seeds == 1 ? $"seed {options.Seed}" : $"seeds {options.Seed} to {options.Seed + (ulong)options.Seeds - 1}";
        console.WriteLine(
            $"{Counted.Of(tests.Count, "test")} of the Raft lab of {(int)options.Version}, "
            + $"on {(options.IsRealTime ? "real" : "virtual")} time, {options.UnlessFigure2($"protocol {options.ProtocolName}, ")}"
            + $"{seeds}{(options.Seeds > 1 ? "; figures are means" : string.Empty)}");
        if (leftOut.Count > 0)
        {
            console.WriteLine($"Left out with {options.ProtocolName}, whose no-ops give commands later indexes:");
        }

        foreach (var test in leftOut)
        {
            console.WriteLine($"  {test.Name}: {test.CountsIndexes}");
        }

        console.WriteLine($"{string.Empty,-81}{"seconds",9}{"peers",7}{"RPCs",9}{"bytes",13}{"commits",9}");
    }

    /// <summary>Prints progress now and then.</summary>
    public void Progress(long runs, TimeSpan elapsed)
    {
        if (elapsed >= _next)
        {
            console.WriteLine($"  {elapsed.TotalSeconds:0} s: {runs:N0} of {Counted.Of((long)tests.Count * options.Seeds, "run")}");
            _next = elapsed + _interval;
        }
    }

    /// <summary>Prints the line of a test and, if it failed, the details.</summary>
    public void Finished(LabTestReport report, string? trace, (Trace Trace, string File)? shrunk)
    {
        var title = $"Test ({report.Test.Number(options.Version)}): {report.Test.Title} ...";
        var verdict = report.FirstFailure is null ? "Passed" : "FAILED";
        var mean = report.Mean;
        console.WriteLine(
            $"{title,-73} {verdict} "
                + $"{mean.Time.TotalSeconds,9:0.0}{report.Test.ServersIn(options.Version),7}"
            + $"{mean.Calls,9:N0}{mean.Bytes,13:N0}{mean.Commits,9:N0}");
        if (report.FirstFailure is not { Trace: { } failure } first)
        {
            return;
        }

        // Bypass the console, which would wrap lines at its width, so that commands can be copied.
        var output = console.Profile.Out.Writer;
        output.WriteLine($"  {failure.Violation.Property}: {failure.Violation.Message}");
        output.WriteLine($"  {ViolationReport.Meaning(failure.Violation.Property)}");
        var seeds = $"{string.Join(", ", report.FailedSeeds.Take(10))}{(report.FailedSeeds.Count > 10 ? ", ..." : string.Empty)}";
        var failed = report.Runs > 1 ? $" ({report.FailedSeeds.Count} of {Counted.Of(report.Runs, "seed")} failed: {seeds})" : string.Empty;
        output.WriteLine($"  seed:  {first.Seed}{failed}");
        if (shrunk is { Trace: { } cut })
        {
            output.WriteLine("  what happened, shrunk:");
            foreach (var line in ViolationReport.Story(cut))
            {
                output.WriteLine(line);
            }
        }

        output.WriteLine($"  again: {options.CommandFor(report.Test, first.Seed)}");
        output.WriteLine($"  trace: {trace ?? "none, it could not be written"}");
        if (shrunk is not null)
        {
            output.WriteLine($"  shrunk: {shrunk.Value.File}");
        }

        // A run on real time can be drawn but not replayed.
        if ((shrunk?.File ?? trace) is { } next)
        {
            output.WriteLine("  next:");
            foreach (var command in ViolationReport.NextCommands(next).Skip(options.IsRealTime ? 1 : 0))
            {
                output.WriteLine($"  {command}");
            }
        }

        output.Flush();
    }

    /// <summary>Prints the summary.</summary>
    /// <returns>Whether the labs' limits for the whole suite, where they apply, were met.</returns>
    public bool End(IReadOnlyList<LabTestReport> reports, TimeSpan elapsed, bool isComplete)
    {
        var failed = reports.Count(report => report.FirstFailure is not null);
        var cpu = Environment.CpuUsage.TotalTime - _cpuAtBegin;
        if (reports.Count < tests.Count)
        {
            console.WriteLine("Stopped before the end; these are the results so far.");
        }

        var verdict = failed > 0 ? "FAIL" : reports.Count < tests.Count ? "STOPPED" : "PASS";

        console.WriteLine(
            $"{verdict}: {reports.Count - failed} of {Counted.Of(tests.Count, "test")} passed, "
            + (leftOut.Count > 0 ? $"{leftOut.Count} left out, " : string.Empty)
            + $"{Counted.Of(reports.Sum(report => report.Runs), "run")} "
            + $"in {elapsed.TotalSeconds:0.0} s of real time and {cpu.TotalSeconds:0.0} s of CPU time"
            + (options.IsRealTime
                ? string.Empty
                : $"; {Counted.Of(reports.Sum(report => report.Steps), "step")}, "
                    + $"{Counted.Compared(reports.Sum(report => report.ModelSteps))}, "
                    + $"{reports.Sum(report => report.Mean.Time.TotalSeconds):0.0} s of virtual time a seed"));
        if (!options.IsRealTime || !isComplete || options.Seeds > 1 || (elapsed <= RealLimit && cpu <= _cpuLimit))
        {
            return true;
        }

        console.WriteLine(
            $"FAIL: the labs allow the whole suite {RealLimit.TotalSeconds:0} s of real time and {_cpuLimit.TotalSeconds:0} s of CPU "
                + $"time.");
        return false;
    }
}
