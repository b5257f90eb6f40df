using Raft.Impl.Core;
using Raft.Impl.Node;
using Xunit.Abstractions;
using static Raft.Tests.Node.LoadCluster;
using static Raft.Tests.Node.Measured;

namespace Raft.Tests.Node;

/// <summary>
/// Three nodes on a network that takes time by bytes, or that reorders: a follower that was down catches up, and the cluster keeps its
/// leader.
/// </summary>
[Collection("Load")]
public class FlowTests(ITestOutputHelper output)
{
    private const double TenMegabytes = 10e6;
    private const double Gigabit = 125e6;
    private static readonly Command _largest = CommandOf(CoreOptions.Default.MaxMessageBytes);

    [Fact]
    [Trait("Category", "Long")]
    public Task Messages_that_overtake_each_other_are_not_sent_over_and_over() => Reordering(20_000);

    [Fact]
    [Trait("Category", "Load")]
    public Task Messages_that_overtake_each_other_are_not_sent_over_and_over_for_200_000_entries() => Reordering(200_000);

    [Fact]
    [Trait("Category", "Long")]
    public Task A_follower_catches_up_with_large_commands_over_a_gigabit() => CatchingUp(Gigabit, _largest, 60);

    [Fact]
    [Trait("Category", "Long")]
    public Task A_follower_catches_up_with_40_KB_commands_over_10_MB_a_second() => CatchingUp(TenMegabytes, CommandOf(40_000), 250);

    [Fact]
    [Trait("Category", "Load")]
    public Task A_follower_catches_up_with_a_gigabyte_of_large_commands_over_a_gigabit() => CatchingUp(Gigabit, _largest, 1000);

    [Fact]
    [Trait("Category", "Load")]
    public Task A_follower_catches_up_with_200_MB_of_40_KB_commands_over_10_MB_a_second() =>
        CatchingUp(TenMegabytes, CommandOf(40_000), 5000);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(0)]
    [InlineData(40)]
    public Task A_large_snapshot_is_sent_about_once_and_installed_once(int latency) => LargeSnapshot(latency);

    [Fact]
    [Trait("Category", "Load")]
    public Task A_large_snapshot_is_sent_about_once_though_a_round_trip_takes_longer_than_a_heartbeat_interval() => LargeSnapshot(75);

    private Task LargeSnapshot(int latency) => InAttempts(output, async () =>
    {
        const int size = 20 << 20;
        var sent = new Sent();
        await using var transport = new LinkTransport(TenMegabytes, TimeSpan.FromMilliseconds(latency)) { Sending = sent.Count };
        await using var cluster = await StartAsync(transport, compactEvery: 200);
        foreach (var member in cluster.Running)
        {
            member.State = SnapshotData.Of(new byte[size]);
        }

        var behind = cluster.Followers[0].Node.Id;
        await cluster.StopAsync(behind);
        await cluster.ServeAsync(64, 250, CommandOf(16));
        await Eventually.Holds(() => cluster.Leader.Node.Status.SnapshotIndex == new LogIndex(200), "the log is compacted");
        var (leader, status) = (cluster.Leader, cluster.Leader.Node.Status);
        sent.Reset();
        await cluster.StartAsync(behind);
        await cluster[behind].AppliedAsync(status.LastIndex).WaitAsync(TimeSpan.FromSeconds(20));
        output.WriteLine($"{sent.SnapshotBytesTo(behind) / 1e6:n1} MB of chunks for a snapshot of {size / 1e6:n1} MB");
        KeepsItsLeader(cluster, leader, status);
        Assert.Equal(1, cluster[behind].Installed);

        // The first chunk may have gone while the follower was down, which is not counted here.
        Assert.InRange(sent.SnapshotBytesTo(behind), size - CoreOptions.Default.MaxMessageBytes, 1.3 * size);
    });

    private Task Reordering(int entries) => InAttempts(output, async () =>
    {
        var sent = new Sent();
        await using var transport = new LinkTransport(maxDelay: TimeSpan.FromMilliseconds(2)) { Sending = sent.Count };
        await using var cluster = await StartAsync(transport);
        var (leader, status) = (cluster.Leader, cluster.Leader.Node.Status);
        var load = await cluster.ServeAsync(1000, entries, CommandOf(16));
        var last = leader.Applied;
        await Task.WhenAll(cluster.Followers.Select(follower => follower.AppliedAsync(last))).WaitAsync(TimeSpan.FromSeconds(10));
        var ratios = cluster.Followers.Select(follower => (double)sent.EntriesTo(follower.Node.Id) / last.Value).ToArray();
        var times = string.Join(" and ", ratios.Select(ratio => $"{ratio:n2}"));
        output.WriteLine($"{entries:n0} entries in {load.TotalSeconds:n2} s; sent {times} times");
        KeepsItsLeader(cluster, leader, status);
        Assert.All(ratios, ratio => Assert.InRange(ratio, 1, 1.3));
    });

    private Task CatchingUp(double bytesPerSecond, Command command, int commands) => InAttempts(output, async () =>
    {
        var sent = new Sent();
        await using var transport = new LinkTransport(bytesPerSecond) { Sending = sent.Count };
        await using var cluster = await StartAsync(transport);
        var follower = cluster.Followers[0].Node;
        var behind = follower.Id;
        await cluster.StopAsync(behind);

        // It may have the no-op of the leader already.
        var held = follower.Status.LastIndex;
        await cluster.ServeAsync(16, commands, command);
        var (leader, status, bytes) = (cluster.Leader, cluster.Leader.Node.Status, (double)command.Length * commands);
        sent.Reset();
        var begun = TimeProvider.System.GetTimestamp();
        await cluster.StartAsync(behind);
        await cluster[behind].AppliedAsync(status.LastIndex).WaitAsync(TimeSpan.FromSeconds(10 + (2 * bytes / bytesPerSecond)));
        var passed = TimeProvider.System.GetElapsedTime(begun);
        output.WriteLine(
            $"{bytes / 1e6:n0} MB in {passed.TotalSeconds:n2} s, {sent.EntriesTo(behind)} entries sent for {status.LastIndex}");
        KeepsItsLeader(cluster, leader, status);
        Assert.InRange(sent.EntriesTo(behind), status.LastIndex - held, 1.3 * status.LastIndex.Value);
    });

    // On a machine that is so busy that a heartbeat is late by an election timeout, it need not.
    private static void KeepsItsLeader(LoadCluster cluster, Member leader, NodeStatus before) => InTime(
        cluster.Running.All(member => member.Node.Status.Term == before.Term) && leader.Node.Status.IsLeader,
        $"The leader of term {before.Term} was deposed.");

    // What was sent to each server.
    private sealed class Sent
    {
        private readonly object _gate = new();
        private readonly Dictionary<ServerId, (long Entries, long SnapshotBytes)> _to = [];

        public void Count(Message message)
        {
            lock (_gate)
            {
                var (entries, bytes) = _to.GetValueOrDefault(message.To);
                _to[message.To] = message switch
                {
                    AppendEntries request => (entries + request.Entries.Count, bytes),
                    InstallSnapshot request => (entries, bytes + request.Data.Length),
                    _ => (entries, bytes),
                };
            }
        }

        public long EntriesTo(ServerId server)
        {
            lock (_gate)
            {
                return _to.GetValueOrDefault(server).Entries;
            }
        }

        public long SnapshotBytesTo(ServerId server)
        {
            lock (_gate)
            {
                return _to.GetValueOrDefault(server).SnapshotBytes;
            }
        }

        public void Reset()
        {
            lock (_gate)
            {
                _to.Clear();
            }
        }
    }
}
