using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Raft.Hosting;
using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Impl.Transport;
using Raft.Tests.Node;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Hosting.HostedServerTests;

namespace Raft.Tests.Hosting;

/// <summary>What the health checks say, on a clock that the test moves.</summary>
public sealed class HealthCheckTests : IAsyncLifetime
{
    private readonly HostedServers _one = new(1);
    private readonly HostedServers _three = new(3);
    private readonly FakeTimeProvider _clock = new();
    private readonly InMemoryTransport _network = new();
    private readonly HeldStorage _storage = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _storage.ReleaseAll();
        await _one.DisposeAsync();
        await _three.DisposeAsync();
    }

    [Fact]
    public async Task Before_the_start_and_after_the_end_no_check_is_healthy()
    {
        var host = _three.Build(1, services: Ports);
        AssertAll("The server has not started yet.", await AllAsync(host));
        await host.StartAsync();
        await host.StopAsync();
        AssertAll("S1 has stopped.", await AllAsync(host));

        static void AssertAll(string description, HealthReport report) => Assert.Equal(
            [
                (RaftHealthChecks.Lag, HealthStatus.Degraded, description),
                (RaftHealthChecks.Leader, HealthStatus.Unhealthy, description),
                (RaftHealthChecks.Storage, HealthStatus.Unhealthy, description),
            ],
            report.Entries.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value.Status, entry.Value.Description!)));
    }

    [Fact]
    public async Task Without_a_leader_a_server_is_degraded_and_after_a_while_unhealthy()
    {
        _storage.ReleaseAll();
        var host = await _three.StartAsync(1, services: Ports);
        _clock.Advance(TimeSpan.FromSeconds(3));
        var without = await CheckAsync(host, RaftHealthChecks.Leader);
        Assert.Equal((HealthStatus.Degraded, "S1 has known no leader for 3 s."), (without.Status, without.Description));
        _clock.Advance(TimeSpan.FromSeconds(8));
        without = await CheckAsync(host, RaftHealthChecks.Leader);
        Assert.Equal((HealthStatus.Unhealthy, 11.0), (without.Status, without.Data["secondsWithoutLeader"]));

        _network.Send(Heartbeat(commit: 0));
        await Eventually.Holds(() => RaftOf(host).Status.Leader == S2, "it knows the leader");
        var with = await CheckAsync(host, RaftHealthChecks.Leader);
        Assert.Equal((HealthStatus.Healthy, "S2"), (with.Status, with.Data["leader"]));
    }

    [Theory]
    [InlineData(10_000, HealthStatus.Healthy)]
    [InlineData(10_001, HealthStatus.Degraded)]
    public async Task A_follower_that_lacks_committed_entries_is_behind(long commit, HealthStatus expected)
    {
        _storage.ReleaseAll();
        var host = await _three.StartAsync(1, services: Ports);
        _network.Send(Heartbeat(commit));
        await Eventually.Holds(() => RaftOf(host).Status.Leader == S2, "it knows the leader");
        var lag = await CheckAsync(host, RaftHealthChecks.Lag);
        Assert.Equal((expected, commit), (lag.Status, lag.Data["lag"]));
    }

    [Fact]
    public async Task A_write_that_takes_too_long_is_unhealthy_until_it_is_durable()
    {
        var host = await _one.StartAsync(1, services: Ports);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host, RaftHealthChecks.Storage)).Status);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Eventually.Holds(() => _storage.Held > 0, "it writes its vote");
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host, RaftHealthChecks.Storage)).Status);
        _clock.Advance(TimeSpan.FromSeconds(11));
        var slow = await CheckAsync(host, RaftHealthChecks.Storage);
        Assert.Equal((HealthStatus.Unhealthy, 11.0), (slow.Status, slow.Data["oldestWriteSeconds"]));
        Assert.StartsWith("A write of S1 has not become durable for 11.0 s", slow.Description, StringComparison.Ordinal);
        _storage.ReleaseAll();
        await Eventually.Holds(() => RaftOf(host).Status.IsLeader, "it leads");
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host, RaftHealthChecks.Storage)).Status);
    }

    [Fact]
    public async Task A_server_whose_storage_has_failed_is_unhealthy()
    {
        var exitCode = Environment.ExitCode;
        try
        {
            var host = await _one.StartAsync(1, services: Ports);
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Eventually.Holds(() => _storage.Held > 0, "it writes its vote");
            _storage.Fail(new IOException("The disk is full."));
            await Eventually.Ends(host.WaitForShutdownAsync());
            var failed = await CheckAsync(host, RaftHealthChecks.Storage);
            Assert.Equal(HealthStatus.Unhealthy, failed.Status);
            Assert.StartsWith("S1 has failed: The storage of S1 failed", failed.Description, StringComparison.Ordinal);
        }
        finally
        {
            Environment.ExitCode = exitCode;
        }
    }

    [Fact]
    public async Task A_check_can_be_chosen_by_its_tag()
    {
        var host = _three.Build(1, services: Ports);
        Assert.Equal([RaftHealthChecks.Lag, RaftHealthChecks.Leader], await NamesAsync(RaftHealthChecks.Ready));
        Assert.Equal([RaftHealthChecks.Storage], await NamesAsync(RaftHealthChecks.Live));

        async Task<IEnumerable<string>> NamesAsync(string tag) =>
            (await ChecksOf(host).CheckHealthAsync(check => check.Tags.Contains(tag))).Entries.Keys.Order();
    }

    private static AppendEntries Heartbeat(long commit) =>
        new(S2, S1, new Term(5), LogIndex.Zero, Term.Zero, EntryList.Empty, new LogIndex(commit));

    private static HealthCheckService ChecksOf(IHost host) => host.Services.GetRequiredService<HealthCheckService>();

    private static Task<HealthReport> AllAsync(IHost host) => ChecksOf(host).CheckHealthAsync();

    private static async Task<HealthReportEntry> CheckAsync(IHost host, string name) => (await AllAsync(host)).Entries[name];

    private void Ports(IServiceCollection services)
    {
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton<IRaftTransport>(_network);
        services.AddSingleton<IRaftStorage>(_storage);
    }
}
