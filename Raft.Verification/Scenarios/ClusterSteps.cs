using Raft.Impl.Core;

namespace Raft.Verification.Scenarios;

/// <summary>What several scenarios do.</summary>
internal static class ClusterSteps
{
    /// <summary>A server, at random.</summary>
    public static ServerId AnyServer(this ICluster cluster) => cluster.Servers[cluster.Choose(cluster.Servers.Count)];

    /// <summary>
    /// Proposes commands at random moments, mostly to whoever leads, one at a time or several at once, until faults should end.
    /// </summary>
    public static async Task ProposeAtRandomAsync(this ICluster cluster, int proposals, int steps)
    {
        for (var left = proposals; left > 0;)
        {
            await cluster.PauseAsync(1 + cluster.Choose(steps));
            var draw = cluster.Choose(16);
            var server = draw < 2 ? cluster.AnyServer() : cluster.Leader ?? cluster.AnyServer();
            var commands = draw is 1 or 15 ? Math.Min(left, 4) : 1;
            await cluster.ProposeTogetherAsync(server, commands);
            left -= commands;
        }
    }

    /// <summary>Proposes several commands to a server, without waiting for the answers in between.</summary>
    public static async Task<Proposal?[]> ProposeTogetherAsync(this ICluster cluster, ServerId server, int commands)
    {
        var answers = new Task<Proposal?>[commands];
        for (var i = 0; i < commands; i++)
        {
            answers[i] = cluster.ProposeAsync(server);
        }

        var proposals = new Proposal?[commands];
        for (var i = 0; i < commands; i++)
        {
            proposals[i] = await answers[i];
        }

        return proposals;
    }

    /// <summary>
    /// Ends the faults, and waits until a command that is proposed after that is applied by every service: all that was committed before is
    /// then applied everywhere too.
    /// </summary>
    public static async Task SettleAsync(this ICluster cluster)
    {
        cluster.EndFaults();
        while (true)
        {
            await cluster.UntilAsync(() => cluster.Leader is not null, "a leader");
            if (cluster.Leader is not { } leader || await cluster.ProposeAsync(leader) is not { IsTaken: true } proposal)
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
