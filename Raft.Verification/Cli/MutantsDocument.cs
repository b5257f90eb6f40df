using System.Globalization;
using System.Text;
using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Conformance;
using Raft.Verification.Mutants;

namespace Raft.Verification.Cli;

/// <summary>The results of the searches, as documents.</summary>
internal static class MutantsDocument
{
    /// <summary>Writes all results as JSON: whole, or not at all.</summary>
    public static void WriteJson(
        string file, MutationRun run, IReadOnlyList<MutantReport> reports, IReadOnlyList<ModelReport> models) => JsonReport.Write(
        file,
        new
        {
            budget = run.Budget,
            seconds = run.Time.TotalSeconds,
            seeds = run.Seeds,
            strategies = run.Strategies,
            mutants = reports.Select(report => new
            {
                id = report.Mutant.Id,
                title = report.Mutant.Title,
                category = report.Mutant.Category,
                source = report.Mutant.Source,
                breaks = report.Mutant.Breaks,
                strategy = report.Strategy,
                found = report.Found,
                foundAsExpected = report.FoundAsExpected,
                hunts = report.Done.Count,
                asItShouldBe = report.IsStopped && report.IsAsItShouldBe ? null : (bool?)report.IsAsItShouldBe,
                stopped = report.IsStopped,
                medianSchedules = report.MedianSchedules,
                medianSeconds = report.MedianSeconds,
                schedules = report.Searches.Select(search => search.Property is null ? null : (long?)search.Schedules),
                firedFirst = report.Searches.Select(search => search.Property),
                withoutModel = report.WithoutModel is not { } without ? null : new
                {
                    found = without.Found,
                    asItShouldBe = without.IsAsItShouldBe,
                    medianSchedules = without.MedianSchedules,
                    medianSeconds = without.MedianSeconds,
                    schedules = without.Searches.Select(search => search.Property is null ? null : (long?)search.Schedules),
                    firedFirst = without.Searches.Select(search => search.Property),
                },
                stepsCut = report.Shrunk?.StepsRemoved,
                choicesCut = report.Shrunk?.ChoicesRemoved,
            }),
            model = models.Select(report => new
            {
                id = report.Mutant.Id,
                states = report.Result.States,
                seconds = report.Result.Seconds,
                property = report.Result.Property,
                rung = report.Result.Preset,
                steps = report.Result.Steps,
                asItShouldBe = report.IsAsItShouldBe,
            }),
        });

    /// <summary>
    /// Writes the tables as Markdown: whole, or not at all. Coyote's searches, if any, have columns of their own, and the comparison of the
    /// strategies a section.
    /// </summary>
    public static void WriteMarkdown(
        string file,
        MutationRun run,
        IReadOnlyList<MutantReport> reports,
        IReadOnlyList<ModelReport> models,
        EngineSearches? coyote,
        StrategySearches? compared) =>
        OutputFile.Write(file, Markdown(run, reports, models, coyote, compared));

    private static string Markdown(
        MutationRun run,
        IReadOnlyList<MutantReport> reports,
        IReadOnlyList<ModelReport> models,
        EngineSearches? coyote,
        StrategySearches? compared)
    {
        var text = new StringBuilder();
        MutantReport[][] rows =
            [.. reports.GroupBy(report => report.Mutant).Where(row => row.Key != Mutant.None).Select(row => row.ToArray())];
        Column[] searched = [.. run.Strategies.SelectMany(strategy => Columns(strategy, run.Conformance))];
        IReadOnlyList<string> columns =
            [.. searched.Select(column => column.Title), "first to fire", .. coyote?.Strategies.Select(one => $"Coyote {one}") ?? []];
        var coyoteNote = coyote is null
            ? string.Empty
            : $"[Coyote](../guides/coyote.md) searched on {Counted.Of(coyote.Seeds, "seed")}, at most {coyote.Budget:N0} schedules each. "
                + "`-`: no such search.\n";
        var modelNote = run.Conformance
            ? "The formal model steps beside each server ([Conformance](../explanation/conformance.md)); a second column is without it.\n"
            : string.Empty;
        text.Append(CultureInfo.InvariantCulture, $"""
            # Seeded bugs

            Each row is a bug that was seeded into the implementation. A search runs one schedule of each of `explore`'s scenarios in turn,
            on one thread, until a property is violated. It does not know which bug is present. It runs at most
            {run.Budget:N0} schedules or {run.Time.TotalSeconds:0.#} s. Each bug was searched for on {Counted.Of(run.Seeds, "seed")}.

            A column is a strategy. A cell is the median number of schedules to detection, and the median time. `>`: half of the seeds or
            more did not find it. `!`: fewer than nine seeds of ten found it. `*`: some seed found it by a property that is not in
            the `breaks` of its `.mutant` file. `first to fire` counts the seeds by the property that was violated first.
            {modelNote}{coyoteNote}
            ```
            {Command(run, reports, models, coyote, compared)}
            ```

            | mutant | bug | {string.Join(" | ", columns)} |
            |---|---|{string.Concat(columns.Select(column => column == "first to fire" ? "---|" : "---:|"))}

            """);
        foreach (var row in rows)
        {
            var mutant = row[0].Mutant;
            var cells = string.Concat(
                searched.Select(column => column.Of(row) is { } report ? $"{Result(report, run)} | " : " | "));
            var coyoteCells = coyote is null ? string.Empty : CoyoteCells(coyote, mutant, run);
            text.Append(
                CultureInfo.InvariantCulture, $"| {mutant.Id} | {Cell(mutant.Title)} | {cells}{FirstToFire(row)}{coyoteCells} |\n");
        }

        text.Append(Summary(run, rows, searched));
        foreach (var report in reports.Where(report => report.Mutant == Mutant.None))
        {
            var verdict = report.Found > 0 ? $"FOUND: {report.Properties}"
                : report.IsStopped ? "stopped before the end, nothing found so far"
                : "nothing found";
            text.Append(
                CultureInfo.InvariantCulture,
                $"\nThe correct implementation, {report.Strategy}: {MutantsDisplay.Schedules(report, run)} schedules, {verdict}.\n");
        }

        if (compared is not null)
        {
            text.Append(Comparison(compared));
        }

        if (models.Count > 0)
        {
            AppendModel(text, reports, models);
        }

        text.Append("\n## Sources\n\n| mutant | source |\n|---|---|\n");
        foreach (var mutant in rows.Select(row => row[0].Mutant))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {mutant.Id} | {Cell(mutant.Source)} |\n");
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static Column[] Columns(string strategy, bool conformance) => conformance
        ? [new(strategy, strategy, WithoutModel: false), new($"{strategy}, without the model", strategy, WithoutModel: true)]
        : [new(strategy, strategy, WithoutModel: false)];

    private static string FirstToFire(MutantReport[] row)
    {
        var all = new MutantReport(row[0].Mutant, string.Empty, [.. row.SelectMany(report => report.Searches)]);
        return all.Found > 0 ? all.Properties.Replace("as ", "*as* ", StringComparison.Ordinal) : "-";
    }

    // The sums over all bugs, for each strategy.
    private static string Comparison(StrategySearches compared)
    {
        var text = new StringBuilder();
        var budget = compared.Budget.ToString("N0", CultureInfo.InvariantCulture);
        string[] bugs = [.. compared.Strategies.SelectMany(compared.Of).Select(search => search.Id).Distinct()];

        var (searched, seeds) = (Counted.Of(bugs.Length, "bug"), Counted.Of(compared.Seeds, "seed"));

        // A run without ids searches for all bugs, and in the correct implementation too.
        var ids = compared.Mutants.Any(search => search.Id == Mutant.None.Id) ? string.Empty : $" {string.Join(' ', bugs)}";
        text.Append(CultureInfo.InvariantCulture, $"""

            ## Strategies

            Each strategy searched for {searched} on {seeds}, at most {budget} schedules each. A bug that half of the seeds or more did not
            find counts as {budget}. `coverage` is guided by the states of the model; without the model, by abstract states of the code.

            ```
            raft-verify mutants{ids} \
              --strategy all --seeds {compared.Seeds} --budget {compared.Budget} --json docs/strategy-bugs.json
            ```

            | strategy | sum of the medians | bugs found | without the model: sum of the medians | bugs found |
            |---|---:|---:|---:|---:|

            """);
        foreach (var strategy in compared.Strategies)
        {
            var with = compared.Of(strategy).Select(search => search.MedianSchedules);
            var without = compared.Of(strategy).Select(search => search.WithoutModel?.MedianSchedules);
            text.Append(CultureInfo.InvariantCulture, $"| {strategy} | {Sums(with)} | {Sums(without)} |\n");
        }

        return text.ToString();

        string Sums(IEnumerable<double?> medians) => string.Create(
            CultureInfo.InvariantCulture,
            $"{medians.Sum(median => median ?? compared.Budget):N0} | {medians.Count(median => median is not null)}");
    }

    private static void AppendModel(StringBuilder text, IReadOnlyList<MutantReport> reports, IReadOnlyList<ModelReport> models)
    {
        text.Append("""

            ## In the model

            The bugs in Raft's rules are seeded into the formal model too. The model checker searches breadth-first through one preset of
            bounds after the other, until an invariant is broken. `states` is the number of distinct states that it needed, over all
            presets. `steps` is the number of protocol steps of the counterexample, which is a shortest one of its preset. `trace` is the
            number of protocol steps of the implementation's shrunk trace, and the property that it violates; it is given with `--traces`.
            `correct` is the unchanged model: all presets are checked, and none may show a violation.

            | mutant | invariant | states | seconds | steps | trace | preset |
            |---|---|---:|---:|---:|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (var (mutant, result) in models)
        {
            var shrunk = reports.FirstOrDefault(report => report.Mutant == mutant && report.Shrunk is not null)?.Shrunk?.Shrunk;
            var steps = result.Steps?.ToString(CultureInfo.InvariantCulture) ?? "-";
            var trace = shrunk is null ? "-" : $"{shrunk.ProtocolSteps}, {shrunk.Violation.Property}";
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {mutant.Id} | {result.Property ?? "-"} | {result.States:N0} | {result.Seconds:0.00} ");
            text.Append(CultureInfo.InvariantCulture, $"| {steps} | {trace} | {result.Preset ?? "all"} |\n");
        }
    }

    // Compares the strategies. A bug that was not found counts as the whole budget.
    private static string Summary(MutationRun run, MutantReport[][] rows, Column[] columns)
    {
        double Cost(MutantReport report) => report.MedianSchedules ?? run.Budget;
        string Row(string what, Func<MutantReport[], double> figure) =>
            $"| {what} | {string.Join(" | ", columns.Select(column => Text(figure(Of(column)))))} |\n";
        static string Text(double number) => number.ToString("N0", CultureInfo.InvariantCulture);
        MutantReport[] Of(Column column) => [.. rows.Select(column.Of).OfType<MutantReport>()];

        var best = rows.ToDictionary(
            row => row[0].Mutant,
            row => row.Where(report => report.Strategy != StrategyCatalogue.Default || row.Length == 1).Min(Cost));
        return string.Concat(
            $"\n## Summary\n\nOver {Counted.Of(rows.Length, "bug")}.",
            run.Strategies.Count == 1
                ? string.Empty
                : $" The best single strategy is chosen for each bug afterwards, among all but `{StrategyCatalogue.Default}`.",
            "\n\n",
            $"| | {string.Join(" | ", columns.Select(column => column.Title))} |\n",
            $"|---|{string.Concat(columns.Select(_ => "---:|"))}\n",
            Row("sum of the medians", own => own.Sum(Cost)),
            Row("bugs found on nine seeds of ten", own => own.Count(report => report.IsAsItShouldBe)),
            run.Strategies.Count == 1 ? string.Empty : string.Concat(
                Row("bugs for which no single strategy is better", own => own.Count(report => Cost(report) <= best[report.Mutant])),
                Row("bugs within twice the best single strategy", own => own.Count(report => Cost(report) <= 2 * best[report.Mutant]))),
            string.Concat(run.Strategies.Select(Gain)));

        // What the model saves.
        string Gain(string strategy)
        {
            var pairs = rows.SelectMany(row => row)
                .Where(report => report.Strategy == strategy && report.WithoutModel is not null)
                .Select(report => (With: Cost(report), Without: Cost(report.WithoutModel!), IsFirst: report.FirstByModel > 0))
                .ToArray();
            var (with, without) = (pairs.Sum(pair => pair.With), pairs.Sum(pair => pair.Without));
            var fewer = pairs.Count(pair => pair.With < pair.Without);
            var more = pairs.Count(pair => pair.With > pair.Without);
            var first = Counted.Of(pairs.Count(pair => pair.IsFirst), "bug");
            return pairs.Length == 0 ? string.Empty : string.Create(
                CultureInfo.InvariantCulture,
                $"""

                With the model, `{strategy}` needs fewer schedules for {fewer} bugs and more for {more}.
                The sum falls by {(without - with) / without:P0}. `{ConformanceMonitor.Name}` is the first to fire on some seed for {first}.

                """);
        }
    }

    // The command that writes this page. Without ids, it checks the correct implementation too.
    private static string Command(
        MutationRun run,
        IReadOnlyList<MutantReport> reports,
        IReadOnlyList<ModelReport> models,
        EngineSearches? coyote,
        StrategySearches? compared)
    {
        var ids = reports.Any(report => report.Mutant == Mutant.None) ? [] : reports.Select(report => $" {report.Mutant.Id}").Distinct();
        var strategy = run.Strategies.Count == 1 ? run.Strategies[0] : "all";
        var model = models.Count > 0 ? " --model" : string.Empty;
        var searches = coyote is null ? string.Empty : " --coyote docs/coyote-bugs.json";
        var strategies = compared is null ? string.Empty : "--compare docs/strategy-bugs.json ";
        var alone = run.Conformance ? string.Empty : " --no-conformance";
        return FormattableString.Invariant(
                $"raft-verify mutants{string.Concat(ids)} --seeds {run.Seeds} --budget {run.Budget} --time {run.Time.TotalSeconds:0}s")
            + $" --strategy {strategy}{alone}{model}{searches} \\\n"
            + $"  {strategies}--markdown docs/reference/seeded-bugs.md --json docs/seeded-bugs.json";
    }

    private static string CoyoteCells(EngineSearches coyote, Mutant mutant, MutationRun run) => string.Concat(
        coyote.Strategies
            .Select(strategy => coyote.Of(mutant, strategy))
            .Select(report => $" | {(report is null ? "-" : Result(report, run with { Budget = coyote.Budget }))}"));

    private static string Result(MutantReport report, MutationRun run) => string.Concat(
        MutantsDisplay.Schedules(report, run),
        report.MedianSeconds is null ? string.Empty : $" ({MutantsDisplay.Seconds(report, run)} s)",
        report.IsAsItShouldBe ? string.Empty : " !",
        report.FoundAsExpected == report.Found ? string.Empty : " \\*");

    /// <summary>The searches with a strategy, with the formal model or without it.</summary>
    private sealed record Column(string Title, string Strategy, bool WithoutModel)
    {
        public MutantReport? Of(MutantReport[] row)
        {
            var report = Array.Find(row, report => report.Strategy == Strategy);
            return WithoutModel ? report?.WithoutModel : report;
        }
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
