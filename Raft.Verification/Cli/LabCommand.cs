using System.CommandLine;
using Raft.Verification.Exploration;
using Raft.Verification.RealTime;
using Raft.Verification.Scenarios.Lab;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify lab</c>: the tests of the MIT Raft labs, on virtual or on real time.</summary>
internal static class LabCommand
{
    public static Command Create()
    {
        var names = new Argument<string[]>("test") { Description = "The tests to run, by their names in the labs, like Figure8 or TestFigure83C; none: all.", Arity = ArgumentArity.ZeroOrMore };
        var part = new Option<string?>("--part") { Description = "Only this part: A (elections), B (log), C (persistence), D (compaction)." };
        var seeds = new Option<int>("--seeds") { Description = "How many seeds to run each test with.", DefaultValueFactory = _ => 1 };
        var seed = new Option<ulong>("--seed") { Description = "The first seed. On virtual time, equal seeds give equal runs.", DefaultValueFactory = _ => 1 };
        var realTime = new Option<bool>("--real-time") { Description = "Run on real time, on the thread pool, one test after the other; without monitors." };
        var version = new Option<int>("--version") { Description = "The year of the course: 2018, 2022, 2024 or 2025.", DefaultValueFactory = _ => (int)LabVersion.Lab2024 };
        var directory = new Option<string>("--out") { Description = "Where traces of failures go.", DefaultValueFactory = _ => "traces" };
        var json = new Option<string?>("--json") { Description = "A file for the report, as JSON." };
        var list = new Option<bool>("--list") { Description = "List the tests." };
        part.AcceptOnlyFromAmong("A", "B", "C", "D", "a", "b", "c", "d");
        Require(seeds, value => value is >= 1 and <= 10_000_000, "--seeds takes a number from 1 to 10,000,000");
        Require(version, value => Enum.IsDefined((LabVersion)value), $"--version takes {string.Join(", ", Enum.GetValues<LabVersion>().Select(one => (int)one))}");
        names.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !LabTest.All.Any(test => LabNames.IsNamed(test, token.Value))))
            {
                result.AddError($"there is no test '{token.Value}'; see 'raft-verify lab --list'");
            }
        });

        var command = new Command("lab", "Runs the tests of the MIT Raft labs (2A to 2D, 3A to 3D) on the real implementation, with all monitors on.")
        {
            names, part, seeds, seed, realTime, version, directory, json, list,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var console = CommandLine.CreateConsole();
            var chosenVersion = (LabVersion)parsed.GetValue(version);
            var options = new LabOptions(
                chosenVersion,
                parsed.GetValue(seed),
                parsed.GetValue(seeds),
                parsed.GetValue(realTime),
                parsed.GetValue(directory)!,
                parsed.GetValue(json));
            if (parsed.GetValue(list))
            {
                LabDisplay.List(console);
                return CommandLine.Ok;
            }

            var chosenNames = parsed.GetValue(names) ?? [];
            var chosenPart = parsed.GetValue(part) is { } letter ? char.ToUpperInvariant(letter[0]) : (char?)null;
            LabTest[] tests =
            [
                .. LabTest.All.Where(test => test.Since <= chosenVersion
                    && (chosenNames.Length == 0 || chosenNames.Any(name => LabNames.IsNamed(test, name)))
                    && (chosenPart is null || test.Part == chosenPart)),
            ];
            var left = chosenNames.Where(name => !tests.Any(test => LabNames.IsNamed(test, name))).ToArray();
            if (left.Length > 0 || tests.Length == 0)
            {
                var what = left.Length > 0 ? $"{string.Join(", ", left)} is not among the tests" : "there are no tests";
                Console.Error.WriteLine($"raft-verify: {what} of {(int)chosenVersion}{(chosenPart is null ? string.Empty : $", part {chosenPart}")}; see 'raft-verify lab --list'");
                return CommandLine.WrongUsage;
            }

            return await RunAsync(console, tests, options, stop);
        });
        return command;
    }

    private static void Require(Option<int> option, Func<int, bool> holds, string message) =>
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(int.TryParse(result.Tokens[0].Value, out var value) && holds(value)))
            {
                result.AddError(message);
            }
        });

    private static async Task<int> RunAsync(IAnsiConsole console, LabTest[] tests, LabOptions options, CancellationToken stop)
    {
        var display = new LabDisplay(console, tests, options);
        var reports = new List<LabTestReport>();
        var traces = new Dictionary<string, string>();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        display.Begin();

        void Finished(LabTestReport report)
        {
            string? file = null;
            if (report.FirstFailure is { Trace: { } trace } failure)
            {
                var whole = options.IsRealTime ? trace : LabRun.WithEvents(trace);
                file = Save(options.Directory, whole);
                traces.Add(report.Test.Name, file);
                report = report with { FirstFailure = failure with { Trace = whole } };
            }

            reports.Add(report);
            display.Finished(report, file);
        }

        if (options.IsRealTime)
        {
            await RunOnRealTimeAsync(tests, options, Finished, runs => display.Progress(runs, clock.Elapsed), stop);
        }
        else
        {
            LabSuite.Run(tests, options.Version, options.Seed, options.Seeds, Environment.ProcessorCount, Finished, display.Progress, stop);
        }

        var isWithinLimits = display.End(reports, clock.Elapsed, isComplete: reports.Count == LabTest.All.Count(test => test.Since <= options.Version));
        if (options.Json is not null)
        {
            LabReport.Write(options.Json, options, reports, traces, clock.Elapsed);
        }

        return reports.Count == tests.Length && isWithinLimits && reports.All(report => report.FirstFailure is null) ? CommandLine.Ok : CommandLine.Violated;
    }

    // One after the other, as the labs do: their figures are for a machine that does nothing else.
    private static async Task RunOnRealTimeAsync(
        IReadOnlyList<LabTest> tests, LabOptions options, Action<LabTestReport> finished, Action<long> progress, CancellationToken stop)
    {
        var runs = 0;
        try
        {
            foreach (var test in tests)
            {
                var results = new List<LabResult>();
                foreach (var seed in options.AllSeeds)
                {
                    results.Add(await RealTimeLabRun.RunAsync(test, options.Version, seed, stop));
                    progress(++runs);
                }

                finished(LabTestReport.Of(test, results));
            }
        }
        catch (OperationCanceledException)
        {
            // What was finished until then is reported.
        }
    }

    private static string Save(string directory, Trace trace)
    {
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, $"{trace.Scenario}-{trace.Violation.Property}-{trace.Seed}.trace.json");
        trace.Write(file);
        return file;
    }
}
