using System.Text.Json;
using System.Text.RegularExpressions;
using Raft.Tests.Docs;
using Raft.Verification.Mutants;

namespace Raft.Tests.Mutants;

/// <summary>Where the bugs of the catalogue come from, in their files and in the documents about them.</summary>
public sealed partial class CatalogueSourcesTests
{
    [Fact]
    public void At_least_twenty_bugs_of_what_goes_beyond_Figure_2_name_a_report()
    {
        var reported = MutantCatalogue.Own().Where(mutant => mutant.Id.StartsWith('M') && Report().IsMatch(mutant.Source)).ToArray();

        Assert.True(reported.Length >= 20, $"only {reported.Length}: {string.Join(", ", reported.Select(mutant => mutant.Id))}");
    }

    [Fact]
    public void The_page_and_the_recorded_run_have_the_sources_of_the_catalogue()
    {
        var page = File.ReadLines(Repository.File("docs/reference/seeded-bugs.md")).ToHashSet(StringComparer.Ordinal);
        using var run = JsonDocument.Parse(File.ReadAllText(Repository.File("docs/seeded-bugs.json")));
        var recorded = run.RootElement.GetProperty("mutants").EnumerateArray()
            .ToDictionary(bug => bug.GetProperty("id").GetString()!, bug => bug.GetProperty("source").GetString()!);

        Assert.All(
            MutantCatalogue.Own(),
            mutant =>
            {
                Assert.Contains($"| {mutant.Id} | {mutant.Source} |", page);
                Assert.Equal(mutant.Source, recorded[mutant.Id]);
            });
    }

    // owner/repository issue 1, owner/repository pull 1.
    [GeneratedRegex(@"[\w.-]+/[\w.-]+ (issue|pull) \d+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Report();
}
