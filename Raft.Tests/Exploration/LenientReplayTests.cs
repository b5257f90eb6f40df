using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Exploration;

public sealed class LenientReplayTests
{
    public static TheoryData<string> Scenarios => [.. Scenario.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void All_decisions_of_a_schedule_repeat_it(string name)
    {
        var scenario = ScenarioCatalogue.Find(name)!;
        for (var seed = 1UL; seed <= 8; seed++)
        {
            var (digest, decisions) = Run(scenario, new RandomWalk(), seed);

            Assert.Equal(digest, Run(scenario, new LenientReplay(decisions), 0).Digest);
        }
    }

    [Fact]
    public void Implied_decisions_may_be_left_out()
    {
        // In Figure 2, the request that follows a timeout waits for a write.
        var scenario = ScenarioCatalogue.Find("replication")!;
        var options = scenario.Options with { DrawsProtocol = false };
        Decision[] timeout =
        [
            .. Run(scenario, new RandomWalk(), 1, options).Decisions
                .Where((decision, i) => i == 0 || decision.Operation.Kind is OperationKind.Timer or OperationKind.Delivery)
                .Take(3),
        ];

        var made = Run(scenario, new LenientReplay(timeout), 0, options).Decisions;

        // The request can only arrive when the server's code has handled the timeout and its vote for itself is durable.
        var delivery = Array.FindIndex(made, decision => decision.Operation == timeout[2].Operation);
        Assert.Equal(timeout[1].Operation, made[1].Operation);
        Assert.Contains(made[2..delivery], decision => decision.Operation.Kind == OperationKind.DiskWrite);
        Assert.All(made[2..delivery], decision => Assert.True(decision.IsImplied));
    }

    [Fact]
    public void A_decision_that_does_not_fit_is_skipped()
    {
        var scenario = ScenarioCatalogue.Find("replication")!;
        var decisions = Run(scenario, new RandomWalk(), 1).Decisions;
        var impossible = new Decision(new OperationShape(OperationKind.Delivery, 2, 1, typeof(string)), 0);

        Assert.Equal(
            Run(scenario, new LenientReplay(decisions), 0).Digest,
            Run(scenario, new LenientReplay([decisions[0], .. decisions[1..], impossible]), 0).Digest);
    }

    private static (ulong Digest, Decision[] Decisions) Run(
        Scenario scenario, IStrategy strategy, ulong seed, ClusterOptions? options = null)
    {
        var recorder = new Recorder(strategy);
        var result = Schedule.Run(scenario, options ?? scenario.Options, new Choices(recorder), seed);
        return (result.Digest, recorder.Finish());
    }
}
