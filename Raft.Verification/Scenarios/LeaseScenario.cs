using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>
/// Dissertation §6.4.1: a leader with a lease answers reads at once. It is cut off, or asks another server to lead. Others take over while
/// it still answers reads, and clocks drift as far as the lease allows for. Each schedule draws the other extensions of Figure 2.
/// </summary>
internal static class LeaseScenario
{
    private const int _rounds = 3;
    private const int _reads = 10;

    public static Scenario Scenario { get; } = new(
        "lease",
        "leaders answer reads by their lease; they are cut off, others take over, and clocks drift",
        new ClusterOptions
        {
            Servers = 3,
            Protocol = ProtocolOptions.Production with { LeaderStickiness = true, LeaseReads = true },
            DrawsProtocol = true,
            DrawsStorage = true,
            DrawsTransport = true,
            Faults = new FaultBudget { Losses = 3, Duplications = 3, OneWayCuts = 1, Crashes = 2, ClockDriftPercent = 20 },
        },
        RunAsync)
    {
        MinServers = 2,
    };

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        for (var round = 0; round < _rounds; round++)
        {
            await cluster.PauseAsync(30 + cluster.Choose(60));
            if (cluster.Leader is not { } leader)
            {
                continue;
            }

            await cluster.ProposeAsync(leader);
            _ = cluster.ReadAsync(leader);
            await cluster.PauseAsync(1 + cluster.Choose(40));
            await DeposeAsync(cluster, leader);
            var pace = 6 << cluster.Choose(4);
            for (var read = 0; read < _reads; read++)
            {
                await cluster.PauseAsync(1 + cluster.Choose(pace));
                if (cluster.Choose(2) == 0 && cluster.Leader is { } next)
                {
                    _ = cluster.ProposeAsync(next);
                }

                _ = cluster.ReadAsync(leader);
            }

            cluster.Heal();
        }

        await cluster.AwaitConvergenceAsync();
    }

    // A follower that starts anew has forgotten the lease that it is a part of.
    private static async Task DeposeAsync(ICluster cluster, ServerId leader)
    {
        switch (cluster.Choose(4))
        {
            case 0:
                _ = cluster.TransferAsync(leader);
                await cluster.PauseAsync(1 + cluster.Choose(20));
                break;
            case 1:
                var other = cluster.AnyServer();
                if (other != leader)
                {
                    cluster.Crash(other);
                    cluster.Restart(other);
                }

                break;
        }

        if (cluster.Choose(4) > 0)
        {
            cluster.Partition(leader);
        }
    }
}
