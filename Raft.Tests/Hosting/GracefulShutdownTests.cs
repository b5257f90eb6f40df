using Microsoft.Extensions.DependencyInjection;
using Raft.Hosting;
using Raft.Impl.Core;
using Raft.Impl.Transport;
using Raft.Tests.Node;
using Xunit.Abstractions;
using static Raft.Tests.Hosting.HostedServerTests;

namespace Raft.Tests.Hosting;

/// <summary>A leader whose host stops transfers its leadership first.</summary>
public sealed class GracefulShutdownTests(ITestOutputHelper output)
{
    [Fact]
    public Task Another_server_leads_at_once_without_an_election_timeout() => Measured.InAttempts(output, async () =>
    {
        await using var servers = new HostedServers(3);
        var second = await servers.StartAsync(2, StandsInAnHour);
        var third = await servers.StartAsync(3, StandsInAnHour);
        var first = await servers.StartAsync(1, StandsSoon);
        Assert.Equal(1, await AddAsync(RaftOf(first)));
        Assert.True(RaftOf(first).Status.IsLeader);

        await Eventually.Ends(first.StopAsync());

        // Neither of the others begins an election of its own accord.
        await Eventually.Holds(() => RaftOf(second).Status.IsLeader || RaftOf(third).Status.IsLeader, "another server leads");
        Assert.Equal(2, await AddAsync(RaftOf(RaftOf(second).Status.IsLeader ? second : third)));
        Assert.True(servers.Log.Has("Information: S1 has transferred its leadership to"));
    });

    [Fact]
    public async Task A_leader_whose_transfer_does_not_end_stops_after_the_time_for_it()
    {
        await using var servers = new HostedServers(2);
        var network = new InMemoryTransport();
        await servers.StartAsync(2, StandsInAnHour, services => services.AddSingleton<IRaftTransport>(network));
        var first = await servers.StartAsync(
            1,
            options =>
            {
                StandsSoon(options);
                options.TransferTimeout = TimeSpan.FromMilliseconds(50);
            },
            services => services.AddSingleton<IRaftTransport>(new WithoutTimeoutNow(network)));
        await AddAsync(RaftOf(first));
        await Eventually.Ends(first.StopAsync());
        Assert.True(RaftOf(first).Status.HasStopped);
        Assert.True(servers.Log.Has("Warning: S1 stops without having transferred its leadership", "timed out"));
    }

    private static void StandsSoon(RaftHostOptions options)
    {
        options.MinElectionTimeout = TimeSpan.FromSeconds(1);
        options.MaxElectionTimeout = TimeSpan.FromSeconds(2);
    }

    private static void StandsInAnHour(RaftHostOptions options)
    {
        options.MinElectionTimeout = TimeSpan.FromHours(1);
        options.MaxElectionTimeout = TimeSpan.FromHours(2);
    }

    private sealed class WithoutTimeoutNow(IRaftTransport transport) : IRaftTransport
    {
        public IDisposable Listen(ServerId server, Action<Message> receive) => transport.Listen(server, receive);

        public void Send(Message message)
        {
            if (message is not TimeoutNow)
            {
                transport.Send(message);
            }
        }
    }
}
