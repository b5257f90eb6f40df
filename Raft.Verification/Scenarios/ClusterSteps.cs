using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>What several scenarios do.</summary>
internal static class ClusterSteps
{
    private static readonly TimeSpan _aWhile = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _manyElectionTimeouts = TimeSpan.FromSeconds(4);

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
            if (commands == 1)
            {
                await cluster.ProposeAsync(server);
            }
            else
            {
                await cluster.ProposeTogetherAsync(server, commands);
            }

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
    /// then applied everywhere too. Then, in some schedules, the cluster is watched at rest.
    /// </summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="restsOneIn">In how many schedules one is watched at rest.</param>
    public static async Task AwaitConvergenceAsync(this ICluster cluster, int restsOneIn = 16)
    {
        cluster.EndFaults();
        await cluster.AgreeAsync();
        if (cluster.Choose(restsOneIn) == 0)
        {
            await cluster.RestAsync();
        }
    }

    // §5.2, §5.6: with up to a minority of its servers down for good, a cluster has a leader that stays while nothing happens, and then goes on.
    private static async Task RestAsync(this ICluster cluster)
    {
        for (var down = cluster.Choose((cluster.Servers.Count + 1) / 2); down > 0; down--)
        {
            ServerId[] up = [.. cluster.Servers.Where(cluster.IsUp)];
            cluster.Crash(cluster.Choose(2) == 0 && cluster.Leader is { } leader ? leader : up[cluster.Choose(up.Length)]);
        }

        await cluster.AgreeAsync();

        // What agreement has set going comes to its end.
        await cluster.DelayAsync(_aWhile);
        if (cluster.Leader is not { } steady)
        {
            return;
        }

        cluster.BeginRest();
        await cluster.DelayAsync(_manyElectionTimeouts);
        for (var proposals = cluster.Choose(6); proposals > 0; proposals--)
        {
            await cluster.ProposeAsync(steady);
            await cluster.DelayAsync(TimeSpan.FromMilliseconds(10 + cluster.Choose(10)));
        }

        await cluster.DelayAsync(_aWhile);
    }

    /// <summary>Waits until a command that is proposed from now on is applied by the service of every server that runs.</summary>
    private static async Task AgreeAsync(this ICluster cluster)
    {
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
            bool IsDone() => cluster.CommitIndex(leader) >= index && cluster.Servers.All(server => !cluster.IsUp(server) || cluster.Applied(server) >= index);
            await cluster.UntilAsync(() => IsDone() || cluster.Leader != leader, $"entry {index} to be committed and applied by all");
            if (IsDone())
            {
                return;
            }
        }
    }
}
