using Raft.Impl.Core;
using static Raft.Verification.Labs.LabCluster;

namespace Raft.Verification.Labs;

/// <summary>
/// Part C, churn: servers are stopped and restarted at random under three clients. Everything that a client saw committed must be in the
/// log at the end.
/// </summary>
internal static class LabChurn
{
    public static async Task RunAsync(LabCluster cluster)
    {
        var clients = new Clients(cluster);
        Task<List<Command>>[] running = [.. Enumerable.Range(0, 3).Select(clients.RunAsync)];
        for (var round = 0; round < 20; round++)
        {
            if (cluster.Random.Next(1000) < 200)
            {
                cluster.Disconnect(cluster.Random.Next(cluster.Servers));
            }

            if (cluster.Random.Next(1000) < 500)
            {
                var server = cluster.Random.Next(cluster.Servers);
                if (!cluster.IsUp(server))
                {
                    await cluster.RestartAsync(server);
                }

                cluster.Connect(server);
            }

            if (cluster.Random.Next(1000) < 200)
            {
                await cluster.CrashAsync(cluster.Random.Next(cluster.Servers));
            }

            // Long enough to converge sometimes, but not always.
            await cluster.SleepAsync(RaftElectionTimeout * 7 / 10);
        }

        await cluster.SleepAsync(RaftElectionTimeout);
        cluster.SetReliable(true);
        for (var server = 0; server < cluster.Servers; server++)
        {
            if (!cluster.IsUp(server))
            {
                await cluster.RestartAsync(server);
            }

            cluster.Connect(server);
        }

        clients.Stop();
        var seen = (await Task.WhenAll(running)).SelectMany(values => values).ToList();
        await cluster.SleepAsync(RaftElectionTimeout);

        var last = await cluster.OneAsync(cluster.RandomCommand(), cluster.Servers, retry: true);
        var committed = new HashSet<Command>();
        for (var index = 1L; index <= last; index++)
        {
            // A no-op has no command. No service accepts one with Figure 2.
            if (await cluster.WaitAsync(index, cluster.Servers, term: null) is { } value)
            {
                ExpectNumber(value, index);
                committed.Add(value);
            }
        }

        foreach (var value in seen)
        {
            Expect(
                committed.Contains(value),
                $"didn't find a value: a client saw {value} committed, but it is not in the log up to {last}");
        }
    }

    /// <summary>Clients that propose commands to any leader, and record those that they saw committed.</summary>
    private sealed class Clients(LabCluster cluster)
    {
        private volatile bool _stopped;

        public void Stop() => _stopped = true;

        public async Task<List<Command>> RunAsync(int me)
        {
            await Task.Yield();
            var seen = new List<Command>();
            while (!_stopped)
            {
                var command = cluster.RandomCommand();
                long? index = null;
                for (var server = 0; server < cluster.Servers; server++)
                {
                    if (await cluster.ProposeAsync(server, command) is { IsTaken: true } proposal)
                    {
                        index = proposal.Index.Value;
                    }
                }

                if (index is not { } accepted)
                {
                    await cluster.SleepAsync(79 + (me * 17));
                }
                else if (await IsSeenAsync(accepted, command))
                {
                    seen.Add(command);
                }
            }

            return seen;
        }

        // The leader may or may not commit it, so wait only briefly.
        private async Task<bool> IsSeenAsync(long index, Command command)
        {
            foreach (var pause in (int[])[10, 20, 50, 100, 200])
            {
                if (cluster.Committed(index).Value is { } value)
                {
                    return value == command;
                }

                await cluster.SleepAsync(pause);
            }

            return false;
        }
    }
}
