using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Raft.Hosting;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Service;
using Raft.Impl.Storage;
using Raft.Tests.Node;

namespace Raft.Tests.Hosting;

/// <summary>A server starts with its host, stops with it, and stops it if it fails.</summary>
public sealed class HostedServerTests
{
    [Fact]
    public async Task A_host_starts_its_server_and_stops_it_and_the_next_start_has_its_log_again()
    {
        await using var servers = new HostedServers(1);
        for (var expected = 1L; expected <= 2; expected++)
        {
            var host = await servers.StartAsync(1);
            Assert.Equal(expected, await AddAsync(RaftOf(host)));
            await host.StopAsync();
            Assert.True(RaftOf(host).Status.HasStopped);
            Assert.True(RaftOf(host).Node.Completion.IsCompletedSuccessfully);
        }

        Assert.True(servers.Log.Has("Information: S1, one of 1 members, runs on"));
        Assert.True(servers.Log.Has("Information: S1 has stopped"));
    }

    [Fact]
    public async Task Until_the_host_has_started_the_server_says_that_it_has_not()
    {
        await using var servers = new HostedServers(1);
        var raft = RaftOf(servers.Build(1));
        var error = Assert.Throws<InvalidOperationException>(() => raft.Status);
        Assert.Contains("has not started yet", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => raft.ReplicateAsync(Command.FromText("x")).AsTask());
    }

    // So what tells systemd that the service is ready, on ApplicationStarted, tells the truth.
    [Fact]
    public async Task When_the_application_has_started_so_has_the_server()
    {
        await using var servers = new HostedServers(1);
        var host = servers.Build(1);
        var started = false;
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(
            () => started = RaftOf(host).Status.HasStopped is false);
        await host.StartAsync();
        Assert.True(started);
    }

    [Fact]
    public async Task A_host_whose_later_service_fails_to_start_releases_the_files()
    {
        await using var servers = new HostedServers(1);
        var host = servers.Build(1, later: services => services.AddHostedService<FailingService>());
        var after = servers.Build(1);
        await Assert.ThrowsAsync<NotSupportedException>(() => host.StartAsync());
        await ((IAsyncDisposable)host).DisposeAsync();
        await after.StartAsync();
    }

    [Fact]
    public async Task A_server_whose_storage_fails_stops_its_host_with_an_exit_code_that_is_not_0()
    {
        var exitCode = Environment.ExitCode;
        try
        {
            await using var servers = new HostedServers(1);
            var storage = new HeldStorage();
            storage.ReleaseAll();
            var host = await servers.StartAsync(1, services: services => services.AddSingleton<IRaftStorage>(storage));
            await AddAsync(RaftOf(host));
            storage.WriteFailure = new IOException("The disk is full.");
            _ = RaftOf(host).ReplicateAsync(Command.FromText("x")).AsTask();

            // It ends when the host stops by itself.
            await Eventually.Ends(host.WaitForShutdownAsync());
            Assert.Equal(1, Environment.ExitCode);
            Assert.True(servers.Log.Has("Critical: S1 has failed, so the host stops: The storage of S1 failed"));
        }
        finally
        {
            Environment.ExitCode = exitCode;
        }
    }

    [Fact]
    public async Task A_server_whose_state_machine_fails_stops_its_host()
    {
        var exitCode = Environment.ExitCode;
        try
        {
            await using var servers = new HostedServers(1);
            var host = await servers.StartAsync(1, services: services => services.AddSingleton<IStateMachine, FailingStateMachine>());
            await Eventually.Ends(RaftOf(host).WaitForLeaderAsync());
            var result = await Eventually.Ends(RaftOf(host).ReplicateAsync(Command.FromText("x")));
            Assert.Equal(ReplicationOutcome.Unknown, result.Outcome);
            await Eventually.Ends(host.WaitForShutdownAsync());
            Assert.True(servers.Log.Has("Critical: S1 has failed, so the host stops: The state machine of S1 failed", "no such account"));
        }
        finally
        {
            Environment.ExitCode = exitCode;
        }
    }

    [Fact]
    public async Task A_host_whose_files_another_host_uses_does_not_start()
    {
        await using var servers = new HostedServers(1);
        await servers.StartAsync(1);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => servers.StartAsync(1));
        Assert.Contains("Another node uses the directory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_even_number_of_members_is_a_warning()
    {
        await using var servers = new HostedServers(2);
        await servers.StartAsync(1);
        Assert.True(servers.Log.Has("Warning: The cluster has 2 members", "no more failures than with 1"));
    }

    [Fact]
    public async Task A_state_machine_of_the_application_takes_the_place_of_a_type()
    {
        await using var servers = new HostedServers(1);
        var own = new ThreeHosts.Counter();
        var host = await servers.StartAsync(
            1, services: services => services.AddSingleton<IStateMachine>(_ => new SessionStateMachine(own)));
        await RaftOf(host).WaitForLeaderAsync();
        var result = await Eventually.Ends(RaftOf(host).ReplicateAsync(SessionCommand.Register(DateTimeOffset.UtcNow).Encode()));
        Assert.Equal(SessionOutcome.Registered, SessionAnswer.Decode(result.Answer!.Value).Outcome);
    }

    internal static IRaft RaftOf(IHost host) => host.Services.GetRequiredService<IRaft>();

    internal static async Task<long> AddAsync(IRaft raft)
    {
        await Eventually.Ends(raft.WaitForLeaderAsync());
        var result = await Eventually.Ends(raft.ReplicateAsync(Command.FromText("add")));

        // A leader that a busy machine keeps from its followers for an election timeout steps down, and does not know.
        Measured.InTime(result.Outcome != ReplicationOutcome.Unknown, "The leader was deposed.");
        Assert.Equal(ReplicationOutcome.Applied, result.Outcome);
        return BitConverter.ToInt64(result.Answer!.Value.Span);
    }

    private sealed class FailingStateMachine : IStateMachine
    {
        public Task<IReadOnlyList<ReadOnlyMemory<byte>>> ApplyAsync(
            IReadOnlyList<ApplyMessage> entries, CancellationToken cancellationToken) => throw new ArgumentException("no such account");

        public Task SnapshotAsync(Stream destination, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RestoreAsync(Stream source, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class FailingService : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => throw new NotSupportedException("It does not start.");

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
