using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Cluster;

public sealed class ClusterTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(7)]
    public void Clusters_of_any_size_agree_once_faults_end(int servers)
    {
        var options = new ClusterOptions
        {
            Servers = servers,
            Faults = new FaultBudget { Losses = 5, Crashes = 2, Partitions = 2, OneWayCuts = 1 },
        };
        for (var seed = 0UL; seed < 50; seed++)
        {
            var result = Schedule.Run(
                new Scenario("test", "a test", options, Scenario.All.First(one => one.Name == "churn").RunAsync),
                options,
                Runs.Chooser(),
                seed);
            Assert.Null(result.Violation);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(-1)]
    public void A_cluster_has_one_to_seven_servers(int servers)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new ClusterOptions { Servers = servers });
        Assert.Contains("1 to 7", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_more_faults_strike_than_the_budget_allows_and_all_kinds_do_strike()
    {
        var budget = new FaultBudget
        {
            Losses = 3,
            Duplications = 2,
            Reorderings = 5,
            Delays = 4,
            Partitions = 1,
            OneWayCuts = 1,
            Crashes = 2,
            SlowDisks = 1,
            Stops = 1,
            DiskFailures = 1,
            PortFailures = 1,
            Strays = 1,
            ServiceFailures = 1,
            FullDisks = 1,
            Damages = 1,
        };
        var struck = new FaultCounts();
        for (var seed = 0UL; seed < 1500; seed++)
        {
            var options = new ClusterOptions { Faults = budget, Files = true };
            var faults = Runs.Once(async cluster =>
            {
                await cluster.StartAsync();
                for (var i = 0; i < 10; i++)
                {
                    await cluster.PauseAsync(40);
                    await cluster.ProposeAsync(cluster.Leader ?? cluster.Servers[0]);
                }
            }, options, seed, new SwarmWalk()).Faults;
            struck.Add(faults);
            Assert.All(
                FaultCounts.Kinds,
                kind => Assert.True(faults[kind] <= budget[kind], $"{kind}: {faults[kind]} struck, {budget[kind]} allowed"));
        }

        Assert.All(FaultCounts.Kinds, kind => Assert.True(struck[kind] > 0, $"{kind} never struck"));
    }

    [Fact]
    public void Without_a_budget_no_fault_strikes()
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var result = Runs.Once(async cluster =>
            {
                await cluster.StartAsync();
                await cluster.PauseAsync(300);
            }, new ClusterOptions { Faults = FaultBudget.None }, seed);
            Assert.Equal(0, result.Faults.Total);
        }
    }

    [Fact]
    public void A_leader_that_is_cut_off_commits_nothing_and_the_others_continue()
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var result = Runs.Once(async cluster =>
            {
                await cluster.StartAsync();
                cluster.EndFaults();
                await cluster.UntilAsync(() => cluster.Leader is not null, "a leader");
                var old = cluster.Leader!.Value;
                await cluster.ProposeAsync(old);
                await cluster.UntilAsync(
                    () => cluster.Servers.All(server => cluster.Applied(server) >= new LogIndex(1)), "entry 1 everywhere");
                cluster.Partition(old);
                var lost = await cluster.ProposeAsync(old);
                Assert.True(lost?.IsLeader);
                await cluster.UntilAsync(() => cluster.Leader != old, "another leader");
                var kept = await cluster.ProposeAsync(cluster.Leader!.Value);
                await cluster.UntilAsync(
                    () => cluster.Servers.Count(server => cluster.Applied(server) >= kept!.Value.Index) == 2, "agreement of the others");
                Assert.Equal(new LogIndex(1), cluster.CommitIndex(old));
                cluster.Heal();
                await cluster.UntilAsync(() => cluster.Applied(old) >= kept!.Value.Index, "the old leader to follow");
            }, seed: seed);
            Assert.Null(result.Violation);
        }
    }

    [Fact]
    public void A_proposal_to_a_server_that_is_down_has_no_answer()
    {
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            cluster.Crash(cluster.Servers[0]);
            Assert.False(cluster.IsUp(cluster.Servers[0]));
            Assert.Null(await cluster.ProposeAsync(cluster.Servers[0]));
            cluster.Restart(cluster.Servers[0]);
            Assert.NotNull(await cluster.ProposeAsync(cluster.Servers[0]));
        });
        Assert.Null(result.Violation);
    }

    [Fact]
    public void A_server_that_is_down_cannot_crash_and_one_that_is_up_cannot_start()
    {
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            cluster.Crash(cluster.Servers[0]);
            cluster.Crash(cluster.Servers[0]);
            cluster.Restart(cluster.Servers[0]);
            await cluster.AwaitConvergenceAsync();
            cluster.Restart(cluster.Servers[0]);

            // A new incarnation would have applied nothing yet.
            Assert.NotEqual(LogIndex.Zero, cluster.Applied(cluster.Servers[0]));
        }, new ClusterOptions { Faults = FaultBudget.None });
        Assert.Null(result.Violation);
        Assert.Equal(1, result.Faults[FaultKind.Crash]);
    }

    [Fact]
    public void Schedules_with_different_seeds_differ_and_with_equal_seeds_are_equal()
    {
        var scenario = Scenario.All.First(one => one.Name == "churn");
        ulong Digest(ulong seed) => Schedule.Run(scenario, scenario.Options, Runs.Chooser(), seed).Digest;

        Assert.Equal(Digest(1), Digest(1));
        Assert.NotEqual(Digest(1), Digest(2));
    }
}
