using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using DeterministicSimulation;
using Raft.Verification.Exploration;
using Raft.Verification.Labs;
using Raft.Verification.RealTime;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify lab</c>: the tests of the MIT Raft labs, on virtual or on real time.</summary>
internal static class LabCommand
{
    private const string _defaultDirectory = "traces";

    public static Command Create()
    {
        var versions = Enum.GetValues<LabVersion>();
        var names = new Argument<string[]>("test")
        {
            Description = "The tests to run, by their names in the labs, like Figure8 or TestFigure83C. Without any: all.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var part = new Option<string?>("--part")
        {
            Description = "Only this part: A (elections), B (log), C (persistence), D (compaction).",
        };
        var seeds = new Option<int?>("--seeds")
        {
            Description = "The number of seeds for each test. [default: 1]",
            CustomParser = Number.From("--seeds", 1, 10_000_000),
        };
        var seed = new Option<ulong?>("--seed")
        {
            Description = "The first seed. On virtual time, equal seeds give equal runs. [default: 1]",
            CustomParser = Number.From("--seed", 0UL, ulong.MaxValue),
        };
        var realTime = new Option<bool>("--real-time")
        {
            Description = "Run on real time, on the thread pool, one test after the other, without monitors.",
        };
        var version = new Option<string>("--version")
        {
            Description = $"The year of the course: {string.Join(", ", versions.Select(one => (int)one))}.",
            DefaultValueFactory = _ => $"{(int)LabVersion.Lab2024}",
        };
        var protocol = new Option<string>("--protocol")
        {
            Description = $"What each server does: {ProtocolNames.Figure2}, or {ProtocolNames.Production} with the extensions that a node "
                + "has by default. Tests that count indexes are left out then.",
            DefaultValueFactory = _ => ProtocolNames.Figure2,
        };
        var directory = new Option<string?>("--out")
        {
            Description = $"The directory for traces of failures. [default: {_defaultDirectory}]",
        };
        var json = new Option<string?>("--json") { Description = "A file for the report, as JSON." };
        var keep = new Option<bool>("--no-shrink")
        {
            Description = "Do not shrink traces. By default, a shrunk trace is written beside each.",
        };
        var alone = CommandLine.NoConformance();
        var list = new Option<bool>("--list") { Description = "List the tests." };
        part.AcceptOnlyFromAmong("A", "B", "C", "D", "a", "b", "c", "d");
        version.AcceptOnlyFromAmong([.. versions.Select(one => $"{(int)one}")]);
        protocol.AcceptOnlyFromAmong(ProtocolNames.All);
        names.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !LabTest.All.Any(test => LabNames.IsNamed(test, token.Value))))
            {
                var suggestion = Suggestion.For(token.Value, LabTest.All.Select(test => test.Name));
                result.AddError($"there is no test '{token.Value}'{suggestion}; see 'raft-verify lab --list'");
            }
        });

        var command = new Command(
            "lab",
            "Runs the tests of the MIT Raft labs (2A to 2D, 3A to 3D) on the real implementation, with all monitors on.")
        {
            names, part, seeds, seed, realTime, version, protocol, directory, json, keep, alone, list,
        };
        command.SetAction(parsed =>
        {
            var console = CommandLine.CreateConsole();
            if (parsed.GetValue(list))
            {
                LabDisplay.List(console);
                return CommandLine.Ok;
            }

            var options = new LabOptions(
                (LabVersion)int.Parse(parsed.GetValue(version)!),
                parsed.GetValue(seed) ?? 1,
                parsed.GetValue(seeds) ?? 1,
                parsed.GetValue(realTime),
                parsed.GetValue(directory) ?? _defaultDirectory,
                parsed.GetValue(json))
            {
                Shrinks = !parsed.GetValue(keep),
                Conformance = !parsed.GetValue(alone),
                ProtocolName = parsed.GetValue(protocol)!,
            };
            var chosen = parsed.GetValue(names) ?? [];
            if (!Choose(chosen, parsed.GetValue(part)?.ToUpperInvariant(), options, out var tests, out var error))
            {
                Console.Error.WriteLine($"raft-verify: {error}; see 'raft-verify lab --list'");
                return CommandLine.WrongUsage;
            }

            if (parsed.GetValue(directory) is { } wanted)
            {
                Destination.RequireDirectory("--out", wanted);
            }

            if (options.Json is { } file)
            {
                Destination.RequireFile("--json", file);
            }

            return Run(console, tests, options);
        });
        return command;
    }

    private static bool Choose(
        string[] names, string? part, LabOptions options, out LabTest[] tests, [NotNullWhen(false)] out string? error)
    {
        var version = options.Version;
        LabTest[] all = [.. LabTest.All.Where(test => test.Since <= version && (part is null || test.Part == part[0]))];
        var left = names.Where(name => !all.Any(test => LabNames.IsNamed(test, name))).ToArray();
        tests = names.Length == 0 ? all : [.. all.Where(test => names.Any(name => LabNames.IsNamed(test, name)))];
        var problem = left.Length > 0 ? $"{string.Join(", ", left)} is not among the tests"
            : tests.Length == 0 ? "there are no tests"
            : null;
        error = problem is not null ? $"{problem} of {(int)version}{(part is null ? string.Empty : $", part {part}")}"
            : Array.TrueForAll(tests, test => !test.IsFor(options.Protocol))
                ? $"--protocol {options.ProtocolName} leaves out "
                    + string.Join(", ", tests.Select(test => $"{test.Name} ({test.CountsIndexes})"))
            : null;
        return error is null;
    }

    /// <summary>
    /// Runs lab tests, except those that are not for the protocol, shows progress, and prints and writes the results.
    /// </summary>
    /// <returns>The exit status.</returns>
    internal static int Run(IAnsiConsole console, LabTest[] chosen, LabOptions options)
    {
        using var interruption = new Interruption();
        var tests = Array.FindAll(chosen, test => test.IsFor(options.Protocol));
        var leftOut = Array.FindAll(chosen, test => !test.IsFor(options.Protocol));
        var display = new LabDisplay(console, tests, leftOut, options);
        var reports = new List<LabTestReport>();
        var traces = new Dictionary<string, string>();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        display.Begin();

        void Finished(LabTestReport report)
        {
            (Trace, string)? shrunk = null;
            if (report.FirstFailure is { Trace: { } trace } failure)
            {
                var scenario = LabScenario.Of(report.Test, options.Version, options.Protocol);
                var whole = options.IsRealTime ? trace : LabRun.WithEvents(trace, scenario);
                if (TrySave(FileFor(options, whole), whole) is { } file)
                {
                    traces.Add(report.Test.Name, file);
                    if (options.Shrinks && !options.IsRealTime && whole.Remark is null)
                    {
                        var smaller = new ShrinkDisplay(console).Run(
                            progress => Shrinker.Shrink(whole, scenario, progress, interruption.Asked));
                        shrunk = TrySave(TraceFile.ShrunkBeside(file), smaller) is { } cut ? (smaller, cut) : null;
                    }
                }

                report = report with { FirstFailure = failure with { Trace = whole } };
            }

            reports.Add(report);
            display.Finished(report, traces.GetValueOrDefault(report.Test.Name), shrunk);
        }

        if (options.IsRealTime)
        {
            RunOnRealTimeAsync(tests, options, Finished, runs => display.Progress(runs, clock.Elapsed), interruption.Asked)
                .GetAwaiter()
                .GetResult();
        }
        else
        {
            LabSuite.Run(
                tests,
                options.Version,
                options.Seed,
                options.Seeds,
                Environment.ProcessorCount,
                Finished,
                options.Protocol,
                options.Conformance,
                display.Progress,
                interruption.Asked);
        }

        var isWithinLimits = display.End(
            reports,
            clock.Elapsed,
            isComplete: reports.Count == LabTest.All.Count(test => test.Since <= options.Version));
        if (options.Json is not null)
        {
            LabReport.Write(options.Json, options, reports, leftOut, traces, clock.Elapsed);
        }

        return !isWithinLimits || reports.Any(report => report.FirstFailure is not null) ? CommandLine.Violated
            : reports.Count < tests.Length ? CommandLine.Unfinished
            : CommandLine.Ok;
    }

    // One after the other, as in the labs, whose figures are for an otherwise idle machine.
    private static async Task RunOnRealTimeAsync(
        LabTest[] tests, LabOptions options, Action<LabTestReport> finished, Action<long> progress, CancellationToken stop)
    {
        var runs = 0;
        try
        {
            foreach (var test in tests)
            {
                var results = new List<LabResult>();
                foreach (var seed in options.AllSeeds)
                {
                    results.Add(await RealTimeLabRun.RunAsync(test, options.Version, seed, options.Protocol, stop));
                    progress(++runs);
                }

                finished(LabTestReport.Of(test, results));
            }
        }
        catch (OperationCanceledException)
        {
            // The finished tests are reported.
        }
    }

    private static string FileFor(LabOptions options, Trace trace)
    {
        var protocol = options.UnlessFigure2($"-{options.ProtocolName}");
        return Path.Combine(options.Directory, $"{trace.Scenario}{protocol}-{trace.Violation.Property}-{trace.Seed}.trace.json");
    }

    // A trace that cannot be written must not prevent the other results.
    private static string? TrySave(string file, Trace trace)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            trace.Write(file);
            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"raft-verify: the trace cannot be written: {exception.Message}");
            return null;
        }
    }
}
