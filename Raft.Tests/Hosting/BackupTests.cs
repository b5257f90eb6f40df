using Microsoft.Extensions.Hosting;
using Raft.Hosting;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage.Files;
using Raft.Tests.Node;
using static Raft.Tests.Hosting.HostedServerTests;

namespace Raft.Tests.Hosting;

/// <summary>What docs/guides/operating.md says of copies of directories.</summary>
public sealed class BackupTests
{
    [Fact]
    public async Task A_cluster_starts_from_copies_of_all_its_directories_with_the_state_that_it_had_when_it_was_stopped()
    {
        await using var servers = new HostedServers(3);
        var hosts = await StartAsync(servers, "server");
        await AddAsync(hosts, 3);
        await StopAsync(hosts);
        CopyAll(servers, from: "server", to: "copy");

        // The originals run on. The copies do not know of this.
        hosts = await StartAsync(servers, "server");
        Assert.Equal(5, await AddAsync(hosts, 2));
        await StopAsync(hosts);

        hosts = await StartAsync(servers, "copy");
        Assert.Equal(4, await AddAsync(hosts, 1));
    }

    // Two copies are a majority, so the cluster runs without the third, which returns with new files.
    [Fact]
    public async Task A_server_whose_copy_is_missing_returns_to_a_cluster_that_was_restored_from_the_others()
    {
        await using var servers = new HostedServers(3);
        var hosts = await StartAsync(servers, "server");
        await AddAsync(hosts, 3);
        await StopAsync(hosts);
        CopyAll(servers, from: "server", to: "copy");
        var lost = Options(servers, 3);
        Directory.Delete(DirectoryOf(servers, "copy", 3), recursive: true);
        await FileStorage.GiveUpAsync(new DirectoryFiles(DirectoryOf(servers, "copy", 3)), lost);
        await Assert.ThrowsAsync<StorageRefusedException>(() => StartAsync(servers, "copy", 3));

        hosts = [await StartAsync(servers, "copy", 1), await StartAsync(servers, "copy", 2)];
        Assert.Equal(4, await AddAsync(hosts, 1));
        var term = RaftOf(hosts[0]).Status.Term;
        await Eventually.Holds(() => hosts.All(host => RaftOf(host).Status.Term == term), "both are in one term");
        await FileStorage.ReturnAsync(new DirectoryFiles(DirectoryOf(servers, "copy", 3)), lost, term);
        hosts = [.. hosts, await StartAsync(servers, "copy", 3)];

        await Eventually.Holds(() => RaftOf(hosts[2]).Status.LastApplied == RaftOf(hosts[0]).Status.LastApplied, "it has caught up");
        Assert.Equal(5, await AddAsync(hosts, 1));
    }

    [Fact]
    public async Task The_files_of_another_cluster_or_of_another_server_are_refused()
    {
        await using var servers = new HostedServers(1);
        await StopAsync([await StartAsync(servers, "server", 1)]);

        var options = Options(servers, 1);
        foreach (var other in new[] { options with { ClusterId = Guid.NewGuid() }, options with { ServerId = new(2) } })
        {
            var storage = new FileStorage(new DirectoryFiles(DirectoryOf(servers, "server", 1)), other);
            await Assert.ThrowsAsync<StorageRefusedException>(async () => await storage.OpenAsync());
        }
    }

    private static async Task<IHost[]> StartAsync(HostedServers servers, string directory) =>
        await Task.WhenAll(Enumerable.Range(1, 3).Select(server => StartAsync(servers, directory, server)));

    private static Task<IHost> StartAsync(HostedServers servers, string directory, int server) =>
        servers.StartAsync(server, options => options.DataDirectory = DirectoryOf(servers, directory, server));

    private static Task StopAsync(IHost[] hosts) => Eventually.Ends(Task.WhenAll(hosts.Select(host => host.StopAsync())));

    // The value of the counter after the last command. One that was refused is in no log.
    private static async Task<long> AddAsync(IHost[] hosts, int commands)
    {
        var value = 0L;
        while (commands > 0)
        {
            var leader = await Eventually.Ends(RaftOf(hosts[0]).WaitForLeaderAsync());
            var raft = hosts.Select(RaftOf).Single(raft => raft.Status.Id == leader);
            var result = await Eventually.Ends(raft.ReplicateAsync(Command.FromText("add")));
            if (result.Outcome == ReplicationOutcome.Refused)
            {
                await Task.Delay(10);
                continue;
            }

            Assert.Equal(ReplicationOutcome.Applied, result.Outcome);
            value = BitConverter.ToInt64(result.Answer!.Value.Span);
            commands--;
        }

        return value;
    }

    private static FileStorageOptions Options(HostedServers servers, int server)
    {
        var options = new RaftHostOptions();
        servers.Set(options, server);
        return new() { ClusterId = options.ClusterId!.Value, ServerId = new(server), SegmentBytes = options.SegmentBytes };
    }

    private static string DirectoryOf(HostedServers servers, string directory, int server) =>
        Path.Combine(servers.Directory, $"{directory}-{server}");

    private static void CopyAll(HostedServers servers, string from, string to)
    {
        for (var server = 1; server <= 3; server++)
        {
            var (source, copy) = (DirectoryOf(servers, from, server), DirectoryOf(servers, to, server));
            Directory.CreateDirectory(copy);
            foreach (var file in Directory.GetFiles(source))
            {
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            }
        }
    }
}
