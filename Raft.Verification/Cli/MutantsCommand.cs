using System.CommandLine;
using DeterministicSimulation;
using Raft.Verification.Mutants;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify mutants</c>: seeds bugs, one at a time, and explores until each is found.</summary>
internal static class MutantsCommand
{
    private const string _allStrategies = "all";
    private const int _defaultSeeds = 10;
    private const long _defaultBudget = 20_000;
    private static readonly TimeSpan _defaultTime = TimeSpan.FromMinutes(1);

    public static Command Create()
    {
        var ids = new Argument<string[]>("id")
        {
            Description = "The mutants to search for. Without any: all of them, and the correct implementation.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var directory = new Option<string?>("--dir") { Description = "A folder of other mutants, in files that end in .mutant." };
        var strategy = new Option<string>("--strategy")
        {
            Description = "The strategy, or all: one after the other.",
            DefaultValueFactory = _ => StrategyCatalogue.Default,
        };
        var budget = new Option<long?>("--budget")
        {
            Description = $"The most schedules of a search, over all scenarios. [default: {_defaultBudget}]",
            CustomParser = Number.From("--budget", 1, long.MaxValue),
        };
        var time = new Option<TimeSpan?>("--time")
        {
            Description = "The longest time of a search: 60s, 2m. [default: 60s]",
            CustomParser = Duration.Parse,
        };
        var seeds = new Option<int?>("--seeds")
        {
            Description = $"The number of searches for each mutant, with the seeds 1, 2, 3, ... [default: {_defaultSeeds}]",
            CustomParser = Number.From("--seeds", 1, 10_000),
        };
        var workers = new Option<int?>("--workers")
        {
            Description = "How many searches run at the same time, each on one thread. [default: one a core]",
            CustomParser = Number.From("--workers", 1, 1024),
        };
        var json = new Option<string?>("--json") { Description = "A file for the report, as JSON." };
        var markdown = new Option<string?>("--markdown") { Description = "A file for the table, as Markdown." };
        var coyote = new Option<string?>("--coyote")
        {
            Description = "A file that 'bench engines --json' wrote: adds columns for Coyote's strategies to the Markdown table.",
        };
        var compared = new Option<string?>("--compare")
        {
            Description = "A file that 'mutants --strategy all --json' wrote: adds a comparison of the strategies to the Markdown page.",
        };
        var model = new Option<bool>("--model")
        {
            Description = "Also search with the model checker for the mutants that are seeded into the model.",
        };
        var traces = new Option<string?>("--traces")
        {
            Description = "A folder for a trace of each mutant that is found, as found and as shrunk.",
        };
        var alone = CommandLine.NoConformance();
        var list = new Option<bool>("--list") { Description = "List the mutants." };
        strategy.AcceptOnlyFromAmong([_allStrategies, .. StrategyCatalogue.Names]);

        var command = new Command(
            "mutants", "Seeds bugs, one at a time, and explores: is each found, and is the correct implementation clean?")
        {
            ids, directory, strategy, budget, time, seeds, workers, json, markdown, coyote, compared, traces, model, alone, list,
        };
        command.SetAction(parsed =>
        {
            var console = CommandLine.CreateConsole();
            var all = parsed.GetValue(directory) is { } other ? MutantCatalogue.In(other) : MutantCatalogue.Own();
            if (parsed.GetValue(list))
            {
                List(console, all);
                return CommandLine.Ok;
            }

            var chosen = Choose(all, parsed.GetValue(ids) ?? []);
            (string, string?)[] files = [("--json", parsed.GetValue(json)), ("--markdown", parsed.GetValue(markdown))];
            foreach (var (option, file) in files)
            {
                if (file is not null)
                {
                    Destination.RequireFile(option, file);
                }
            }

            Destination.RequireDistinct("--json", parsed.GetValue(json), "--markdown", parsed.GetValue(markdown));
            if (parsed.GetValue(traces) is { } place)
            {
                Destination.RequireDirectory("--traces", place);
            }

            var run = new MutationRun(
                parsed.GetValue(strategy) is var name && name == _allStrategies ? StrategyCatalogue.Names : [name!],
                parsed.GetValue(seeds) ?? _defaultSeeds,
                parsed.GetValue(budget) ?? _defaultBudget,
                parsed.GetValue(time) ?? _defaultTime,
                parsed.GetValue(workers) ?? Environment.ProcessorCount)
            {
                Shrinks = parsed.GetValue(traces) is not null,
                Conformance = !parsed.GetValue(alone),
            };
            var wanted = new Wanted(
                parsed.GetValue(model),
                parsed.GetValue(json),
                parsed.GetValue(markdown),
                parsed.GetValue(traces),
                parsed.GetValue(coyote) is { } searches ? EngineSearches.Read(searches) : null,
                parsed.GetValue(compared) is { } strategies ? StrategySearches.Read(strategies) : null);
            return Run(console, chosen, run, wanted);
        });
        return command;
    }

    private static int Run(IAnsiConsole console, IReadOnlyList<Mutant> mutants, MutationRun run, Wanted wanted)
    {
        using var interruption = new Interruption();
        var stop = interruption.Asked;

        // A mutant that does not fit or does not compile is reported before the work, not in the middle of it.
        foreach (var mutant in mutants.TakeWhile(_ => !stop.IsCancellationRequested))
        {
            MutatedSources.Compile(mutant);
        }

        var reports = new List<MutantReport>();
        var models = new List<ModelReport>();
        var display = new MutantsDisplay(console, run);
        display.Begin(mutants.Count);
        foreach (var mutant in mutants.TakeWhile(_ => !stop.IsCancellationRequested))
        {
            var found = run.Search(mutant, display.Progress, stop);
            reports.AddRange(found);
            foreach (var report in found)
            {
                display.Finished(report);
                if (report.Shrunk is { } shrunk)
                {
                    var name = Path.Combine(wanted.Traces!, $"{report.Mutant.Id}-{report.Strategy}");
                    shrunk.Found.Write($"{name}.trace.json");
                    shrunk.Shrunk.Write($"{name}.min.trace.json");
                    display.Shrunk(shrunk, $"{name}.min.trace.json");
                }
            }
        }

        var inModel = mutants.Where(mutant => wanted.Model && (mutant == Mutant.None || mutant.IsInModel));
        foreach (var mutant in inModel.TakeWhile(_ => !stop.IsCancellationRequested))
        {
            models.Add(ModelReport.Of(mutant, states => display.Progress(mutant, states), stop));
            display.Finished(models[^1]);
        }

        display.Summarize(reports);
        if (wanted.Json is { } json)
        {
            MutantsDocument.WriteJson(json, run, reports, models);
        }

        if (wanted.Markdown is { } markdown)
        {
            MutantsDocument.WriteMarkdown(markdown, run, reports, models, wanted.Coyote, wanted.Compared);
        }

        var isStopped = stop.IsCancellationRequested || models.Exists(report => report.Result.Stopped);
        if (isStopped)
        {
            console.WriteLine("Stopped before the end; these are the results so far.");
        }

        return models.Exists(report => !report.Result.Stopped && !report.IsAsItShouldBe)
            || reports.GroupBy(report => report.Mutant).Any(group => IsWrong(run, [.. group]))
            ? CommandLine.Violated
            : isStopped ? CommandLine.Unfinished : CommandLine.Ok;
    }

    // One strategy that finds the mutant is enough; the correct implementation must be clean under all. A stopped search decides nothing.
    private static bool IsWrong(MutationRun run, MutantReport[] reports) => reports[0].Mutant == Mutant.None
        ? Array.Exists(reports, report => !report.IsAsItShouldBe)
        : reports.Length == run.Strategies.Count && Array.TrueForAll(reports, report => !report.IsStopped && !report.IsAsItShouldBe);

    private static IReadOnlyList<Mutant> Choose(IReadOnlyList<Mutant> all, string[] ids) =>
        ids.Length == 0 ? [Mutant.None, .. all] : [.. ids.Select(id => MutantCatalogue.Find(all, id)).Distinct()];

    private static void List(IAnsiConsole console, IReadOnlyList<Mutant> mutants)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("mutant", "category", "what it does", "breaks");
        foreach (var mutant in mutants)
        {
            table.AddRow(mutant.Id, Markup.Escape(mutant.Category), Markup.Escape(mutant.Title), mutant.Breaks[0]);
        }

        console.Write(table);
    }

    /// <summary>What is wanted besides the searches: the model checker, files for the results, and Coyote's searches among them.</summary>
    private sealed record Wanted(
        bool Model, string? Json, string? Markdown, string? Traces, EngineSearches? Coyote, StrategySearches? Compared);
}
