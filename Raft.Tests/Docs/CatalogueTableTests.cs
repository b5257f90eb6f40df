using System.Text.RegularExpressions;
using Raft.Verification.Labs;
using Raft.Verification.Scenarios;
using Raft.Verification.Specifications;

namespace Raft.Tests.Docs;

/// <summary>The tables of monitors, of scenarios and of lab tests name each of them.</summary>
public sealed partial class CatalogueTableTests
{
    [Fact]
    public void Every_monitor_is_in_the_table_of_properties() =>
        Assert.Equal(
            Specification.AllMonitors().Select(monitor => monitor.Property).Order(),
            Named("docs/reference/properties.md", "| Property (class) |").Order());

    [Fact]
    public void Every_scenario_is_in_the_table_of_scenarios() =>
        Assert.Equal(
            Scenario.All.Select(scenario => scenario.Name).Order(),
            File.ReadLines(Repository.File("docs/reference/scenarios.md"))
                .SkipWhile(line => !line.StartsWith("| Name |", StringComparison.Ordinal))
                .Skip(2)
                .TakeWhile(line => line.StartsWith('|'))
                .Select(line => line.Split('`')[1])
                .Order());

    [Fact]
    public void The_page_of_scenarios_counts_those_that_run_FileStorage()
    {
        var count = Scenario.All.Count(scenario => scenario.Options is { Files: true } or { DrawsStorage: true });
        Assert.Contains(
            $"`FileStorage` runs in {count} of the {Scenario.All.Count} scenarios",
            File.ReadAllText(Repository.File("docs/reference/scenarios.md")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_lab_test_that_counts_indexes_is_in_the_table_of_those_left_out_with_its_reason() =>
        Assert.Equal(
            LabTest.All.Where(test => test.CountsIndexes is not null).Select(test => $"| {test.Name} | {test.CountsIndexes} |"),
            File.ReadLines(Repository.File("docs/reference/labs.md"))
                .SkipWhile(line => !line.StartsWith("| Left out with `production` |", StringComparison.Ordinal))
                .Skip(2)
                .TakeWhile(line => line.StartsWith('|')));

    // The words in code of the first column, without their arguments.
    private static string[] Named(string page, string header) =>
    [
        .. File.ReadLines(Repository.File(page))
            .SkipWhile(line => !line.StartsWith(header, StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .SelectMany(line => Code().Matches(line.Split('|')[1]).Select(match => match.Groups["name"].Value)),
    ];

    [GeneratedRegex(@"`(?<name>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();
}
