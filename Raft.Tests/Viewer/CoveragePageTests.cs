using DeterministicSimulation;
using Raft.Model.Spec;
using Raft.Verification.Exploration;
using Raft.Verification.Viewer;

namespace Raft.Tests.Viewer;

/// <summary>The page of the coverage of the model.</summary>
public sealed class CoveragePageTests
{
    [Fact]
    public void It_shows_each_action_and_guard_marks_what_is_missing_and_gives_the_reasons()
    {
        var page = CoveragePage.Of(new ExplorationCoverage([Report("election", timeouts: 1_234)]));

        foreach (var rule in RuleCoverage.Rules)
        {
            Assert.Contains(System.Net.WebUtility.HtmlEncode(rule.Guard) ?? rule.Action.ToString(), page, StringComparison.Ordinal);
        }

        Assert.Contains(
            "<tr class=\"action\"><th scope=\"row\">Timeout</th><td class=\"total\" title=\"1,234\">", page, StringComparison.Ordinal);
        Assert.Contains("<tr class=\"action none\"><th scope=\"row\">Restart</th>", page, StringComparison.Ordinal);
        Assert.Contains("<dt>DropMessage</dt><dd>", page, StringComparison.Ordinal);
        Assert.Contains("<b>1 of ", page, StringComparison.Ordinal);
    }

    [Fact]
    public void It_loads_nothing_and_escapes_names()
    {
        var page = CoveragePage.Of(new ExplorationCoverage([Report("<b>", timeouts: 1)]));

        Assert.Contains("&lt;b&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b></div>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
    }

    private static ExplorationReport Report(string workload, long timeouts)
    {
        var counts = new long[new RuleCoverage().Counts.Count];
        counts[(int)RaftAction.Timeout] = timeouts;
        return new ExplorationReport(workload, 1, 1, TimeSpan.FromSeconds(1), 1, new FaultCounts(), 0, null)
        {
            ModelCoverage = counts,
            ModelStates = 5,
        };
    }
}
