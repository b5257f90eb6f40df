using System.Text.Json;
using Raft.Tests.Docs;
using Raft.Verification.Cli;
using Raft.Verification.Conformance;
using Raft.Verification.Mutants;

namespace Raft.Tests.Mutants;

/// <summary>The page and the JSON file of the seeded bugs: with the formal model beside the code, and without it.</summary>
public sealed class MutantsDocumentTests : IDisposable
{
    private static readonly MutationRun _run = new(["pos"], Seeds: 3, Budget: 100, TimeSpan.FromSeconds(9), Workers: 1);
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("raft-verify").FullName, "page.md");

    [Fact]
    public void A_bug_has_a_column_with_the_model_one_without_it_and_the_property_that_fired_first()
    {
        var page = Page(
            Report("X1", [Found(4, ConformanceMonitor.Name), Found(5, ConformanceMonitor.Name), Found(6, "Liveness")], [40, 50, 6]),
            Report("X2", [Found(2, "Liveness"), Found(2, "Liveness"), Found(2, "Liveness")], [2, 2, 2]));

        Assert.Contains("| mutant | bug | pos | pos, without the model | first to fire |", page, StringComparison.Ordinal);
        Assert.Contains("| X1 |  | 5 (1.00 s) | 40 (1.00 s) | Conformance 2, Liveness 1 |", page, StringComparison.Ordinal);
        Assert.Contains("| X2 |  | 2 (1.00 s) | 2 (1.00 s) | Liveness 3 |", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_summary_says_what_the_model_saves()
    {
        var page = Page(
            Report("X1", [Found(4, ConformanceMonitor.Name), Found(5, ConformanceMonitor.Name), Found(6, "Liveness")], [40, 50, 6]),
            Report("X2", [Found(2, "Liveness"), Found(2, "Liveness"), Found(2, "Liveness")], [2, 2, 2]));

        Assert.Contains("| sum of the medians | 7 | 42 |", page, StringComparison.Ordinal);
        Assert.Contains("With the model, `pos` needs fewer schedules for 1 bugs and more for 0.", page, StringComparison.Ordinal);
        Assert.Contains("The sum falls by 83 %.", page, StringComparison.Ordinal);
        Assert.Contains("`Conformance` is the first to fire on some seed for 1 bug.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_strategies_are_compared_by_the_sums_of_their_medians()
    {
        StrategySearch[] searches =
        [
            new("correct", "pos", null, null), new("X1", "pos", 5, new(40)), new("X2", "pos", null, new(null)),
            new("X1", "coverage", 3, new(4)), new("X2", "coverage", 7, new(8)),
        ];

        var page = Page(new StrategySearches(3, 100, ["pos", "coverage"], searches), Report("X1", [Found(2, "Liveness")], [2]));

        Assert.Contains("| pos | 105 | 1 | 140 | 1 |", page, StringComparison.Ordinal);
        Assert.Contains("| coverage | 10 | 2 | 12 | 2 |", page, StringComparison.Ordinal);
    }

    [Fact]
    public void In_the_recorded_run_no_bug_needs_more_schedules_with_the_model_and_the_sum_falls_by_a_third()
    {
        var page = File.ReadAllText(Repository.File("docs/reference/seeded-bugs.md"));
        var recorded = JsonDocument.Parse(File.ReadAllText(Repository.File("docs/seeded-bugs.json"))).RootElement;
        var (with, without) = (0.0, 0.0);
        foreach (var bug in recorded.GetProperty("mutants").EnumerateArray().Where(bug => bug.GetProperty("id").GetString() != "correct"))
        {
            var ofBug = bug.GetProperty("medianSchedules").GetDouble();
            var alone = bug.GetProperty("withoutModel").GetProperty("medianSchedules") is { ValueKind: JsonValueKind.Number } median
                ? median.GetDouble()
                : recorded.GetProperty("budget").GetDouble();
            Assert.True(ofBug <= alone, $"{bug.GetProperty("id")} needs {ofBug} schedules with the model, {alone} without.");
            (with, without) = (with + ofBug, without + alone);
        }

        Assert.True(3 * with <= 2 * without, $"With the model {with} schedules, without {without}.");
        Assert.Contains(FormattableString.Invariant($"| sum of the medians | {with:N0} | {without:N0} |"), page, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    private string Page(params MutantReport[] reports) => Page(null, reports);

    private string Page(StrategySearches? compared, params MutantReport[] reports)
    {
        MutantsDocument.WriteMarkdown(_file, _run, reports, [], coyote: null, compared);
        return File.ReadAllText(_file);
    }

    private static MutantReport Report(string id, MutantSearchResult[] with, long[] without)
    {
        var mutant = Mutant.None with { Id = id, Title = "", Breaks = ["Liveness"] };
        return new MutantReport(mutant, "pos", with)
        {
            WithoutModel = new MutantReport(mutant, "pos", [.. without.Select(schedules => Found(schedules, "Liveness"))]),
        };
    }

    private static MutantSearchResult Found(long schedules, string property) => new(1, schedules, 1, property);
}
