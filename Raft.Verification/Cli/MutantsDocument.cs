using System.Globalization;
using System.Text;
using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Mutants;

namespace Raft.Verification.Cli;

/// <summary>The results of the hunts, as documents.</summary>
internal static class MutantsDocument
{
    /// <summary>Writes all results as JSON: whole, or not at all.</summary>
    public static void WriteJson(string file, Campaign campaign, IReadOnlyList<MutantReport> reports, IReadOnlyList<ModelReport> models) => JsonReport.Write(
        file,
        new
        {
            budget = campaign.Budget,
            seconds = campaign.Time.TotalSeconds,
            seeds = campaign.Seeds,
            strategies = campaign.Strategies,
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
                schedules = report.Hunts.Select(hunt => hunt.Property is null ? null : (long?)hunt.Schedules),
                stepsCut = report.Cut?.StepsCut,
                choicesCut = report.Cut?.ChoicesCut,
            }),
            model = models.Select(report => new
            {
                id = report.Mutant.Id,
                states = report.Result.States,
                seconds = report.Result.Seconds,
                property = report.Result.Property,
                rung = report.Result.Rung,
                steps = report.Result.Steps,
                asItShouldBe = report.IsAsItShouldBe,
            }),
        });

    /// <summary>Writes the tables as Markdown: whole, or not at all. Coyote's hunts have columns of their own; null: there are none.</summary>
    public static void WriteMarkdown(
        string file, Campaign campaign, IReadOnlyList<MutantReport> reports, IReadOnlyList<ModelReport> models, EngineHunts? coyote) =>
        OutputFile.Write(file, Markdown(campaign, reports, models, coyote));

    private static string Markdown(Campaign campaign, IReadOnlyList<MutantReport> reports, IReadOnlyList<ModelReport> models, EngineHunts? coyote)
    {
        var text = new StringBuilder();
        MutantReport[][] rows = [.. reports.GroupBy(report => report.Mutant).Where(row => row.Key != Mutant.None).Select(row => row.ToArray())];
        var strategies = campaign.Strategies;
        IReadOnlyList<string> columns = [.. strategies, .. coyote?.Strategies.Select(strategy => $"Coyote {strategy}") ?? []];
        text.Append(CultureInfo.InvariantCulture, $"""
            # Seeded bugs

            Each row is a bug that was put into the implementation, and hunted by `explore`'s scenarios and monitors, which do not know what they look for: one
            schedule of each scenario in turn, until a property is violated, on {campaign.Seeds} seeds; at most {campaign.Budget:N0} schedules or {campaign.Time.TotalSeconds:0.#} s, on one thread.
            A column is a strategy; a cell is the median of the schedules to detection, and of the seconds. `>`: not found on every second seed. `!`: found on less than nine
            seeds of ten. `*`: on some seed by a property that does not tell this bug.
            {(coyote is null ? string.Empty : $"[Coyote](../guides/coyote.md) hunted on {coyote.Seeds} seeds, {coyote.Budget:N0} schedules at most; `-`: not this bug.\n")}
            ```
            raft-verify mutants{Ids(reports)} --seeds {campaign.Seeds} --budget {campaign.Budget} --time {campaign.Time.TotalSeconds:0}s --strategy {(strategies.Count == 1 ? strategies[0] : "all")}{(models.Count > 0 ? " --model" : string.Empty)}{(coyote is null ? string.Empty : " --coyote docs/coyote-bugs.json")} --markdown docs/reference/seeded-bugs.md --json docs/seeded-bugs.json
            ```

            | mutant | bug | {string.Join(" | ", columns)} |
            |---|---|{string.Concat(columns.Select(_ => "---:|"))}

            """);
        foreach (var row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row[0].Mutant.Id} | {Cell(row[0].Mutant.Title)} | {Cells(strategies, row, report => Result(report, campaign))}{(coyote is null ? string.Empty : CoyoteCells(coyote, row[0].Mutant, campaign))} |\n");
        }

        text.Append(Summary(campaign, rows));
        foreach (var report in reports.Where(report => report.Mutant == Mutant.None))
        {
            var verdict = report.Found > 0 ? $"FOUND: {report.Properties}"
                : report.IsStopped ? "stopped before the end, nothing found until then"
                : "nothing found";
            text.Append(
                CultureInfo.InvariantCulture,
                $"\nThe implementation as it is, {report.Strategy}: {MutantsDisplay.Schedules(report, campaign)} schedules, {verdict}.\n");
        }

        if (models.Count > 0)
        {
            AppendModel(text, reports, models);
        }

        text.Append("\n## What tells them, and where they come from\n\n| mutant | found by | source | breaks |\n|---|---|---|---|\n");
        foreach (var row in rows)
        {
            var mutant = row[0].Mutant;
            var all = new MutantReport(mutant, string.Empty, [.. row.SelectMany(report => report.Hunts)]);
            text.Append(CultureInfo.InvariantCulture, $"| {mutant.Id} | {(all.Found > 0 ? all.Properties.Replace("as ", "*as* ", StringComparison.Ordinal) : "-")} | {Cell(mutant.Source)} | {string.Join(", ", mutant.Breaks)} |\n");
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static void AppendModel(StringBuilder text, IReadOnlyList<MutantReport> reports, IReadOnlyList<ModelReport> models)
    {
        text.Append("""

            ## In the model

            The bugs that are about Raft's rules, put into the formal model, and hunted by the model checker: breadth-first through small worlds, one after the other, until an
            invariant is broken. `states` is how many distinct states it took, in all worlds together; `steps` how many protocol steps the counterexample has, which is a
            shortest one of its world; `trace` how many the shrunk trace of the implementation has, and what it violates, where one was asked for (`--traces`).
            `correct` is the model as it is: all worlds, and nothing may be found.

            | mutant | invariant | states | seconds | steps | trace | world |
            |---|---|---:|---:|---:|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (var (mutant, result) in models)
        {
            var shrunk = reports.FirstOrDefault(report => report.Mutant == mutant && report.Cut is not null)?.Cut?.Shrunk;
            text.Append(CultureInfo.InvariantCulture, $"| {mutant.Id} | {result.Property ?? "-"} | {result.States:N0} | {result.Seconds:0.00} | {result.Steps?.ToString(CultureInfo.InvariantCulture) ?? "-"} | {(shrunk is null ? "-" : $"{shrunk.ProtocolSteps}, {shrunk.Violation.Property}")} | {result.Rung ?? "all"} |\n");
        }
    }

    // How the strategies compare; what was not found counts as the whole budget.
    private static string Summary(Campaign campaign, MutantReport[][] rows)
    {
        double Cost(MutantReport report) => report.MedianSchedules ?? campaign.Budget;
        string Row(string what, Func<MutantReport[], double> figure) =>
            $"| {what} | {string.Join(" | ", campaign.Strategies.Select(strategy => figure([.. rows.Select(row => row.FirstOrDefault(report => report.Strategy == strategy)).OfType<MutantReport>()]).ToString("N0", CultureInfo.InvariantCulture)))} |\n";

        var best = rows.ToDictionary(row => row[0].Mutant, row => row.Where(report => report.Strategy != StrategyCatalogue.Default || row.Length == 1).Min(Cost));
        return string.Concat(
            $"\n## In sum\n\nOver {rows.Length} bugs; the best single strategy is the best but for `{StrategyCatalogue.Default}`, bug by bug, in hindsight.\n\n",
            $"| | {string.Join(" | ", campaign.Strategies)} |\n|---|{string.Concat(campaign.Strategies.Select(_ => "---:|"))}\n",
            Row("medians, summed", own => own.Sum(Cost)),
            Row("bugs found on nine seeds of ten", own => own.Count(report => report.IsAsItShouldBe)),
            Row("bugs for which no single strategy is better", own => own.Count(report => Cost(report) <= best[report.Mutant])),
            Row("bugs within twice the best single strategy", own => own.Count(report => Cost(report) <= 2 * best[report.Mutant])));
    }

    private static string Cells(IReadOnlyList<string> columns, MutantReport[] row, Func<MutantReport, string> cell) =>
        string.Join(" | ", columns.Select(column => row.FirstOrDefault(report => report.Strategy == column) is { } report ? cell(report) : string.Empty));

    // Without any, the command hunts in the implementation as it is too.
    private static string Ids(IReadOnlyList<MutantReport> reports) => string.Concat(
        reports.Any(report => report.Mutant == Mutant.None) ? [] : reports.Select(report => $" {report.Mutant.Id}").Distinct());

    private static string CoyoteCells(EngineHunts coyote, Mutant mutant, Campaign campaign) => string.Concat(
        coyote.Strategies.Select(strategy => $" | {(coyote.Of(mutant, strategy) is { } report ? Result(report, campaign with { Budget = coyote.Budget }) : "-")}"));

    private static string Result(MutantReport report, Campaign campaign) => string.Concat(
        MutantsDisplay.Schedules(report, campaign),
        report.MedianSeconds is null ? string.Empty : $" ({MutantsDisplay.Seconds(report, campaign)} s)",
        report.IsAsItShouldBe ? string.Empty : " !",
        report.FoundAsExpected == report.Found ? string.Empty : " \\*");

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
