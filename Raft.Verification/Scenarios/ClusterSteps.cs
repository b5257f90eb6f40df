using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>Steps that several scenarios share.</summary>
internal static class ClusterSteps
{
    private static readonly TimeSpan _aWhile = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _manyElectionTimeouts = TimeSpan.FromSeconds(4);

    /// <summary>A random server.</summary>
    public static ServerId AnyServer(this ICluster cluster) => cluster.Servers[cluster.Choose(cluster.Servers.Count)];

    /// <summary>
    /// Proposes commands at random moments, mostly to the leader, one at a time or several at once.
    /// </summary>
    public static async Task ProposeAtRandomAsync(this ICluster cluster, int proposals, int steps)
    {
        for (var left = proposals; left > 0;)
        {
            await cluster.PauseAsync(1 + cluster.Choose(steps));
            var draw = cluster.Choose(16);
            var server = draw < 2 ? cluster.AnyServer() : cluster.Leader ?? cluster.AnyServer();
            cluster.ReadAndTransferAtRandom();
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

    // Where the servers can, one of two proposals comes with a read of some server, and one of eight with a transfer of leadership.
    private static void ReadAndTransferAtRandom(this ICluster cluster)
    {
        if (cluster.Protocol.ReadIndex && cluster.Choose(2) == 0)
        {
            _ = cluster.ReadAsync(cluster.AnyServer());
        }

        if (cluster.Protocol.LeadershipTransfer && cluster.Choose(8) == 0 && cluster.Leader is { } leader)
        {
            var target = cluster.AnyServer();
            _ = cluster.TransferAsync(leader, target == leader ? null : target);
        }
    }

    /// <summary>A whole scenario: proposals at random moments; in half of the schedules, all servers crash in the middle of them.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="proposals">How many proposals, before and after.</param>
    /// <param name="steps">The most steps between two of them.</param>
    public static async Task CrashAllInTheMiddleAsync(this ICluster cluster, int proposals, int steps)
    {
        await cluster.StartAsync();
        await cluster.ProposeAtRandomAsync(proposals, steps);
        cluster.CrashAllAtRandom();
        await cluster.ProposeAtRandomAsync(proposals, steps);
        await cluster.AwaitConvergenceAsync();
    }

    /// <summary>In half of the schedules, crashes and restarts all servers at once, so that only their disks are left.</summary>
    public static void CrashAllAtRandom(this ICluster cluster)
    {
        if (cluster.Choose(2) != 0)
        {
            return;
        }

        foreach (var server in cluster.Servers.Where(cluster.IsUp))
        {
            cluster.Crash(server);
        }

        foreach (var server in cluster.Servers)
        {
            cluster.Restart(server);
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
    /// Ends the faults, and waits until every service has applied a command that is proposed after that, and with it everything that was
    /// committed before. In some schedules the cluster is then observed at rest.
    /// </summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="restsOneIn">One schedule in so many is observed at rest.</param>
    public static async Task AwaitConvergenceAsync(this ICluster cluster, int restsOneIn = 16)
    {
        cluster.EndFaults();
        await cluster.AgreeAsync();
        while (!cluster.Servers.All(cluster.IsUp))
        {
            // A server whose files are refused returns once a leader of a later term has committed an entry.
            await cluster.DelayAsync(_aWhile);
            await cluster.AgreeAsync();
        }

        if (cluster.Choose(restsOneIn) == 0)
        {
            await cluster.RestAsync();
        }
    }

    // §5.2, §5.6: with up to a minority of its servers down for good, a cluster keeps its leader while it is idle, and then commits
    // commands.
    private static async Task RestAsync(this ICluster cluster)
    {
        for (var down = cluster.Choose((cluster.Servers.Count + 1) / 2); down > 0; down--)
        {
            ServerId[] up = [.. cluster.Servers.Where(cluster.IsUp)];
            cluster.Crash(cluster.Choose(2) == 0 && cluster.Leader is { } leader ? leader : up[cluster.Choose(up.Length)]);
        }

        await cluster.AgreeAsync();

        // Waits for the messages and writes that the agreement has caused.
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

    /// <summary>Proposes a command and waits until the service of every server that runs has applied it.</summary>
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

            // A new leader needs a proposal of its own: it commits entries of older terms only with one of its own term (§5.4.2).
            var index = proposal.Index;
            bool IsDone() =>
                cluster.CommitIndex(leader) >= index
                && cluster.Servers.All(server => !cluster.IsUp(server) || cluster.Applied(server) >= index);
            await cluster.UntilAsync(() => IsDone() || cluster.Leader != leader, $"entry {index} to be committed and applied by all");
            if (IsDone())
            {
                return;
            }
        }
    }
}
