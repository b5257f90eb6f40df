using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>
/// The cost of Raft on a network without random faults. A follower that was cut off catches up, a leader that was cut off with uncommitted
/// entries is replaced, and logs are compacted. Then the cluster is at rest and commits a few commands.
/// </summary>
internal static class SteadyScenario
{
    public static Scenario Scenario { get; } = new(
        "steady",
        "no faults except a server that is cut off for a while: the cost of elections, commits and catching up",
        new ClusterOptions
        {
            Servers = 3,
            DrawsProtocol = true,
            DrawsStorage = true,
            Time = TimeMode.Virtual,
            CompactEvery = 16,
            Core = CoreOptions.Default,
            Faults = FaultBudget.None,
        },
        RunAsync);

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        await cluster.UntilAsync(() => cluster.Leader is not null, "a leader");
        for (var round = cluster.Choose(3); round > 0; round--)
        {
            if (cluster.Leader is { } old)
            {
                await cluster.ProposeTogetherAsync(old, 1 + cluster.Choose(3));
                cluster.Partition(cluster.Choose(2) == 0 ? old : cluster.AnyServer());

                // One at a time, so that each entry is sent in a message of its own.
                for (var proposals = cluster.Choose(8); proposals > 0; proposals--)
                {
                    await cluster.ProposeAsync(old);
                }

                await cluster.UntilAsync(() => cluster.Leader is not null, "a leader");
                await cluster.PauseAsync(1 + cluster.Choose(200));
                for (var proposals = cluster.Choose(8); proposals > 0; proposals--)
                {
                    await cluster.ProposeAsync(cluster.Leader ?? old);
                }
            }

            cluster.Heal();
            await cluster.PauseAsync(1 + cluster.Choose(100));
        }

        await cluster.AwaitConvergenceAsync(restsOneIn: 1);
    }
}
