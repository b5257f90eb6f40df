using System.CommandLine;
using System.CommandLine.Parsing;
using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Coyote;
using Raft.Verification.Exploration;
using Raft.Verification.Mutants;
using Raft.Verification.Scenarios;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify explore</c>: the main job. Runs schedules of scenarios with all monitors.</summary>
internal static class ExploreCommand
{
    private const string _defaultDirectory = "traces";

    private static readonly TimeSpan _defaultTime = TimeSpan.FromMinutes(1);

    public static Command Create()
    {
        var scenarios = new Argument<string[]>("scenario")
        {
            Description = "The scenarios to explore. Without any: all.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var iterations = new Option<long?>("--iterations")
        {
            Description = "The number of schedules of each scenario.",
            CustomParser = Number.From("--iterations", 1, long.MaxValue),
        };
        var time = new Option<TimeSpan?>("--time")
        {
            Description = "The time of the whole exploration: 60s, 2m, 1h. [default without --iterations: one minute]",
            CustomParser = Duration.Parse,
        };
        var seed = new Option<ulong?>("--seed")
        {
            Description = "Equal seeds give equal schedules. [default: 1]",
            CustomParser = Number.From("--seed", 0UL, ulong.MaxValue),
        };
        var workers = new Option<int?>("--workers")
        {
            Description = "The number of threads. [default: one a core]",
            CustomParser = Number.From("--workers", 1, 1024),
        };
        var engine = new Option<string?>("--engine")
        {
            Description = "The engine: the embedded one, Microsoft Coyote, or both, with Coyote in the last sixth of the time. "
                + "[default: both without --iterations, --time, --strategy and --workers; else embedded]",
        };
        var strategy = new Option<string?>("--strategy")
        {
            Description = $"Picks the next operation. The embedded engine: {string.Join(", ", StrategyCatalogue.Names)} "
                + $"[default: {StrategyCatalogue.Default}]. "
                + $"Coyote: {string.Join(", ", CoyoteStrategies.Names)} [default: {CoyoteStrategies.Default}].",
        };
        var servers = new Option<int?>("--servers")
        {
            Description = $"The number of servers of each cluster, up to {ClusterOptions.MaxServers}; see --list. [default: as listed]",
            CustomParser = Number.From("--servers", 1, int.MaxValue),
        };
        var directory = new Option<string?>("--out")
        {
            Description = $"The directory for traces of violations. [default: {_defaultDirectory}]",
        };
        var json = new Option<string?>("--json") { Description = "A file for the report, as JSON." };
        var coverage = new Option<string?>("--coverage")
        {
            Description = "A file for the actions, guards and states of the model that were reached, as JSON. A page goes beside it.",
        };
        var keep = new Option<bool>("--no-shrink")
        {
            Description = "Do not shrink traces. By default, a shrunk trace is written beside each.",
        };
        var alone = CommandLine.NoConformance();
        var list = new Option<bool>("--list") { Description = "List the scenarios." };
        engine.AcceptOnlyFromAmong(EnginePlan.Names);
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
            scenarios, iterations, time, seed, engine, strategy, workers, servers, directory, json, coverage, keep, alone, list,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(iterations) is not null && result.GetResult(time) is not null)
            {
                result.AddError(
                    "--iterations and --time exclude each other: the one ends after a number of schedules, the other after a time");
            }

            if (result.GetResult(coverage) is not null && result.GetResult(alone) is { Implicit: false })
            {
                result.AddError("--coverage and --no-conformance exclude each other: without the model, nothing of it is reached");
            }

            var ofEmbedded = ((Option[])[workers, keep]).Select(result.GetResult).OfType<OptionResult>().Where(option => !option.Implicit);
            foreach (var refusal in EnginePlan.Refusals(EngineOf(result), WordOf(result, strategy), ofEmbedded))
            {
                result.AddError(refusal);
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
            chosen = [.. chosen.Select(scenario => scenario.With(conformance: !parsed.GetValue(alone)))];
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
                Servers = parsed.GetValue(servers),
            };
            if (parsed.GetValue(directory) is { } wanted)
            {
                Destination.RequireDirectory("--out", wanted);
            }

            string?[] files = [parsed.GetValue(json), parsed.GetValue(coverage)];
            RequireFiles(files[0], files[1]);

            var plans = EnginePlan.Of(EngineOf(parsed.CommandResult), options, parsed.GetValue(strategy));
            return Explore(
                console,
                chosen,
                plans,
                parsed.GetValue(directory) ?? _defaultDirectory,
                files[0],
                shrink: !parsed.GetValue(keep),
                coverage: files[1]);
        });
        return command;

        string EngineOf(CommandResult result)
        {
            Option[] limits = [iterations, time, strategy, workers];
            return WordOf(result, engine)
                ?? (Array.Exists(limits, option => result.GetResult(option) is not null) ? Trace.Embedded : EnginePlan.Both);
        }
    }

    private static void RequireFiles(string? json, string? coverage)
    {
        if (json is not null)
        {
            Destination.RequireFile("--json", json);
        }

        if (coverage is null)
        {
            return;
        }

        Destination.RequireFile("--coverage", coverage);
        var page = ExploreReport.PageOf(coverage);
        if (Path.GetFullPath(page) == Path.GetFullPath(coverage))
        {
            throw new IOException($"--coverage takes the name of a JSON file; the page goes beside it, to '{page}'");
        }

        Destination.RequireDistinct("--json", json, "--coverage", coverage);
        Destination.RequireDistinct("--json", json, "--coverage", page);
        Destination.RequireFile("--coverage", page);
    }

    // The value may be missing or invalid; the parser has reported that.
    private static string? WordOf(CommandResult result, Option option) =>
        result.GetResult(option)?.Tokens is [var token, ..] ? token.Value : null;

    /// <summary>Explores scenarios, shows progress, and prints and writes the results.</summary>
    /// <param name="console">The console.</param>
    /// <param name="scenarios">The scenarios.</param>
    /// <param name="plans">Each engine's part.</param>
    /// <param name="directory">The directory for traces.</param>
    /// <param name="json">The file for the report, or null.</param>
    /// <param name="shrink">Whether to shrink traces.</param>
    /// <param name="mutant">A seeded bug for the runs under Coyote, or null.</param>
    /// <param name="coverage">The file for the coverage of the model, or null.</param>
    /// <returns>The exit status.</returns>
    internal static int Explore(
        IAnsiConsole console,
        IReadOnlyList<Scenario> scenarios,
        IReadOnlyList<EnginePlan> plans,
        string directory,
        string? json,
        bool shrink = true,
        Mutant? mutant = null,
        string? coverage = null)
    {
        using var interruption = new Interruption();
        var stop = interruption.Asked;
        var display = ExploreDisplay.Create(console, scenarios, plans);
        var all = new List<Explored>();
        string? failure = null;
        display.Run(progress =>
        {
            foreach (var plan in plans.TakeWhile(_ => !stop.IsCancellationRequested))
            {
                display.Begin(plan);
                try
                {
                    using var context = plan.Engine == Trace.Coyote ? new RewrittenContext(mutant ?? Mutant.None) : null;
                    foreach (var scenario in scenarios.TakeWhile(_ => !stop.IsCancellationRequested))
                    {
                        var explored = context is null
                            ? Explore(scenario, plan.Options, directory, shrink, display, progress, stop)
                            : ExploreUnderCoyote(new CoyoteExploration(context), scenario, plan.Options, directory, progress, stop);
                        all.Add(explored);
                        display.Finished(explored.Report);
                    }
                }
                catch (RewritingException exception)
                {
                    // Ctrl-C ends the tool that rewrites too.
                    failure = stop.IsCancellationRequested
                    ? null
                    : $"{exception.Message} '--engine {Trace.Embedded}' explores without Coyote.";
                }
            }
        });

        var violations = all.Where(explored => explored.Report.Violation is not null).ToArray();
        foreach (var explored in violations)
        {
            PrintViolation(console, explored);
        }

        ExploreDisplay.Summarize(console, [.. all.Select(explored => explored.Report)]);
        if (stop.IsCancellationRequested)
        {
            console.WriteLine("Stopped before the end; these are the results so far.");
        }

        if (failure is not null)
        {
            Console.Error.WriteLine($"raft-verify: {failure}");
        }

        var isReported = json is null || TryWrite("the report", () => ExploreReport.Write(json, plans[0].Options, all));
        isReported &= coverage is null || TryWrite("the coverage", () => ExploreReport.WriteCoverage(coverage, all));
        if (coverage is not null && isReported)
        {
            console.Profile.Out.Writer.WriteLine($"Coverage: {coverage}, {ExploreReport.PageOf(coverage)} (open it in a browser)");
        }

        return violations.Length > 0 ? CommandLine.Violated
            : !isReported || failure is not null ? CommandLine.WrongUsage
            : stop.IsCancellationRequested ? CommandLine.Unfinished
            : CommandLine.Ok;
    }

    private static Explored Explore(
        Scenario scenario,
        ExplorationOptions options,
        string directory,
        bool shrink,
        ExploreDisplay display,
        Action<ExplorationProgress> progress,
        CancellationToken stop)
    {
        var report = Explorer.Explore(scenario, options, progress, stop);
        if (report.Violation is not { } found)
        {
            return new Explored(report, options.Strategy);
        }

        var trace = WithEvents(scenario, found);
        var explored = new Explored(report with { Violation = trace }, options.Strategy);
        TryWrite("the trace", () => explored.File = Save(directory, trace));
        if (shrink && trace.Remark is null && explored.File is { } file)
        {
            var smaller = Shrinker.Shrink(trace, scenario, told => display.Shrinking(scenario.Name, told), stop);
            TryWrite("the shrunk trace", () =>
            {
                smaller.Write(TraceFile.ShrunkBeside(file));
                explored.Shrunk = smaller;
            });
        }

        return explored;
    }

    // Coyote has replayed the schedule itself to record the events.
    private static Explored ExploreUnderCoyote(
        CoyoteExploration coyote,
        Scenario scenario,
        ExplorationOptions options,
        string directory,
        Action<ExplorationProgress> progress,
        CancellationToken stop)
    {
        var explored = new Explored(coyote.Explore(scenario, options, progress, stop), options.Strategy);
        if (explored.Report is { Violation: { } trace, EngineTrace: { } own })
        {
            TryWrite("the trace", () =>
            {
                explored.File = Save(directory, trace);
                var file = TraceFile.CoyoteBeside(explored.File);
                OutputFile.Write(file, own);
                explored.CoyoteFile = file;
            });
        }

        return explored;
    }

    // A file that can no longer be written must not prevent the other results.
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

    // A violation is reported even if it does not happen again, for example because uncontrolled threads take part in it.
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
        var engine = trace.Engine == Trace.Embedded ? string.Empty : $"-{trace.Engine}";
        var file = Path.Combine(directory, $"{trace.Scenario}-{trace.Violation.Property}{engine}-{trace.Seed}-{trace.Schedule}.trace.json");
        trace.Write(file);
        return file;
    }

    // Bypass the console, which would wrap lines at its width, so that they can be searched.
    private static void PrintViolation(IAnsiConsole console, Explored explored)
    {
        var output = console.Profile.Out.Writer;
        var trace = explored.Report.Violation!;
        var told = explored.Shrunk ?? trace;
        output.WriteLine();
        var violation = trace.Violation;
        output.WriteLine(
            $"{trace.Scenario}: {violation.Property} is violated in schedule {trace.Schedule} of seed {trace.Seed}, at step "
                + $"{violation.Step}"
            + (trace.Engine == Trace.Coyote ? ", under Coyote." : "."));
        foreach (var line in ViolationReport.Meaning(told.Violation))
        {
            output.WriteLine(line);
        }

        output.WriteLine();
        output.WriteLine(explored.Shrunk is null ? "What happened:" : "What happened, shrunk:");
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
        output.WriteLine($"Trace: {(explored.File is null ? "none, it could not be written" : $"{explored.File} ({events:N0} events)")}");
        if (explored.CoyoteFile is { } own)
        {
            output.WriteLine($"Coyote's own trace: {own}");
        }

        if (explored.Shrunk is { } shrunk)
        {
            output.WriteLine($"Shrunk: {explored.ShrunkFile}");
            output.WriteLine(ShrinkDisplay.Summary(trace, shrunk));
        }

        if ((explored.ShrunkFile ?? explored.File) is { } next)
        {
            output.WriteLine("Next:");
            foreach (var command in trace.Engine == Trace.Coyote ? [ViolationReport.ShowCommand(next)] : ViolationReport.NextCommands(next))
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
