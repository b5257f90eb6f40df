using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>
/// §5.4.2, Figure 8: leaders crash soon after they accept a command, so that some servers hold entries of older terms, which later leaders
/// replicate.
/// </summary>
internal static class Figure8Scenario
{
    public static Scenario Scenario { get; } = new(
        "figure-8",
        "leaders crash with partly replicated commands; entries of older terms must not be committed by counting",
        new ClusterOptions
        {
            Servers = 5,
            DrawsProtocol = true,
            DrawsStorage = true,
            DrawsTransport = true,
            Faults = new FaultBudget { Losses = 10, Duplications = 2, Partitions = 1 },
        },
        RunAsync)
    {
        MinServers = 3,
    };

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        for (var round = 0; round < 6; round++)
        {
            // The leader accepts a command, replicates it to some servers, and crashes.
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

            // Another leader can only be elected while a majority runs.
            while (cluster.Servers.Count(cluster.IsUp) <= cluster.Servers.Count / 2)
            {
                ServerId[] down = [.. cluster.Servers.Where(server => !cluster.IsUp(server))];
                cluster.Restart(down[cluster.Choose(down.Length)]);
            }
        }

        await cluster.AwaitConvergenceAsync();
    }
}
