using System.Globalization;
using System.Text;
using Raft.Verification.Mutants;

namespace Raft.Verification.Cli;

/// <summary>The results of the hunts, as documents.</summary>
internal static class MutantsDocument
{
    /// <summary>Writes all results as JSON: whole, or not at all.</summary>
    public static void WriteJson(string file, Campaign campaign, IReadOnlyList<MutantReport> reports) => JsonReport.Write(
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
                asItShouldBe = report.IsAsItShouldBe,
                medianSchedules = report.MedianSchedules,
                medianSeconds = report.MedianSeconds,
                results = report.Hunts.Select(hunt => hunt with { Trace = null }),
                stepsCut = report.Cut?.StepsCut,
                choicesCut = report.Cut?.ChoicesCut,
            }),
        });

    /// <summary>Writes the tables as Markdown: whole, or not at all.</summary>
    public static void WriteMarkdown(string file, Campaign campaign, IReadOnlyList<MutantReport> reports)
    {
        var partial = $"{file}.partial";
        File.WriteAllText(partial, Markdown(campaign, reports));
        File.Move(partial, file, overwrite: true);
    }

    private static string Markdown(Campaign campaign, IReadOnlyList<MutantReport> reports)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Seeded bugs

            Each row is a bug that was put into the implementation, and hunted by `explore`'s scenarios and monitors, which do not know what they look for: one
            schedule of each scenario in turn, until a property is violated, on {campaign.Seeds} seeds; at most {campaign.Budget:N0} schedules or {campaign.Time.TotalSeconds:0.#} s, on one thread.
            `found` is on how many seeds; `schedules` and `seconds` are medians. A property marked *as* was violated, but is not one that tells this bug.
            The first row is the implementation as it is: all schedules and seconds together, and nothing may be found.

            ```
            raft-verify mutants --seeds {campaign.Seeds} --budget {campaign.Budget} --time {campaign.Time.TotalSeconds:0}s --strategy {(campaign.Strategies.Count == 1 ? campaign.Strategies[0] : "all")} --markdown docs/seeded-bugs.md
            ```

            | mutant | bug | strategy | found | schedules | seconds | found by |
            |---|---|---|---:|---:|---:|---|

            """);
        foreach (var report in reports)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {report.Mutant.Id} | {Cell(report.Mutant.Title)} | {report.Strategy} | {report.Found}/{report.Done.Count} | {MutantsDisplay.Schedules(report, campaign)} | {MutantsDisplay.Seconds(report, campaign)} | {(report.Found > 0 ? report.Properties.Replace("as ", "*as* ", StringComparison.Ordinal) : "-")} |\n");
        }

        text.Append("\n## Where they come from\n\n| mutant | source | breaks |\n|---|---|---|\n");
        foreach (var mutant in reports.Select(report => report.Mutant).Distinct().Where(mutant => mutant != Mutant.None))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {mutant.Id} | {Cell(mutant.Source)} | {string.Join(", ", mutant.Breaks)} |\n");
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
