using Raft.Impl.Core;
using static Raft.Tests.Node.RunningCluster;

namespace Raft.Tests.Node;

/// <summary>Three nodes together, in real time.</summary>
public class ClusterTests
{
    [Fact]
    public async Task A_cluster_elects_a_leader_that_all_know()
    {
        await using var cluster = await StartAsync();
        await Eventually.Holds(
            () => cluster.Nodes.Select(node => (node.Status.Term, node.Status.Leader)).Distinct().Count() == 1
                && cluster.Nodes.Count(node => node.Status.IsLeader && node.Status.Leader == node.Id) == 1,
            "all agree on a leader, and it is the only one");
    }

    [Fact]
    public async Task Proposals_reach_every_service_once_each_and_in_the_same_order()
    {
        await using var cluster = await StartAsync();
        var placed = new Dictionary<LogIndex, string>();
        for (var i = 0; i < 30; i++)
        {
            placed.Add(await cluster.CommitAsync($"x{i}"), $"x{i}");
        }

        var last = placed.Keys.Max();
        await cluster.AllAppliedAsync(last);
        foreach (var member in Members)
        {
            var applied = cluster.AppliedBy(member);
            Assert.Equal(Enumerable.Range(1, applied.Length), applied.Select(message => (int)message.Index.Value));
            Assert.Equal(cluster.AppliedBy(Members[0])[..(int)last.Value], applied[..(int)last.Value]);
            Assert.All(placed, one => Assert.Equal(one.Value, applied[(int)one.Key.Value - 1].Command.ToString()));
        }
    }

    [Fact]
    public async Task A_follower_takes_no_proposal_and_says_so()
    {
        await using var cluster = await StartAsync();
        await Eventually.Holds(() => cluster.Nodes.Any(node => node.Status is { IsLeader: false, Leader: not null }), "a node follows");
        var refused = false;
        for (var attempt = 0; attempt < 100 && !refused; attempt++)
        {
            var follower = cluster.Nodes.First(node => !node.Status.IsLeader);
            var proposal = await Eventually.Ends(follower.ProposeAsync(Command.FromText("x")));
            Assert.Equal(proposal.IsLeader, proposal.Index > LogIndex.Zero);
            refused = !proposal.IsLeader;
        }

        Assert.True(refused);
    }

    [Fact]
    public async Task The_others_go_on_without_a_leader_that_stops()
    {
        await using var cluster = await StartAsync();
        var first = await cluster.CommitAsync("before");
        var leader = (await cluster.LeaderAsync()).Id;
        await cluster.StopAsync(leader);
        var second = await cluster.CommitAsync("after");
        Assert.True(second > first);
        await cluster.AllAppliedAsync(second);
        Assert.DoesNotContain(cluster.Nodes, node => node.Status.Leader == leader);
    }

    [Fact]
    public async Task A_node_that_was_away_catches_up_from_its_own_storage_and_the_leaders_entries()
    {
        await using var cluster = await StartAsync();
        await cluster.AllAppliedAsync(await cluster.CommitAsync("before"));
        await cluster.StopAsync(Members[2]);
        await cluster.CommitAsync("meanwhile");
        await cluster.StartAsync(Members[2]);
        var last = await cluster.CommitAsync("after");
        await cluster.AllAppliedAsync(last);
        var applied = cluster.AppliedBy(Members[2]);
        Assert.Equal(Enumerable.Range(1, applied.Length), applied.Select(message => (int)message.Index.Value));
        Assert.Equal(cluster.AppliedBy(Members[0])[..(int)last.Value], applied[..(int)last.Value]);
    }

    [Fact]
    public async Task A_node_that_was_away_for_long_catches_up_from_the_leaders_snapshot()
    {
        await using var cluster = await StartAsync(snapshotEvery: 5);
        await cluster.AllAppliedAsync(await cluster.CommitAsync("before"));
        await cluster.StopAsync(Members[2]);
        var last = LogIndex.Zero;
        for (var i = 0; i < 12; i++)
        {
            last = await cluster.CommitAsync($"x{i}");
        }

        await cluster.AllAppliedAsync(last);
        await Eventually.Holds(
            () => cluster.Nodes.All(node => node.Status.SnapshotIndex >= new LogIndex(10)), "the others have compacted their logs");
        await cluster.StartAsync(Members[2]);
        await cluster.AllAppliedAsync(await cluster.CommitAsync("after"));
        var applied = cluster.AppliedBy(Members[2]);
        var snapshot = Assert.Single(applied.Select(message => message.Snapshot).OfType<Snapshot>());
        Assert.Equal($"state at {snapshot.LastIndex}", snapshot.Data.ToString());
        var since = applied.SkipWhile(message => message.Snapshot is null).Skip(1).Select(message => message.Index).ToArray();
        Assert.Equal(Enumerable.Range(1, since.Length).Select(i => snapshot.LastIndex + i), since);
    }

    [Fact]
    public async Task Services_that_take_snapshots_while_they_apply_miss_and_repeat_nothing()
    {
        await using var cluster = await StartAsync(snapshotEvery: 3);
        var last = LogIndex.Zero;
        for (var i = 0; i < 20; i++)
        {
            last = await cluster.CommitAsync($"x{i}");
        }

        await cluster.AllAppliedAsync(last);
        Assert.All(Members, member =>
        {
            // A node that fell behind may have been given a snapshot for what it missed.
            var reached = LogIndex.Zero;
            foreach (var message in cluster.AppliedBy(member))
            {
                Assert.True(
                    message.Snapshot is null ? message.Index == reached.Next : message.Index > reached, $"{message} came after {reached}");
                reached = message.Index;
            }
        });
        await Eventually.Holds(() => cluster.Nodes.All(node => node.Status.SnapshotIndex >= new LogIndex(18)), "all logs are compacted");
    }
}
