using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Cluster;

public sealed class NetworkTests
{
    [Theory]
    [InlineData(TimeMode.Nondeterministic)]
    [InlineData(TimeMode.Virtual)]
    public void Without_a_budget_for_reorderings_no_message_overtakes_another_on_its_link(TimeMode time)
    {
        var options = new ClusterOptions { Faults = FaultBudget.None, Time = time };
        for (var seed = 0UL; seed < 50; seed++)
        {
            var (result, sent, arrived) = Watched(options, seed);

            Assert.Null(result.Violation);
            Assert.Equal(0, result.Faults.Total - result.Faults[FaultKind.Crash] - result.Faults[FaultKind.LostWrite]);
            Assert.InRange(arrived.Values.Sum(messages => messages.Count), 40, int.MaxValue);
            foreach (var (link, messages) in arrived)
            {
                Assert.Equal(sent[link].Take(messages.Count), messages, ReferenceEqualityComparer.Instance);
            }
        }
    }

    [Fact]
    public void A_message_that_is_duplicated_does_not_let_others_overtake()
    {
        var options = new ClusterOptions { Faults = FaultBudget.None with { Duplications = 20 } };
        for (var seed = 0UL; seed < 50; seed++)
        {
            var (result, sent, arrived) = Watched(options, seed);

            Assert.Null(result.Violation);
            Assert.Equal(0, result.Faults[FaultKind.Reordering]);
            foreach (var (link, messages) in arrived)
            {
                // Only the first arrival of each message. The copy arrives after the messages that were sent meanwhile.
                var first = messages.Distinct(ReferenceEqualityComparer.Instance).ToArray();
                Assert.Equal(sent[link].Take(first.Length), first, ReferenceEqualityComparer.Instance);
            }
        }
    }

    [Theory]
    [InlineData(TimeMode.Nondeterministic)]
    [InlineData(TimeMode.Virtual)]
    public void Messages_overtake_others_no_more_often_than_the_budget_allows(TimeMode time)
    {
        var options = new ClusterOptions { Faults = FaultBudget.None with { Reorderings = 3 }, Time = time };
        var struck = 0L;
        for (var seed = 0UL; seed < 50; seed++)
        {
            var (result, _, _) = Watched(options, seed);
            Assert.InRange(result.Faults[FaultKind.Reordering], 0, 3);
            struck = Math.Max(struck, result.Faults[FaultKind.Reordering]);
        }

        Assert.Equal(3, struck);
    }

    [Theory]
    [InlineData(TimeMode.Nondeterministic, 0)]
    [InlineData(TimeMode.Virtual, 3)]
    public void Delays_strike_only_in_virtual_time_and_no_more_often_than_the_budget_allows(TimeMode time, int most)
    {
        var options = new ClusterOptions { Faults = FaultBudget.None with { Delays = 3, Reorderings = int.MaxValue }, Time = time };

        Assert.Equal(
            most, Enumerable.Range(0, 50).Max(seed => Watched(options, (ulong)seed, new SwarmWalk()).Result.Faults[FaultKind.Delay]));
    }

    private static (ScheduleResult Result, Dictionary<string, List<Message>> Sent, Dictionary<string, List<Message>> Arrived) Watched(
        ClusterOptions options, ulong seed, IStrategy? strategy = null)
    {
        var sent = new Dictionary<string, List<Message>>();
        var arrived = new Dictionary<string, List<Message>>();
        var result = Runs.Once(
            async cluster =>
            {
                ((SimulatedCluster)cluster).Network.Watch(happened =>
                {
                    var messages = happened.Kind == TraceEventKind.Sent ? sent : happened.Kind == TraceEventKind.Arrived ? arrived : [];
                    var link = $"{happened.From} to {happened.To}";
                    if (!messages.TryGetValue(link, out var ofLink))
                    {
                        messages.Add(link, ofLink = []);
                    }

                    ofLink.Add(happened.Message);
                });
                await cluster.StartAsync();
                await cluster.ProposeAtRandomAsync(proposals: 10, steps: 40);
                cluster.EndFaults();
                await cluster.ProposeAtRandomAsync(proposals: 10, steps: 40);
                await cluster.AwaitConvergenceAsync();
            },
            options,
            seed,
            strategy);
        return (result, sent, arrived);
    }
}
