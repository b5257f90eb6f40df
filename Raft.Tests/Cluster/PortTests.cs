using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Cluster;

/// <summary>Servers whose ports fail, whose node is stopped, or that get messages that no server sent.</summary>
public sealed class PortTests
{
    private static readonly ClusterOptions _virtual = new() { Faults = FaultBudget.None, Time = TimeMode.Virtual };

    [Fact]
    public void A_node_that_is_stopped_releases_its_disk_and_the_next_node_starts_with_everything_that_it_wrote()
    {
        var result = Runs.Once(
            async cluster =>
            {
                await cluster.StartAsync();
                await LeaderAsync(cluster);
                var leader = Simulated(cluster, cluster.Leader!.Value);
                await cluster.ProposeTogetherAsync(leader.Id, 10);
                leader.Stop();
                await cluster.UntilAsync(() => !leader.IsUp, "the node to stop");
                Assert.Equal(0, leader.Disk.InFlight);
                Assert.Equal(10, leader.State.Durable.Log.LastIndex.Value);
                cluster.Restart(leader.Id);
                await cluster.AwaitConvergenceAsync();
            },
            _virtual);

        Assert.Null(result.Violation);
    }

    [Fact]
    public void On_files_the_first_server_keeps_no_entry_in_memory_that_it_can_read_back_and_the_others_a_few()
    {
        var result = Runs.Once(
            async cluster =>
            {
                await cluster.StartAsync();
                await LeaderAsync(cluster);
                await cluster.ProposeTogetherAsync(cluster.Leader!.Value, 20);
                await cluster.AwaitConvergenceAsync();
                foreach (var number in (int[])[1, 2, 3])
                {
                    var log = Simulated(cluster, new ServerId(number)).State.Core!.Log;
                    Assert.InRange(log.LastIndex.Value, 20, 21);
                    Assert.InRange(log.Entries.Bytes, 0, 2 * (number - 1) * LogEntry.Overhead);
                }
            },
            _virtual with { Files = true });

        Assert.Null(result.Violation);
    }

    [Fact]
    public void A_server_whose_disk_fails_a_write_stops_and_comes_back()
    {
        var result = Runs.Once(
            async cluster =>
            {
                await cluster.StartAsync();
                await LeaderAsync(cluster);
                var leader = Simulated(cluster, cluster.Leader!.Value);
                leader.Disk.FailNext();
                await cluster.ProposeAsync(leader.Id);
                await cluster.UntilAsync(() => !leader.IsUp, "the node to stop");
                await cluster.AwaitConvergenceAsync();
            },
            _virtual);

        Assert.Null(result.Violation);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_port_that_throws_costs_at_most_a_message(int port)
    {
        var result = Runs.Once(
            async cluster =>
            {
                await cluster.StartAsync();
                await LeaderAsync(cluster);
                var leader = Simulated(cluster, cluster.Leader!.Value);
                leader.FailPort(port);
                await cluster.ProposeTogetherAsync(leader.Id, 5);
                await cluster.PauseAsync(100);
                leader.Stop();
                await cluster.UntilAsync(() => !leader.IsUp, "the node to stop");
                await cluster.AwaitConvergenceAsync();
            },
            _virtual);

        Assert.Null(result.Violation);
    }

    [Fact]
    public void No_server_takes_a_stray()
    {
        var kinds = new HashSet<Type>();
        for (var seed = 0UL; seed < 200; seed++)
        {
            var choices = new Choices(new RandomWalk());
            choices.Begin(seed);
            var result = Runs.Once(
                async cluster =>
                {
                    await cluster.StartAsync();
                    await LeaderAsync(cluster);
                    await cluster.ProposeTogetherAsync(cluster.Leader!.Value, 3);
                    await cluster.PauseAsync(cluster.Choose(60));

                    // The scenario must continue in its own context, not in that of a server, which ends at a crash.
                    var context = SynchronizationContext.Current;
                    foreach (var server in ((SimulatedCluster)cluster).Simulated)
                    {
                        var stray = Stray.To(server.State, cluster.Servers, choices);
                        kinds.Add(stray.GetType());
                        ((SimulatedCluster)cluster).SendStray(server, stray);
                    }

                    SynchronizationContext.SetSynchronizationContext(context);

                    await cluster.AwaitConvergenceAsync();
                },
                _virtual,
                seed);
            Assert.Null(result.Violation);
        }

        Assert.Equal(7, kinds.Count);
    }

    [Fact]
    public void An_action_of_a_node_after_its_end_is_a_violation()
    {
        var result = Runs.Once(
            async cluster =>
            {
                await cluster.StartAsync();
                var first = Simulated(cluster, new ServerId(1));
                var port = first.Port!;
                first.Stop();
                await cluster.UntilAsync(() => !first.IsUp, "the node to stop");
                port.Send(new RequestVote(new ServerId(1), new ServerId(2), new Term(1), LogIndex.Zero, Term.Zero));
                await cluster.AwaitConvergenceAsync();
            },
            _virtual);

        Assert.Equal("Lifetime", result.Violation?.Property);
        Assert.Contains("The node of S1 has stopped, but sent RequestVote S1 -> S2", result.Violation?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_carries_no_more_bytes_a_second_than_its_bandwidth()
    {
        var options =
            _virtual with { BytesPerSecond = 20_000, Core = new CoreOptions { MaxMessageBytes = 1_000, MaxInflightBytes = 2_000 } };
        var sent = new Dictionary<ServerId, long>();
        var seconds = 0.0;
        var result = Runs.Once(
            async cluster =>
            {
                var simulated = (SimulatedCluster)cluster;
                await cluster.StartAsync();
                await LeaderAsync(cluster);
                var began = simulated.Now;
                simulated.Network.Watch(happened =>
                {
                    var message = happened.Message;
                    if (happened.Kind == TraceEventKind.Arrived && message.From == cluster.Leader)
                    {
                        sent[message.To] = sent.GetValueOrDefault(message.To) + message.Size;
                    }
                });
                for (var i = 0; i < 20; i++)
                {
                    await cluster.ProposeTogetherAsync(cluster.Leader!.Value, 50);
                    await cluster.PauseAsync(20);
                }

                await cluster.AwaitConvergenceAsync();
                seconds = (double)(simulated.Now - began) / TimeSpan.TicksPerSecond;
            },
            options);

        Assert.Null(result.Violation);
        Assert.All(sent.Values, bytes => Assert.InRange(bytes, 1_000 * 34, (long)(seconds * options.BytesPerSecond) + 2_000));
    }

    private static Task LeaderAsync(ICluster cluster) => cluster.UntilAsync(() => cluster.Leader is not null, "a leader");

    private static SimulatedServer Simulated(ICluster cluster, ServerId id) => ((SimulatedCluster)cluster).Simulated[id.Value - 1];
}
