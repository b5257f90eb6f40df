using DeterministicSimulation;
using Raft.Model.Spec;
using Raft.Verification.Conformance;

namespace Raft.Verification.Exploration;

/// <summary>Which actions and guards of the model explorations reached, and how many of its states.</summary>
internal sealed class ExplorationCoverage
{
    /// <summary>Takes the coverage from reports.</summary>
    /// <param name="reports">The reports. Those without the model are left out.</param>
    public ExplorationCoverage(IEnumerable<ExplorationReport> reports)
    {
        Reports = [.. reports.Where(report => report.ModelCoverage.Count > 0)];
        var rules = RuleCoverage.Rules;
        var actions = rules.Count(rule => rule.Guard is null);
        Rules =
        [
            .. rules.Select((rule, at) => new CoveredRule(
                    rule,
                    [.. Reports.Select(report => report.ModelCoverage[at])],
                    rule.Guard is null ? 0 : Reports.Sum(report => report.ModelCoverage[at + rules.Count - actions]),
                    UnreachedRules.Reasons.GetValueOrDefault(rule)))
                .OrderBy(rule => rule.Rule.Action),
        ];
    }

    /// <summary>The reports of the explorations with the model.</summary>
    public IReadOnlyList<ExplorationReport> Reports { get; }

    /// <summary>Each action, followed by its guards.</summary>
    public IReadOnlyList<CoveredRule> Rules { get; }

    /// <summary>The number of actions and guards that were reached.</summary>
    public int Reached => Rules.Count(rule => rule.Total > 0);

    /// <summary>The number of actions and guards that can be reached: those without a reason not to be.</summary>
    public int Reachable => Rules.Count(rule => rule.Total > 0 || rule.Reason is null);

    /// <summary>The number of distinct abstract states of the model: the sum of the estimates for each exploration.</summary>
    public long States => Reports.Sum(report => report.ModelStates);

    /// <summary>As data for JSON.</summary>
    public object ToData() => new
    {
        reached = Reached,
        reachable = Reachable,
        states = States,
        explorations = Reports.Select(report => new
        {
            scenario = report.Workload,
            engine = report.Engine,
            schedules = report.Schedules,
            modelSteps = report.ModelSteps,
            states = report.ModelStates,
        }),
        rules = Rules.Select(rule => new
        {
            action = rule.Rule.Action.ToString(),
            guard = rule.Rule.Guard,
            reached = rule.Total,
            didNotHold = rule.Rule.Guard is null ? null : (long?)rule.Failed,
            byExploration = rule.Counts,
            reason = rule.Reason,
        }),
    };
}

/// <summary>An action or a guard of the model, and how often it was reached.</summary>
/// <param name="Rule">The action or the guard.</param>
/// <param name="Counts">How often each exploration reached it.</param>
/// <param name="Failed">How often the guard did not hold for an action that was tried.</param>
/// <param name="Reason">Why explorations do not reach it; null if they should.</param>
internal sealed record CoveredRule(ModelRule Rule, IReadOnlyList<long> Counts, long Failed, string? Reason)
{
    /// <summary>How often all explorations reached it.</summary>
    public long Total => Counts.Sum();
}
