using System.Globalization;
using System.Text;
using DeterministicSimulation;
using Raft.Verification.Cluster;
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

    /// <summary>Writes the tables as Markdown: whole, or not at all. Coyote's searches, if any, have columns of their own.</summary>
    public static void WriteMarkdown(
        string file, MutationRun run, IReadOnlyList<MutantReport> reports, IReadOnlyList<ModelReport> models, EngineSearches? coyote) =>
        OutputFile.Write(file, Markdown(run, reports, models, coyote));

    private static string Markdown(
        MutationRun run, IReadOnlyList<MutantReport> reports, IReadOnlyList<ModelReport> models, EngineSearches? coyote)
    {
        var text = new StringBuilder();
        MutantReport[][] rows =
            [.. reports.GroupBy(report => report.Mutant).Where(row => row.Key != Mutant.None).Select(row => row.ToArray())];
        var strategies = run.Strategies;
        IReadOnlyList<string> columns = [.. strategies, .. coyote?.Strategies.Select(strategy => $"Coyote {strategy}") ?? []];
        var coyoteNote = coyote is null
            ? string.Empty
            : $"[Coyote](../guides/coyote.md) searched on {Counted.Of(coyote.Seeds, "seed")}, at most {coyote.Budget:N0} schedules each. "
                + "`-`: no such search.\n";
        text.Append(CultureInfo.InvariantCulture, $"""
            # Seeded bugs

            Each row is a bug that was seeded into the implementation. A search runs one schedule of each of `explore`'s scenarios in turn,
            on one thread, until a property is violated. It does not know which bug is present. It runs at most
            {run.Budget:N0} schedules or {run.Time.TotalSeconds:0.#} s. Each bug was searched for on {Counted.Of(run.Seeds, "seed")}.

            A column is a strategy. A cell is the median number of schedules to detection, and the median time. `>`: half of the seeds or
            more did not find it. `!`: fewer than nine seeds of ten found it. `*`: some seed found it by a property that is not in
            the `breaks` of its `.mutant` file.
            {coyoteNote}
            ```
            {Command(run, reports, models, coyote)}
            ```

            | mutant | bug | {string.Join(" | ", columns)} |
            |---|---|{string.Concat(columns.Select(_ => "---:|"))}

            """);
        foreach (var row in rows)
        {
            var mutant = row[0].Mutant;
            var cells = Cells(strategies, row, report => Result(report, run));
            var coyoteCells = coyote is null ? string.Empty : CoyoteCells(coyote, mutant, run);
            text.Append(CultureInfo.InvariantCulture, $"| {mutant.Id} | {Cell(mutant.Title)} | {cells}{coyoteCells} |\n");
        }

        text.Append(Summary(run, rows));
        foreach (var report in reports.Where(report => report.Mutant == Mutant.None))
        {
            var verdict = report.Found > 0 ? $"FOUND: {report.Properties}"
                : report.IsStopped ? "stopped before the end, nothing found so far"
                : "nothing found";
            text.Append(
                CultureInfo.InvariantCulture,
                $"\nThe correct implementation, {report.Strategy}: {MutantsDisplay.Schedules(report, run)} schedules, {verdict}.\n");
        }

        if (models.Count > 0)
        {
            AppendModel(text, reports, models);
        }

        text.Append("\n## Properties and sources\n\n| mutant | found by | source |\n|---|---|---|\n");
        foreach (var row in rows)
        {
            var mutant = row[0].Mutant;
            var all = new MutantReport(mutant, string.Empty, [.. row.SelectMany(report => report.Searches)]);
            var properties = all.Found > 0 ? all.Properties.Replace("as ", "*as* ", StringComparison.Ordinal) : "-";
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {mutant.Id} | {properties} | {Cell(mutant.Source)} |\n");
        }

        return text.ToString().ReplaceLineEndings("\n");
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
    private static string Summary(MutationRun run, MutantReport[][] rows)
    {
        double Cost(MutantReport report) => report.MedianSchedules ?? run.Budget;
        string Row(string what, Func<MutantReport[], double> figure) =>
            $"| {what} | {string.Join(" | ", run.Strategies.Select(strategy => Text(figure(Of(strategy)))))} |\n";
        static string Text(double number) => number.ToString("N0", CultureInfo.InvariantCulture);
        MutantReport[] Of(string strategy) =>
            [.. rows.Select(row => row.FirstOrDefault(report => report.Strategy == strategy)).OfType<MutantReport>()];

        var best = rows.ToDictionary(
            row => row[0].Mutant,
            row => row.Where(report => report.Strategy != StrategyCatalogue.Default || row.Length == 1).Min(Cost));
        return string.Concat(
            $"\n## Summary\n\nOver {Counted.Of(rows.Length, "bug")}. The best single strategy is chosen for each bug afterwards, ",
            $"among all but `{StrategyCatalogue.Default}`.\n\n",
            $"| | {string.Join(" | ", run.Strategies)} |\n|---|{string.Concat(run.Strategies.Select(_ => "---:|"))}\n",
            Row("sum of the medians", own => own.Sum(Cost)),
            Row("bugs found on nine seeds of ten", own => own.Count(report => report.IsAsItShouldBe)),
            Row("bugs for which no single strategy is better", own => own.Count(report => Cost(report) <= best[report.Mutant])),
            Row("bugs within twice the best single strategy", own => own.Count(report => Cost(report) <= 2 * best[report.Mutant])));
    }

    private static string Cells(IReadOnlyList<string> columns, MutantReport[] row, Func<MutantReport, string> cell) => string.Join(
        " | ",
        columns.Select(column => row.FirstOrDefault(report => report.Strategy == column) is { } report ? cell(report) : string.Empty));

    // The command that writes this page. Without ids, it checks the correct implementation too.
    private static string Command(
        MutationRun run, IReadOnlyList<MutantReport> reports, IReadOnlyList<ModelReport> models, EngineSearches? coyote)
    {
        var ids = reports.Any(report => report.Mutant == Mutant.None) ? [] : reports.Select(report => $" {report.Mutant.Id}").Distinct();
        var strategy = run.Strategies.Count == 1 ? run.Strategies[0] : "all";
        var model = models.Count > 0 ? " --model" : string.Empty;
        var searches = coyote is null ? string.Empty : " --coyote docs/coyote-bugs.json";
        return FormattableString.Invariant(
                $"raft-verify mutants{string.Concat(ids)} --seeds {run.Seeds} --budget {run.Budget} --time {run.Time.TotalSeconds:0}s")
            + $" --strategy {strategy}{model}{searches} \\\n  --markdown docs/reference/seeded-bugs.md --json docs/seeded-bugs.json";
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

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
