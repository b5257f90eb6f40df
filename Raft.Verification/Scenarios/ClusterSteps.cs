using Raft.Impl.Core;

namespace Raft.Verification.Scenarios;

/// <summary>What several scenarios do.</summary>
internal static class ClusterSteps
{
    /// <summary>A server, at random.</summary>
    public static ServerId AnyServer(this ICluster cluster) => cluster.Servers[cluster.Choose(cluster.Servers.Count)];

    /// <summary>Proposes commands at random moments, mostly to whoever leads, until faults should end.</summary>
    public static async Task ProposeAtRandomAsync(this ICluster cluster, int proposals, int steps)
    {
        for (var i = 0; i < proposals; i++)
        {
            await cluster.PauseAsync(1 + cluster.Choose(steps));
            var server = cluster.Choose(8) == 0 ? cluster.AnyServer() : cluster.Leader ?? cluster.AnyServer();
            await cluster.ProposeAsync(server);
        }
    }

    /// <summary>
    /// Ends the faults, and waits until a command that is proposed after that is applied by every service: all that was committed before is then
    /// applied everywhere too.
    /// </summary>
    public static async Task SettleAsync(this ICluster cluster)
    {
        cluster.EndFaults();
        while (true)
        {
            await cluster.UntilAsync(() => cluster.Leader is not null, "a leader");
            if (cluster.Leader is not { } leader || await cluster.ProposeAsync(leader) is not { IsLeader: true } proposal)
            {
                await cluster.PauseAsync(1);
                continue;
            }

            // Another leader needs a proposal of its own: entries of older terms are committed with one of its term (§5.4.2).
            var index = proposal.Index;
            bool IsDone() => cluster.CommitIndex(leader) >= index && cluster.Servers.All(server => cluster.Applied(server) >= index);
            await cluster.UntilAsync(() => IsDone() || cluster.Leader != leader, $"entry {index} to be committed and applied by all");
            if (IsDone())
            {
                return;
            }
        }
    }
}
