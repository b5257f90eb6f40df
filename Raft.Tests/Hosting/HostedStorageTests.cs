using Microsoft.Extensions.DependencyInjection;
using Raft.Hosting;
using Raft.Impl.Core;
using Raft.Impl.Service;
using Raft.Impl.Storage;
using Raft.Tests.Node;
using ThreeHosts;
using static Raft.Tests.Hosting.HostedServerTests;

namespace Raft.Tests.Hosting;

/// <summary>A server in a host uses everything that its storage can do.</summary>
public sealed class HostedStorageTests
{
    [Fact]
    public async Task The_state_machine_writes_a_snapshot_into_a_file()
    {
        await using var servers = new HostedServers(1);
        var directory = Path.Combine(servers.Directory, "server-1");
        for (var expected = 1L; expected <= 2; expected++)
        {
            var counter = new ObservedCounter(directory);
            var host = await servers.StartAsync(
                1, options => options.SnapshotEntries = 1, services => services.AddSingleton<IStateMachine>(counter));
            Assert.Equal(expected, await AddAsync(RaftOf(host)));
            Assert.Single(
                await Eventually.Ends(counter.FilesDuringSnapshot),
                file => file.StartsWith("snapshot-", StringComparison.Ordinal) && file.EndsWith(".unfinished", StringComparison.Ordinal));
            await host.StopAsync();
        }
    }

    // A member with a default would otherwise hide what the storage behind the wrapper can do.
    [Fact]
    public void A_wrapper_of_a_storage_has_every_member_of_the_interface_itself()
    {
        var wrappers = typeof(IRaft).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IRaftStorage))).ToList();
        Assert.Contains(typeof(TimedStorage), wrappers);
        Assert.All(
            wrappers,
            wrapper => Assert.All(
                wrapper.GetInterfaceMap(typeof(IRaftStorage)).TargetMethods, method => Assert.Equal(wrapper, method.DeclaringType)));
    }

    private sealed class ObservedCounter(string directory) : IStateMachine
    {
        private readonly Counter _counter = new();
        private readonly TaskCompletionSource<string[]> _files = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string[]> FilesDuringSnapshot => _files.Task;

        public Task<IReadOnlyList<ReadOnlyMemory<byte>>> ApplyAsync(
            IReadOnlyList<ApplyMessage> entries, CancellationToken cancellationToken) => _counter.ApplyAsync(entries, cancellationToken);

        public async Task SnapshotAsync(Stream destination, CancellationToken cancellationToken)
        {
            await _counter.SnapshotAsync(destination, cancellationToken);
            await destination.FlushAsync(cancellationToken);
            _files.TrySetResult([.. Directory.GetFiles(directory).Select(file => Path.GetFileName(file))]);
        }

        public Task RestoreAsync(Stream source, CancellationToken cancellationToken) => _counter.RestoreAsync(source, cancellationToken);
    }
}
