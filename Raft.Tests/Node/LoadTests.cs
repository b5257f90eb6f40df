using Raft.Impl.Core;
using Xunit.Abstractions;
using static Raft.Tests.Node.LoadCluster;
using static Raft.Tests.Node.Measured;

namespace Raft.Tests.Node;

/// <summary>
/// Three nodes in one process under load, with commands of 16 bytes. What is counted must be exact on any machine; what is measured is a
/// median, with a few attempts for a machine that is busy with other things.
/// </summary>
[Collection("Load")]
public class LoadTests(ITestOutputHelper output)
{
    private static readonly Command Small = CommandOf(16);
    private static readonly TimeSpan Disk = TimeSpan.FromMilliseconds(5);

    // Work that must not grow with the square of what is in flight: that would take 256 times as long. What no longer fits in the caches of
    // the processor takes longer too, up to twice as long for each proposal.
    [Fact]
    [Trait("Category", "Long")]
    public Task Sixteen_times_as_many_proposals_at_once_take_at_most_forty_times_as_long() => InAttempts(output, async () =>
    {
        var medians = await MediansOfPostingAsync(25_000, 400_000);
        var (few, many) = (medians[0], medians[1]);
        InTime(many < TimeSpan.FromSeconds(6), $"400,000 proposals took {many.TotalMilliseconds:n0} ms.");
        InTime(many <= 40 * few, $"25,000 proposals took {few.TotalMilliseconds:n0} ms, 400,000 {many.TotalMilliseconds:n0} ms.");
    });

    [Fact]
    [Trait("Category", "Long")]
    public Task On_a_slow_disk_sixteen_thousand_in_flight_commit_no_slower_than_a_thousand() => InAttempts(output, async () =>
    {
        var (few, many) = (await MedianOfServingAsync(1_000, 20_000), await MedianOfServingAsync(16_000, 80_000));
        InTime(many >= few, $"With 1,000 in flight {few:n0} commits a second, with 16,000 {many:n0}.");
    });

    // A follower that can carry the load.
    [Fact]
    [Trait("Category", "Long")]
    public Task Followers_keep_up_with_the_load() => InAttempts(output, async () =>
    {
        const int entries = 300_000;
        await using var cluster = await StartAsync();
        var (leader, followers) = (cluster.Leader, cluster.Followers);
        using var ended = new CancellationTokenSource();
        var maxLag = Task.Run(async () =>
        {
            var max = 0L;
            while (!ended.IsCancellationRequested)
            {
                max = Math.Max(max, followers.Max(follower => leader.Applied - follower.Applied));
                await Task.Delay(1);
            }

            return max;
        });
        var load = await cluster.ServeAsync(64, entries, Small);
        await ended.CancelAsync();
        var (lag, last) = (await maxLag, leader.Applied);
        Assert.True(last.Value >= entries);
        await Task.WhenAll(followers.Select(follower => follower.AppliedAsync(last))).WaitAsync(TimeSpan.FromSeconds(1));
        var rate = entries / load.TotalSeconds;
        Report($"{entries:n0} entries in {load.TotalSeconds:n2} s, {rate:n0}/s; followers were at most {lag:n0} behind");
        InTime(lag <= entries / 10, $"A follower was {lag:n0} entries behind.");
        InTime(leader == cluster.Leader, "The leader changed.");
    });

    // A leader that nothing answers.
    [Fact]
    [Trait("Category", "Long")]
    public Task An_isolated_leader_takes_what_its_backlog_allows_and_refuses_the_rest() => IsolatedLeader(TimeSpan.FromSeconds(1), 8 << 20);

    [Fact]
    [Trait("Category", "Load")]
    public Task An_isolated_leader_takes_what_its_backlog_allows_and_refuses_the_rest_for_as_long_as_it_lasts() =>
        IsolatedLeader(TimeSpan.FromSeconds(5), CoreOptions.Default.MaxUncommittedBytes);

    // Memory.
    [Fact]
    [Trait("Category", "Long")]
    public Task Memory_stays_flat_while_a_follower_is_down_and_the_log_is_compacted() => MemoryStaysFlat(20_000, 100_000);

    [Fact]
    [Trait("Category", "Load")]
    public Task Memory_stays_flat_over_a_million_entries_while_a_follower_is_down_and_the_log_is_compacted() =>
        MemoryStaysFlat(100_000, 500_000, 1_000_000);

    // The election timer under load.
    [Fact]
    [Trait("Category", "Long")]
    public async Task Under_a_flood_no_election_begins_sooner_after_a_heartbeat_than_the_shortest_timeout()
    {
        var options = Options with
        {
            HeartbeatInterval = TimeSpan.FromMilliseconds(20),
            MinElectionTimeout = TimeSpan.FromMilliseconds(100),
            MaxElectionTimeout = TimeSpan.FromMilliseconds(200),
        };
        var audit = new ElectionAudit(TimeProvider.System, options.MinElectionTimeout);
        await using var transport = new LinkTransport();
        await using var cluster = await StartAsync(transport, options: options, observer: audit, compactEvery: 1000);
        var audited = cluster[new ServerId(3)].Node;
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await Task.WhenAll(
            Task.Run(async () =>
            {
                // Proposals to every node, and messages that say nothing.
                while (!end.IsCancellationRequested)
                {
                    var answers = Enumerable.Range(0, 2000)
                        .SelectMany(_ => cluster.Running.Select(member => member.Node.ProposeAsync(Small)))
                        .ToArray();
                    for (var i = 0; i < 2000; i++)
                    {
                        transport.Send(new RequestVoteReply(new ServerId(2), audited.Id, new Term(1), VoteGranted: false));
                    }

                    await Task.WhenAll(answers);
                }
            }),
            Task.Run(async () =>
            {
                // Each leader is cut off after a while.
                while (!end.IsCancellationRequested)
                {
                    await Task.Delay(150);
                    var leader = cluster.Running.FirstOrDefault(member => member.Node.Status.IsLeader && member.Node != audited);
                    transport.Isolated = leader?.Node.Id;
                    await Task.Delay(300);
                    transport.Isolated = null;
                }
            }));
        Report($"{audit.Elections} elections");
        Assert.True(audit.Elections > 0);
        Assert.Null(audit.TooEarly);
    }

    private async Task IsolatedLeader(TimeSpan time, long maxUncommittedBytes)
    {
        const int size = 1000;
        await using var transport = new LinkTransport();

        // A leader that checks its quorum would step down.
        var options = Options with
        {
            Protocol = ProtocolOptions.Figure2,
            Core = new CoreOptions { MaxUncommittedBytes = maxUncommittedBytes },
        };
        await using var cluster = await StartAsync(transport, options: options);
        var leader = cluster.Leader;
        var before = leader.Node.Status.LastIndex;
        transport.Isolated = leader.Node.Id;
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        using var end = new CancellationTokenSource(time);
        var refusals = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var counts = new long[Enum.GetValues<ProposalRefusal>().Length];
            while (!end.IsCancellationRequested)
            {
                counts[(int)(await leader.Node.ProposeAsync(CommandOf(size))).Refusal]++;
            }

            return counts;
        })));
        var taken = refusals.Sum(counts => counts[(int)ProposalRefusal.None]);
        var refused = refusals.Sum(counts => counts[(int)ProposalRefusal.Backlog]);
        var used = GC.GetTotalMemory(forceFullCollection: true) - memory;
        Report(
            $"an isolated leader took {taken:n0} of {taken + refused:n0} proposals, "
            + $"and {used / 1e6:n0} MB of memory for {maxUncommittedBytes / 1e6:n0} MB");
        Assert.Equal(taken + refused, refusals.Sum(counts => counts.Sum()));
        Assert.True(refused > taken);
        Assert.Equal(maxUncommittedBytes / (size + LogEntry.Overhead), taken);
        var status = leader.Node.Status;
        Assert.Equal((true, before + taken, refused), (status.IsLeader, status.LastIndex, leader.Node.Counters.RefusedProposals));
        Assert.True(used < 1.5 * maxUncommittedBytes, $"It took {used / 1e6:n0} MB.");
    }

    private async Task MemoryStaysFlat(params int[] entries)
    {
        await using var cluster = await StartAsync(compactEvery: 5_000);
        await cluster.StopAsync(cluster.Followers[0].Node.Id);
        var (leader, done, memory) = (cluster.Leader, 0, new List<long>());
        foreach (var count in entries)
        {
            await cluster.ServeAsync(1_000, count - done, Small);
            done = count;
            await cluster.Followers.Single().AppliedAsync(leader.Applied);
            memory.Add(GC.GetTotalMemory(forceFullCollection: true));
        }

        var measured = $"memory after {string.Join(", ", entries.Select((count, i) => $"{count:n0} entries {memory[i] / 1e6:n1} MB"))}";
        Report(measured);
        Assert.Same(leader, cluster.Leader);
        Assert.True(leader.Node.Status.LastIndex - leader.Node.Status.SnapshotIndex <= 20_000, $"{leader.Node.Status}");
        Assert.All(memory, bytes => Assert.True(bytes < (1.5 * memory[0]) + 5e6, measured));
    }

    // One after the other, so that a machine that is busy for a while is so for each of them.
    private async Task<TimeSpan[]> MediansOfPostingAsync(params int[] commands)
    {
        var times = commands.Select(_ => new List<TimeSpan>()).ToArray();
        await using var cluster = await StartAsync(compactEvery: 10_000);
        for (var run = 0; run < 6; run++)
        {
            for (var i = 0; i < commands.Length; i++)
            {
                GC.Collect();
                var paused = GC.GetTotalPauseDuration();
                var time = await Task.Run(() => cluster.PostAsync(commands[i], Small));

                // Whether the collector runs while there are few proposals depends on the tests before. So its pauses are not counted.
                time -= GC.GetTotalPauseDuration() - paused;
                var last = cluster.Leader.Applied;
                await Task.WhenAll(cluster.Followers.Select(follower => follower.AppliedAsync(last)));

                // The first run is for the compiler.
                if (run > 0)
                {
                    times[i].Add(time);
                }
            }
        }

        for (var i = 0; i < commands.Length; i++)
        {
            Report($"{commands[i]:n0} proposals at once: {string.Join(", ", times[i].Select(time => $"{time.TotalMilliseconds:n0}"))} ms");
        }

        return [.. times.Select(all => all.Order().ElementAt(all.Count / 2))];
    }

    private async Task<double> MedianOfServingAsync(int clients, int commands)
    {
        await using var cluster = await StartAsync(diskLatency: Disk);
        await cluster.ServeAsync(clients, clients, Small);
        var rates = new List<double>();
        for (var run = 0; run < 3; run++)
        {
            rates.Add(commands / (await cluster.ServeAsync(clients, commands, Small)).TotalSeconds);
        }

        var measured = string.Join(", ", rates.Select(rate => $"{rate:n0}"));
        Report($"{clients:n0} in flight on a disk of {Disk.TotalMilliseconds} ms: {measured} commits a second");
        return rates.Order().ElementAt(1);
    }

    private void Report(string line) => output.WriteLine(line);
}
