using System.CommandLine;
using System.Globalization;
using Raft.Verification.Coyote;
using Raft.Verification.Exploration;
using Raft.Verification.Mutants;
using Raft.Verification.Scenarios;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify bench engines</c>: the embedded engine and Coyote, side by side.</summary>
internal static class EnginesCommand
{
    // Those that take the embedded engine a few dozen schedules at most.
    private static readonly string[] _bugs =
    [
        "A1", "A3", "A4", "A5", "C1", "C3", "C4", "E1", "E2", "E4", "E5", "E6", "E8", "E9a", "E9b", "E10", "E11", "F4", "F7", "F9",
        "P1", "P2", "P3", "P4", "P5", "P6", "R1", "R2", "R3", "R4", "R5", "R7a", "R7b", "R8", "S3", "S4",
    ];

    // Those that docs/coyote-bugs.json compares.
    private static readonly string[] _strategies = ["random", "prioritization", "q-learning"];

    /// <summary>Lets the command do its work.</summary>
    public static void Build(Command command)
    {
        var ids = new Argument<string[]>("id")
        {
            Description = $"The seeded bugs to search for. [default: {string.Join(' ', _bugs)}]",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var scenario = new Option<string>("--scenario")
        {
            Description = "The scenario whose speed is measured.",
            DefaultValueFactory = _ => "replication",
        };
        var strategies = new Option<string[]>("--strategy")
        {
            Description = "Coyote's strategies.",
            DefaultValueFactory = _ => _strategies,
            AllowMultipleArgumentsPerToken = true,
        };
        var seeds = new Option<int?>("--seeds")
        {
            Description = "How many searches for each bug. Their seeds are as far apart as a search has schedules. [default: 3]",
            CustomParser = Number.From("--seeds", 1, 1000),
        };
        var schedules = new Option<uint?>("--schedules")
        {
            Description = "How many schedules Coyote runs for the speed of a strategy. [default: 200]",
            CustomParser = Number.From("--schedules", 1U, 100_000U),
        };
        var budget = new Option<uint?>("--budget")
        {
            Description = "How many schedules a search runs, of all scenarios together. [default: 1000]",
            CustomParser = Number.From("--budget", 1U, 100_000U),
        };
        var json = new Option<string?>("--json") { Description = "A file for the results, as JSON." };
        scenario.AcceptOnlyFromAmong([.. Scenario.All.Select(one => one.Name)]);
        strategies.AcceptOnlyFromAmong([.. CoyoteStrategies.Names]);
        foreach (var option in (Option[])[scenario, strategies, seeds, schedules, budget, json])
        {
            command.Add(option);
        }

        command.Add(ids);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(json) is { } file)
            {
                Destination.RequireFile("--json", file);
            }

            var comparison = new EngineComparison(
                parsed.GetValue(strategies)!,
                parsed.GetValue(seeds) ?? 3,
                parsed.GetValue(schedules) ?? 200,
                TimeSpan.FromSeconds(10),
                parsed.GetValue(budget) ?? 1000);
            string[] chosen = parsed.GetValue(ids) is { Length: > 0 } named ? named : _bugs;
            IReadOnlyList<Mutant> bugs = [.. chosen.Select(id => MutantCatalogue.Find(MutantCatalogue.Own(), id)).Distinct()];
            return Run(
                CommandLine.CreateConsole(), comparison, ScenarioCatalogue.Find(parsed.GetValue(scenario)!)!, bugs, parsed.GetValue(json));
        });
    }

    private static int Run(IAnsiConsole console, EngineComparison comparison, Scenario scenario, IReadOnlyList<Mutant> bugs, string? json)
    {
        using var interruption = new Interruption();
        var stop = interruption.Asked;
        var progress = new ProgressLine(console);
        var speeds = new List<EngineSpeed>();
        foreach (var speed in comparison.Measure(scenario, done => progress.Tell($"{scenario.Name}: {done:N0} schedules"), stop))
        {
            speeds.Add(speed);
            var violation = speed.Violation is null ? string.Empty : $"  VIOLATION: {speed.Violation}";
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{scenario.Name,-12} {speed.Engine,-8} {speed.Strategy,-14} {speed.SchedulesPerSecond,10:N1} schedules/s "
                + $"{speed.StepsPerSecond,12:N0} steps/s{violation}"));
        }

        if (speeds.Count > 1)
        {
            var times = speeds[0].SchedulesPerSecond / speeds.Skip(1).Max(speed => speed.SchedulesPerSecond);
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"The embedded engine runs {times:N0} times as many schedules a second as Coyote's fastest strategy."));
        }

        var searches = new List<EngineSearch>();
        foreach (var bug in bugs.TakeWhile(_ => !stop.IsCancellationRequested))
        {
            foreach (var search in comparison.Search(bug, done => progress.Tell($"{bug.Id}: {done:N0} schedules"), stop))
            {
                searches.Add(search);
                console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{search.Mutant,-12} {search.Engine,-8} {search.Strategy,-14} seed {search.Seed,-5} {Verdict(search)}"));
            }
        }

        if (json is not null)
        {
            JsonReport.Write(
                json,
                new { seeds = comparison.Seeds, budget = comparison.Budget, strategies = comparison.Strategies, speeds, hunts = searches });
        }

        if (stop.IsCancellationRequested)
        {
            console.WriteLine("Stopped before the end; this is what was measured until then.");
        }

        // What is found must be found again from its trace, and what is correct must be clean.
        var isWrong = speeds.Exists(speed => speed.Violation is not null) || searches.Exists(search => search.Replayed == false);
        return isWrong ? CommandLine.Violated
            : stop.IsCancellationRequested ? CommandLine.Unfinished
            : CommandLine.Ok;
    }

    private static string Verdict(EngineSearch search)
    {
        var replayed = search.Replayed switch
        {
            true => ", replayed",
            false => ", NOT REPLAYED",
            null => string.Empty,
        };
        return search.Property is null
            ? $"not found in {search.Schedules:N0} schedules"
            : FormattableString.Invariant(
                $"{search.Property} in schedule {search.Schedules:N0} ({search.Scenario}), {search.Seconds:0.0} s{replayed}");
    }

    /// <summary>Reports progress every ten seconds.</summary>
    private sealed class ProgressLine(IAnsiConsole console)
    {
        private static readonly TimeSpan _interval = TimeSpan.FromSeconds(10);
        private DateTime _next = DateTime.UtcNow + _interval;

        public void Tell(string how)
        {
            if (DateTime.UtcNow >= _next)
            {
                _next = DateTime.UtcNow + _interval;
                console.WriteLine($"  {how}");
            }
        }
    }
}
