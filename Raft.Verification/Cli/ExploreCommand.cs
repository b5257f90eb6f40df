using System.CommandLine;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;
using Raft.Verification.Simulation;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify explore</c>: the main job, schedules of scenarios with all monitors on.</summary>
internal static class ExploreCommand
{
    private static readonly TimeSpan _defaultTime = TimeSpan.FromMinutes(1);

    public static Command Create()
    {
        var scenarios = new Argument<string[]>("scenario") { Description = "The scenarios to explore; none: all.", Arity = ArgumentArity.ZeroOrMore };
        var iterations = new Option<long?>("--iterations") { Description = "How many schedules of each scenario to run." };
        var time = new Option<TimeSpan?>("--time") { Description = "How long to explore in all, at most: 60s, 2m, 1h.", CustomParser = Duration.Parse };
        var seed = new Option<ulong>("--seed") { Description = "Equal seeds give equal schedules.", DefaultValueFactory = _ => 1 };
        var workers = new Option<int>("--workers") { Description = "How many threads run schedules.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var strategy = new Option<string>("--strategy") { Description = "Who picks what happens next.", DefaultValueFactory = _ => Strategies.Default };
        var servers = new Option<int?>("--servers") { Description = $"How many servers each cluster has, 1 to {SimulationOptions.MaxServers}; else the scenario says." };
        var directory = new Option<string>("--out") { Description = "Where traces of violations go.", DefaultValueFactory = _ => "traces" };
        var json = new Option<string?>("--json") { Description = "A file for the report, as JSON." };
        var list = new Option<bool>("--list") { Description = "List the scenarios." };
        strategy.AcceptOnlyFromAmong([.. Strategies.Names]);
        scenarios.AcceptOnlyFromAmong([.. Scenario.All.Select(scenario => scenario.Name)]);
        iterations.Require(value => value is null or >= 1, "a number of at least 1");
        workers.Require(value => value is >= 1 and <= 1024, "a number from 1 to 1024");
        servers.Require(value => value is null or (>= 1 and <= SimulationOptions.MaxServers), $"a number from 1 to {SimulationOptions.MaxServers}");

        var command = new Command("explore", "Explores schedules of the real implementation, with all monitors on.")
        {
            scenarios, iterations, time, seed, workers, strategy, servers, directory, json, list,
        };
        command.SetAction((parsed, stop) =>
        {
            var console = CommandLine.CreateConsole();
            if (parsed.GetValue(list))
            {
                List(console);
                return Task.FromResult(CommandLine.Ok);
            }

            var chosen = parsed.GetValue(scenarios) is { Length: > 0 } names
                ? Scenario.All.Where(scenario => names.Contains(scenario.Name)).ToArray()
                : [.. Scenario.All];
            var limit = parsed.GetValue(time) ?? (parsed.GetValue(iterations) is null ? _defaultTime : null);
            var options = new ExplorationOptions
            {
                Iterations = parsed.GetValue(iterations),
                Time = limit / chosen.Length,
                Seed = parsed.GetValue(seed),
                Workers = parsed.GetValue(workers),
                Strategy = parsed.GetValue(strategy)!,
                Servers = parsed.GetValue(servers),
            };
            return Task.FromResult(Explore(console, chosen, options, parsed.GetValue(directory)!, parsed.GetValue(json), stop));
        });
        return command;
    }

    private static int Explore(
        IAnsiConsole console, IReadOnlyList<Scenario> scenarios, ExplorationOptions options, string directory, string? json, CancellationToken stop)
    {
        var display = ExploreDisplay.Create(console, scenarios, options);
        var reports = new List<ScenarioReport>();
        var files = new Dictionary<string, string>();
        display.Run(progress =>
        {
            foreach (var scenario in scenarios.TakeWhile(_ => !stop.IsCancellationRequested))
            {
                var report = Explorer.Explore(scenario, options, progress, stop);
                if (report.Violation is { } trace)
                {
                    report = report with { Violation = WithEvents(trace) };
                    files.Add(scenario.Name, Save(directory, report.Violation));
                }

                reports.Add(report);
                display.Finished(report);
            }
        });

        foreach (var (name, file) in files)
        {
            PrintViolation(console, reports.First(report => report.Scenario == name).Violation!, file);
        }

        ExploreDisplay.Summarize(console, reports);
        if (stop.IsCancellationRequested)
        {
            console.WriteLine("Stopped before the end; this is what was explored until then.");
        }

        if (json is not null)
        {
            ExploreReport.Write(json, options, reports, files);
        }

        return files.Count > 0 ? CommandLine.Violated : CommandLine.Ok;
    }

    // A violation is never lost: not even one that does not happen again, as when threads that nobody controls are part of it.
    private static Trace WithEvents(Trace trace)
    {
        try
        {
            return trace.Replayed();
        }
        catch (ReplayDivergedException exception)
        {
            return trace with { Events = [$"The schedule does not run again as it ran: {exception.Message}"] };
        }
    }

    private static string Save(string directory, Trace trace)
    {
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, $"{trace.Scenario}-{trace.Violation.Property}-{trace.Seed}-{trace.Schedule}.trace.json");
        trace.Write(file);
        return file;
    }

    private static void PrintViolation(IAnsiConsole console, Trace trace, string file)
    {
        foreach (var line in trace.Events)
        {
            console.WriteLine(line);
        }

        console.WriteLine();
        console.WriteLine($"{trace.Scenario}: {trace.Violation.Property} is violated in schedule {trace.Schedule} of seed {trace.Seed}, at step {trace.Violation.Step}.");
        console.WriteLine(trace.Violation.Message);
        console.WriteLine($"Trace: {file}");
        console.WriteLine();
    }

    private static void List(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("scenario", "servers", "what it tries");
        foreach (var scenario in Scenario.All)
        {
            table.AddRow(scenario.Name, scenario.Options.Servers.ToString(), scenario.Description);
        }

        console.Write(table);
    }
}
