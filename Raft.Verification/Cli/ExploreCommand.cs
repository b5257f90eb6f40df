using System.CommandLine;
using Raft.Verification.Exploration;
using Raft.Verification.Exploration.Strategies;
using Raft.Verification.Scenarios;
using Raft.Verification.Simulation;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify explore</c>: the main job, schedules of scenarios with all monitors on.</summary>
internal static class ExploreCommand
{
    private const string _defaultDirectory = "traces";

    private static readonly TimeSpan _defaultTime = TimeSpan.FromMinutes(1);

    public static Command Create()
    {
        var scenarios = new Argument<string[]>("scenario") { Description = "The scenarios to explore; none: all.", Arity = ArgumentArity.ZeroOrMore };
        var iterations = new Option<long?>("--iterations") { Description = "How many schedules of each scenario to run.", CustomParser = Number.From("--iterations", 1, long.MaxValue) };
        var time = new Option<TimeSpan?>("--time") { Description = "How long to explore in all: 60s, 2m, 1h. Without this and --iterations: a minute.", CustomParser = Duration.Parse };
        var seed = new Option<ulong?>("--seed") { Description = "Equal seeds give equal schedules. [default: 1]", CustomParser = Number.From("--seed", 0UL, ulong.MaxValue) };
        var workers = new Option<int?>("--workers") { Description = "How many threads run schedules. [default: one a core]", CustomParser = Number.From("--workers", 1, 1024) };
        var strategy = new Option<string>("--strategy") { Description = "Who picks what happens next.", DefaultValueFactory = _ => StrategyCatalogue.Default };
        var servers = new Option<int?>("--servers")
        {
            Description = $"How many servers each cluster has, up to {SimulationOptions.MaxServers}; see --list. [default: as listed]",
            CustomParser = Number.From("--servers", 1, int.MaxValue),
        };
        var directory = new Option<string?>("--out") { Description = $"Where traces of violations go. [default: {_defaultDirectory}]" };
        var json = new Option<string?>("--json") { Description = "A file for the report, as JSON." };
        var keep = new Option<bool>("--no-shrink") { Description = "Leave traces as they are found; else each is cut down to what its violation needs, beside it." };
        var list = new Option<bool>("--list") { Description = "List the scenarios." };
        strategy.AcceptOnlyFromAmong([.. StrategyCatalogue.Names]);
        scenarios.Validators.Add(result =>
        {
            string[] names = [.. Scenario.All.Select(scenario => scenario.Name)];
            foreach (var name in result.Tokens.Select(token => token.Value).Except(names))
            {
                result.AddError($"there is no scenario '{name}'{Suggestion.For(name, names)}; there is {string.Join(", ", names)}");
            }
        });

        var command = new Command("explore", "Explores schedules of the real implementation, with all monitors on.")
        {
            scenarios, iterations, time, seed, workers, strategy, servers, directory, json, keep, list,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(iterations) is not null && result.GetResult(time) is not null)
            {
                result.AddError("--iterations and --time exclude each other: the one ends after a number of schedules, the other after a time");
            }
        });
        command.SetAction(parsed =>
        {
            var console = CommandLine.CreateConsole();
            if (parsed.GetValue(list))
            {
                List(console);
                return CommandLine.Ok;
            }

            var chosen = parsed.GetValue(scenarios) is { Length: > 0 } names
                ? Scenario.All.Where(scenario => names.Contains(scenario.Name)).ToArray()
                : [.. Scenario.All];
            string[] refusals = parsed.GetValue(servers) is { } size
                ? [.. chosen.Select(scenario => scenario.Refuses(size, "--servers")).OfType<string>()]
                : [];
            if (refusals.Length > 0)
            {
                Console.Error.WriteLine($"raft-verify: {string.Join($"{Environment.NewLine}raft-verify: ", refusals)}");
                return CommandLine.WrongUsage;
            }

            var limit = parsed.GetValue(time) ?? (parsed.GetValue(iterations) is null ? _defaultTime : null);
            var options = new ExplorationOptions
            {
                Iterations = parsed.GetValue(iterations),
                Time = limit / chosen.Length,
                Seed = parsed.GetValue(seed) ?? 1,
                Workers = parsed.GetValue(workers) ?? Environment.ProcessorCount,
                Strategy = parsed.GetValue(strategy)!,
                Servers = parsed.GetValue(servers),
            };
            if (parsed.GetValue(directory) is { } wanted)
            {
                Destination.RequireDirectory("--out", wanted);
            }

            if (parsed.GetValue(json) is { } file)
            {
                Destination.RequireFile("--json", file);
            }

            return Explore(console, chosen, options, parsed.GetValue(directory) ?? _defaultDirectory, parsed.GetValue(json), shrink: !parsed.GetValue(keep));
        });
        return command;
    }

    /// <summary>Explores scenarios, shows how far it is, and prints and writes what it finds.</summary>
    /// <returns>The exit status.</returns>
    internal static int Explore(
        IAnsiConsole console, IReadOnlyList<Scenario> scenarios, ExplorationOptions options, string directory, string? json, bool shrink = true)
    {
        using var interruption = new Interruption();
        var stop = interruption.Asked;
        var display = ExploreDisplay.Create(console, scenarios, options);
        var reports = new List<ScenarioReport>();
        var files = new Dictionary<string, string>();
        var shrunk = new Dictionary<string, (Trace Trace, string File)>();
        display.Run(progress =>
        {
            foreach (var scenario in scenarios.TakeWhile(_ => !stop.IsCancellationRequested))
            {
                var report = Explorer.Explore(scenario, options, progress, stop);
                if (report.Violation is { } trace)
                {
                    report = report with { Violation = WithEvents(scenario, trace) };
                    TryWrite("the trace", () => files.Add(scenario.Name, Save(directory, report.Violation)));
                    if (shrink && report.Violation.Remark is null && files.TryGetValue(scenario.Name, out var file))
                    {
                        var smaller = Shrinker.Shrink(report.Violation, scenario, told => display.Shrinking(scenario.Name, told), stop);
                        TryWrite("the shrunk trace", () =>
                        {
                            smaller.Write(TraceFile.ShrunkBeside(file));
                            shrunk.Add(scenario.Name, (smaller, TraceFile.ShrunkBeside(file)));
                        });
                    }
                }

                reports.Add(report);
                display.Finished(report);
            }
        });

        var violations = reports.Select(report => report.Violation).OfType<Trace>().ToArray();
        foreach (var trace in violations)
        {
            PrintViolation(console, trace, files.GetValueOrDefault(trace.Scenario), shrunk.GetValueOrDefault(trace.Scenario));
        }

        ExploreDisplay.Summarize(console, reports);
        if (stop.IsCancellationRequested)
        {
            console.WriteLine("Stopped before the end; this is what was explored until then.");
        }

        var isReported = json is null || TryWrite("the report", () => ExploreReport.Write(json, options, reports, files, shrunk.ToDictionary(one => one.Key, one => one.Value.File)));
        return violations.Length > 0 ? CommandLine.Violated
            : !isReported ? CommandLine.WrongUsage
            : stop.IsCancellationRequested ? CommandLine.Unfinished
            : CommandLine.Ok;
    }

    // What cannot be written any more, though it could be at the start, takes nothing else with it.
    private static bool TryWrite(string what, Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"raft-verify: {what} cannot be written: {exception.Message}");
            return false;
        }
    }

    // A violation is never lost: not even one that does not happen again, as when threads that nobody controls are part of it.
    private static Trace WithEvents(Scenario scenario, Trace trace)
    {
        try
        {
            return trace.Replayed(scenario);
        }
        catch (ReplayDivergedException exception)
        {
            return trace with { Remark = $"The schedule does not run again as it ran: {exception.Message}" };
        }
    }

    private static string Save(string directory, Trace trace)
    {
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, $"{trace.Scenario}-{trace.Violation.Property}-{trace.Seed}-{trace.Schedule}.trace.json");
        trace.Write(file);
        return file;
    }

    // Lines as they are: a console would break them at its width, and nobody could search them.
    private static void PrintViolation(IAnsiConsole console, Trace trace, string? file, (Trace Trace, string File) shrunk)
    {
        var output = console.Profile.Out.Writer;
        var told = shrunk.Trace ?? trace;
        output.WriteLine();
        var violation = trace.Violation;
        output.WriteLine(
            $"{trace.Scenario}: {violation.Property} is violated in schedule {trace.Schedule} of seed {trace.Seed}, at step {violation.Step}.");
        foreach (var line in ViolationReport.Meaning(told.Violation))
        {
            output.WriteLine(line);
        }

        output.WriteLine();
        output.WriteLine(shrunk.Trace is null ? "What happened:" : "What happened, cut down to what it needs:");
        foreach (var line in ViolationReport.Story(told))
        {
            output.WriteLine(line);
        }

        output.WriteLine();
        if (trace.Remark is { } remark)
        {
            output.WriteLine(remark);
        }

        var events = trace.Events.Count + trace.EventsBefore;
        output.WriteLine($"Trace: {(file is null ? "none, it could not be written" : $"{file} ({events:N0} events)")}");
        if (shrunk.Trace is not null)
        {
            output.WriteLine($"Shrunk: {shrunk.File}");
            output.WriteLine(ShrinkDisplay.Summary(trace, shrunk.Trace));
        }

        if ((shrunk.Trace is null ? file : shrunk.File) is { } next)
        {
            output.WriteLine("Next:");
            foreach (var command in ViolationReport.NextCommands(next))
            {
                output.WriteLine(command);
            }
        }

        output.WriteLine();
        output.Flush();
    }

    private static void List(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("scenario", "servers", "from", "to", "what it tries");
        foreach (var scenario in Scenario.All)
        {
            table.AddRow(
                scenario.Name,
                scenario.Options.Servers.ToString(),
                scenario.MinServers.ToString(),
                scenario.MaxServers.ToString(),
                scenario.Description);
        }

        console.Write(table);
    }
}
