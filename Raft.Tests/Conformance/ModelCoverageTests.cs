using DeterministicSimulation;
using Raft.Model.Spec;
using Raft.Verification.Conformance;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Conformance;

/// <summary>Which actions and guards of the model explorations reach, and how many of its states.</summary>
public sealed class ModelCoverageTests
{
    [Fact]
    [Trait("Category", "Long")]
    public void The_scenarios_reach_every_action_and_guard_that_has_no_reason_to_be_unreached()
    {
        var options = new ExplorationOptions { Iterations = 150 };
        var coverage = new ExplorationCoverage(Scenario.All.Select(scenario => Explorer.Explore(scenario, options)));

        Assert.Empty(coverage.Rules.Where(rule => rule.Total == 0 && rule.Reason is null).Select(rule => rule.Rule));
        Assert.Empty(coverage.Rules.Where(rule => rule.Total > 0 && rule.Reason is not null).Select(rule => rule.Rule));
        Assert.Equal(coverage.Reachable, coverage.Reached);
    }

    [Fact]
    public void The_coverage_does_not_depend_on_the_number_of_workers()
    {
        var reports = ((int[])[1, 2]).Select(workers =>
            Explorer.Explore(Scenario.All[0], new ExplorationOptions { Iterations = 200, Workers = workers })).ToArray();

        Assert.NotEqual(0, reports[0].ModelStates);
        Assert.Equal(reports[0].ModelStates, reports[1].ModelStates);
        Assert.Equal(reports[0].ModelCoverage, reports[1].ModelCoverage);
    }

    [Fact]
    public void Without_the_model_nothing_of_it_is_reached()
    {
        var report = Explorer.Explore(Scenario.All[0].With(conformance: false), new ExplorationOptions { Iterations = 1 });

        Assert.Equal(0, report.ModelStates);
        Assert.Empty(new ExplorationCoverage([report]).Reports);
    }

    [Fact]
    public void An_action_counts_with_the_guards_that_held_and_a_failed_attempt_with_the_one_that_did_not()
    {
        var coverage = new RuleCoverage();
        var model = new ServerModel(servers: 3, self: 0, new ModelLogs(), coverage);
        model.Use();
        model.BeginStep(held: 0, sent: 2);

        Assert.True(model.Timeout());
        Assert.False(model.BecomeLeader());

        Assert.Equal(
            [(RaftAction.Timeout, null), (RaftAction.Timeout, "the server is not the leader"), (RaftAction.Timeout, "it is a follower")],
            RuleCoverage.Rules.Where((_, at) => coverage.Counts[at] == 1).Select(rule => (rule.Action, rule.Guard)));
        var failed = RuleCoverage.Rules.Where(rule => rule.Guard is not null)
            .Where((_, at) => coverage.Counts[RuleCoverage.Rules.Count + at] > 0);
        Assert.Equal(new ModelRule(RaftAction.BecomeLeader, "a quorum has voted for it"), Assert.Single(failed));
    }

    [Fact]
    public void The_guards_fit_into_the_two_words_of_a_step_and_each_has_an_action_and_a_text_of_its_own()
    {
        var guards = RuleCoverage.Rules.Where(rule => rule.Guard is not null).ToArray();

        Assert.InRange(guards.Length, 1, 128);
        Assert.Equal(guards.Length, guards.Distinct().Count());
    }

    [Fact]
    public void The_abstract_state_of_a_cluster_knows_neither_the_order_of_the_servers_nor_how_far_they_have_come()
    {
        AbstractServer ahead = new(Term: 3, CommitIndex: 2, LogLength: 5, SnapshotIndex: 1, Others: 7);
        AbstractServer behind = new(Term: 2, CommitIndex: 1, LogLength: 1, SnapshotIndex: 1, Others: 8);
        AbstractServer Later(AbstractServer server) => new(
            server.Term + 10, server.CommitIndex + 20, server.LogLength + 20, server.SnapshotIndex + 20, server.Others);

        var state = AbstractServer.HashOf([ahead, behind]);

        Assert.Equal(state, AbstractServer.HashOf([behind, ahead]));
        Assert.Equal(state, AbstractServer.HashOf([Later(ahead), Later(behind)]));
        Assert.NotEqual(state, AbstractServer.HashOf([Later(ahead), behind]));
        Assert.NotEqual(state, AbstractServer.HashOf([ahead with { Others = 9 }, behind]));
    }
}
