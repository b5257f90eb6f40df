using System.Text.RegularExpressions;
using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Conformance;
using Raft.Verification.Mutants;
using Raft.Verification.Scenarios;
using Raft.Verification.Specifications;

namespace Raft.Tests.Conformance;

/// <summary>The model beside the code: how much is compared, and how a difference is reported.</summary>
public sealed class ConformanceTests
{
    [Fact]
    public void Every_step_of_every_server_is_compared()
    {
        foreach (var scenario in Scenario.All.Where(scenario => scenario.Name is not ("cores" or "node")))
        {
            var counter = new StepCounter();
            var conformance = new ConformanceMonitor();
            var result = ClusterSchedule.Run(
                scenario, scenario.Options, new Choices(new RandomWalk()), seed: 3, [.. Specification.AllMonitors(), counter, conformance]);

            Assert.Null(result.Violation);
            Assert.NotEqual(0, counter.Steps);
            Assert.Equal(counter.Steps, conformance.Steps);
            Assert.Equal(counter.Steps, result.ModelSteps);
        }
    }

    [Fact]
    public void Without_the_model_no_step_is_compared_and_the_schedule_is_the_same()
    {
        var scenario = Scenario.All[0];
        ScheduleResult Run(bool conformance) =>
            Schedule.Run(scenario.With(conformance), scenario.With(conformance).Options, new Choices(new RandomWalk()), seed: 5);

        Assert.Equal(0, Run(conformance: false).ModelSteps);
        Assert.NotEqual(0, Run(conformance: true).ModelSteps);
        Assert.Equal(Run(conformance: false).Digest, Run(conformance: true).Digest);
    }

    [Theory]
    [InlineData("E2", 1, "mvoteGranted or msuccess is 1, but the model's is 0 after HandleRequestVoteRequest")]
    public void A_difference_is_reported_with_the_action_and_both_values(string id, ulong seed, string expected)
    {
        var found = Find(MutantCatalogue.Find(MutantCatalogue.Own(), id), MutatedSources.Implementation, seed);

        Assert.Equal(ConformanceMonitor.Name, found.Property);
        Assert.Contains(expected, found.Message, StringComparison.Ordinal);
    }

    // The bug shows in several ways. In this one, the leader sends a commitIndex that is too high.
    [Fact]
    [Trait("Category", "Long")]
    public void A_difference_of_an_index_in_a_message_is_reported()
    {
        using var context = new MutantContext(MutantCatalogue.Find(MutantCatalogue.Own(), "C4"), MutatedSources.Implementation);
        var messages = Enumerable.Range(1, 40).Select(seed => Find(context, (ulong)seed).Message);

        Assert.Contains(
            messages,
            message => Regex.IsMatch(
                message ?? "",
                "mcommitIndex is [0-9]+, but the model's is [0-9]+ after AppendEntries",
                RegexOptions.CultureInvariant,
                TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void An_action_that_is_not_enabled_is_reported_with_its_guard()
    {
        var edit = new MutantEdit(
            "Raft.Model/Spec/RaftSpec.Actions.cs",
            "!next.Requires(IsQuorum(VotesGranted[s, i]), QuorumVotes)",
            "!next.Requires(VotesGranted[s, i] == 15, QuorumVotes)");

        var found = Find(Mutant.None with { Id = "G", Edits = [edit] }, MutatedSources.Model);

        Assert.Contains(
            "BecomeLeader is not enabled in the model, because this does not hold: VotesGranted[s, i] == 15.",
            found.Message,
            StringComparison.Ordinal);
    }

    private static MutantSearchResult Find(Mutant mutant, string project, ulong seed = 1)
    {
        using var context = new MutantContext(mutant, project);
        return Find(context, seed);
    }

    private static MutantSearchResult Find(MutantContext context, ulong seed) =>
        context.Search(
            StrategyCatalogue.Default, seed, budget: 2_000, TimeSpan.FromMinutes(1), conformance: true, _ => { }, default);

    [Theory]
    [InlineData(false, "S2 handled RequestVote S1 -> S2 (term 1, empty log), but no such message has arrived.")]
    [InlineData(true, null)]
    public void A_message_that_did_not_arrive_is_not_received(bool arrives, string? expected)
    {
        var violations = new List<string>();
        ServerId[] members = [new(1), new(2)];
        ServerState[] states = [.. members.Select(id => new ServerState(id, new()))];
        var specification = new Specification([.. states], [new ConformanceMonitor()], (_, message) => violations.Add(message.ToString()));
        var core = new RaftCore(members[1], members, DurableState.Initial);
        specification.Started(states[1], core);
        var request = new RequestVote(members[0], members[1], new Term(1), LogIndex.Zero, Term.Zero);
        specification.Network(new(TraceEventKind.Sent, 1, 2, request, 0));
        if (arrives)
        {
            specification.Network(new(TraceEventKind.Arrived, 1, 2, request, 0));
        }

        var input = new MessageReceived(request);
        specification.Stepped(states[1], core, input, core.Step(input));

        Assert.Equal(expected, violations.SingleOrDefault());
    }

    [Fact]
    public void A_comparison_that_fails_is_a_violation()
    {
        var violations = new List<string>();
        var state = new ServerState(new ServerId(1), new());
        var specification = new Specification([state], [new ConformanceMonitor()], (_, message) => violations.Add(message.ToString()));

        // The term is beyond what the model represents.
        var core = new RaftCore(
            new ServerId(1), [new ServerId(1)], DurableState.Initial with { Term = new Term(long.MaxValue >> 4) });
        specification.Started(state, core);

        Assert.Contains("the comparison failed: System.OverflowException", Assert.Single(violations), StringComparison.Ordinal);
    }

    private sealed class StepCounter : SpecificationMonitor
    {
        public override string Property => "Steps";

        public long Steps { get; private set; }

        public override void OnStepped(ServerState server, RaftCore core, Input input, Output output) => Steps++;
    }
}
