using System.Diagnostics;
using Raft.Impl.Core;
using Raft.Impl.Storage.Files;
using Raft.Tests.Storage.Files;
using Raft.Verification.Cluster;
using Xunit.Abstractions;
using static Raft.Tests.Node.LoadCluster;

namespace Raft.Tests.Node;

/// <summary>Nodes whose logs are far longer than what they hold in memory. Nothing is compacted.</summary>
[Collection("Load")]
public sealed class LongLogTests(ITestOutputHelper output) : IDisposable
{
    // A log of a million entries takes some 80 MB in memory.
    private const long MostBytes = 64 << 20;

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"raft-{Guid.NewGuid():n}");

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public Task Of_twenty_thousand_entries_a_follower_and_a_service_get_all_although_few_are_in_memory() => LongLogAsync(20_000, 64 << 10);

    [Fact]
    [Trait("Category", "Long")]
    public Task Of_a_million_entries_only_the_cache_is_in_memory_and_a_follower_and_a_service_get_them_all() =>
        LongLogAsync(1_000_000, 8 << 20);

    [Fact]
    [Trait("Category", "Load")]
    public Task Of_ten_million_entries_only_the_cache_is_in_memory_and_a_follower_and_a_service_get_them_all() =>
        LongLogAsync(10_000_000, 8 << 20);

    [Fact]
    public Task A_leader_that_cannot_read_an_entry_back_stops_with_the_reason_and_the_others_continue() =>
        Measured.InAttempts(output, async () =>
        {
            var files = new Dictionary<ServerId, GatedFiles>();
            var directory = Path.Combine(_path, Guid.NewGuid().ToString("n"));
            await using var cluster = await StartAsync(storageOf: id => new FileStorage(
                files[id] = new GatedFiles(new DirectoryFiles(Path.Combine(directory, $"{id}"))),
                new FileStorageOptions { ClusterId = Guid.Empty, ServerId = id, LogCacheBytes = 0 }));
            var lagging = cluster.Followers[0].Node.Id;
            await cluster.StopAsync(lagging);
            await cluster.ServeAsync(100, 1_000, CommandOf(16));
            await cluster.ElectAsync();
            var (leader, last) = (cluster.Leader.Node, cluster.Leader.Applied);

            files[leader.Id].Fails = static operation => operation.Kind == FileOperationKind.Read;
            await cluster.StartAsync(lagging);

            await Eventually.Holds(() => leader.Status.HasStopped || cluster[lagging].Applied >= last, "the leader reads an entry back");
            Measured.InTime(leader.Status.HasStopped, "The leader was deposed.");
            var failure = await Assert.ThrowsAsync<IOException>(() => leader.Completion);
            Assert.Contains("Read log-", failure.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<IOException>(() => cluster.StopAsync(leader.Id));
            await Eventually.Ends(cluster[lagging].AppliedAsync(last));
        });

    private async Task LongLogAsync(int entries, long cacheBytes)
    {
        await using var cluster = await StartAsync(storageOf: id => new FileStorage(
            new DirectoryFiles(Path.Combine(_path, $"{id}")),
            new FileStorageOptions { ClusterId = Guid.Empty, ServerId = id, LogCacheBytes = cacheBytes }));
        var lagging = cluster.Followers[0].Node.Id;
        await cluster.StopAsync(lagging);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await Measure("written", async () =>
        {
            for (var left = entries; left > 0; left -= 500_000)
            {
                await cluster.ServeAsync(2_000, Math.Min(left, 500_000), CommandOf(16));
            }
        });

        await cluster.ElectAsync();
        var last = cluster.Leader.Applied;
        Assert.True(last.Value >= entries);
        await cluster.StartAsync(lagging);
        await Measure("given to the follower that was down", () => cluster[lagging].AppliedAsync(last));

        await cluster.ElectAsync();
        var leader = cluster.Leader.Node.Id;
        await cluster.StopAsync(leader);
        await Measure("applied again after a restart", async () =>
        {
            await cluster.StartAsync(leader);
            await cluster[leader].AppliedAsync(last);
        });
        Assert.All(cluster.Running, member => Assert.Equal(0, member.Node.Status.SnapshotIndex.Value));

        async Task Measure(string what, Func<Task> work)
        {
            var begun = Stopwatch.GetTimestamp();
            await Task.Run(work).WaitAsync(_patience);
            var passed = Stopwatch.GetElapsedTime(begun);
            var held = GC.GetTotalMemory(forceFullCollection: true) - before;
            output.WriteLine($"{entries:n0} entries {what} in {passed.TotalSeconds:n1} s; the heap has grown by {held / 1e6:n1} MB.");
            Assert.True(held < MostBytes, $"After {entries:n0} entries were {what}, the heap has grown by {held / 1e6:n1} MB.");
        }
    }
}
