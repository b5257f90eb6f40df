using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>
/// §5.4.2, Figure 8: leaders crash right after they took a command, so that entries of older terms lie on some servers and are taken up
/// again.
/// </summary>
internal static class Figure8Scenario
{
    public static Scenario Scenario { get; } = new(
        "figure-8",
        "leaders crash with commands replicated in part; entries of older terms must not be committed by counting",
        new ClusterOptions { Servers = 5, Faults = new FaultBudget { Losses = 10, Duplications = 2, Partitions = 1 } },
        RunAsync)
    {
        MinServers = 3,
    };

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        for (var round = 0; round < 6; round++)
        {
            // The one who leads takes a command, gets it to some, and crashes.
            await cluster.PauseAsync(60 + cluster.Choose(120));
            if (cluster.Leader is { } leader)
            {
                await cluster.ProposeAsync(leader);
                await cluster.PauseAsync(1 + cluster.Choose(24));
                if (cluster.IsUp(leader))
                {
                    cluster.Crash(leader);
                }
            }

            // A majority must run for another to be elected.
            while (cluster.Servers.Count(cluster.IsUp) <= cluster.Servers.Count / 2)
            {
                ServerId[] down = [.. cluster.Servers.Where(server => !cluster.IsUp(server))];
                cluster.Restart(down[cluster.Choose(down.Length)]);
            }
        }

        await cluster.AwaitConvergenceAsync();
    }
}
