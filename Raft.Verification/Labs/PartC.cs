using Raft.Impl.Core;
using static Raft.Verification.Labs.LabCluster;

namespace Raft.Verification.Labs;

/// <summary>Part C: persistence, and all faults together.</summary>
internal static class PartC
{
    public static IReadOnlyList<LabTest> Tests { get; } =
    [
        new("Persist1", 'C', "basic persistence", 3, Persist1Async),
        new("Persist2", 'C', "more persistence", 5, Persist2Async),
        new("Persist3", 'C', "partitioned leader and one follower crash, leader restarts", 3, Persist3Async),
        new("Figure8", 'C', "Figure 8", 5, Figure8Async),
        new("UnreliableAgree", 'C', "unreliable agreement", 5, UnreliableAgreeAsync) { IsUnreliable = true },
        new("Figure8Unreliable", 'C', "Figure 8 (unreliable)", 5, Figure8UnreliableAsync) { IsUnreliable = true },
        new("ReliableChurn", 'C', "churn", 5, LabChurn.RunAsync),
        new("UnreliableChurn", 'C', "unreliable churn", 5, LabChurn.RunAsync) { IsUnreliable = true },
    ];

    private static async Task Persist1Async(LabCluster cluster)
    {
        await cluster.OneAsync(Number(11), cluster.Servers, retry: true);

        // All servers restart.
        for (var server = 0; server < cluster.Servers; server++)
        {
            await cluster.StartAsync(server);
        }

        for (var server = 0; server < cluster.Servers; server++)
        {
            cluster.Connect(server);
        }

        await cluster.OneAsync(Number(12), cluster.Servers, retry: true);

        // The leader restarts.
        var first = await cluster.CheckOneLeaderAsync();
        cluster.Disconnect(first);
        await cluster.RestartAsync(first);
        await cluster.OneAsync(Number(13), cluster.Servers, retry: true);

        // The leader is away for a while and must catch up.
        var second = await cluster.CheckOneLeaderAsync();
        await cluster.TakeDownAsync(second);
        var missed = await cluster.OneAsync(Number(14), cluster.Servers - 1, retry: true);
        await cluster.RestartAsync(second);

        // The labs say 4, its index with Figure 2.
        await cluster.WaitAsync(missed, cluster.Servers, term: null);

        // A follower is away and must catch up.
        var follower = (await cluster.CheckOneLeaderAsync() + 1) % cluster.Servers;
        await cluster.TakeDownAsync(follower);
        await cluster.OneAsync(Number(15), cluster.Servers - 1, retry: true);
        await cluster.RestartAsync(follower);
        await cluster.OneAsync(Number(16), cluster.Servers, retry: true);
    }

    private static async Task Persist2Async(LabCluster cluster)
    {
        var number = 11;
        for (var round = 0; round < 5; round++)
        {
            await cluster.OneAsync(Number(number++), cluster.Servers, retry: true);

            // Two servers are away. Then the three with longer logs leave, and the two return without a quorum, which one of the three
            // restores.
            var leader = await cluster.CheckOneLeaderAsync();
            int At(int by) => (leader + by) % cluster.Servers;
            await cluster.TakeDownAsync(At(1));
            await cluster.TakeDownAsync(At(2));
            await cluster.OneAsync(Number(number++), cluster.Servers - 2, retry: true);

            await cluster.TakeDownAsync(leader);
            await cluster.TakeDownAsync(At(3));
            await cluster.TakeDownAsync(At(4));
            await cluster.RestartAsync(At(1));
            await cluster.RestartAsync(At(2));
            await cluster.SleepAsync(RaftElectionTimeout);

            await cluster.RestartAsync(At(3));
            await cluster.OneAsync(Number(number++), cluster.Servers - 2, retry: true);

            await BringBackAsync(cluster, At(4));
            await BringBackAsync(cluster, leader);
        }

        await cluster.OneAsync(Number(1000), cluster.Servers, retry: true);
    }

    // Until 2024 these two were only disconnected and have not crashed.
    private static async Task BringBackAsync(LabCluster cluster, int server)
    {
        if (cluster.Version >= LabVersion.Lab2025)
        {
            await cluster.RestartAsync(server);
        }
        else
        {
            cluster.Connect(server);
        }
    }

    private static async Task Persist3Async(LabCluster cluster)
    {
        await cluster.OneAsync(Number(101), cluster.Servers, retry: true);
        var leader = await cluster.CheckOneLeaderAsync();
        int At(int by) => (leader + by) % cluster.Servers;

        // One server lacks a command. It must not win the election against the server that returns with it.
        cluster.Disconnect(At(2));
        await cluster.OneAsync(Number(102), 2, retry: true);
        await cluster.CrashAsync(leader);
        await cluster.CrashAsync(At(1));
        cluster.Connect(At(2));
        await cluster.RestartAsync(leader);
        await cluster.OneAsync(Number(103), 2, retry: true);
        await cluster.RestartAsync(At(1));
        await cluster.OneAsync(Number(104), cluster.Servers, retry: true);
    }

    // §5.4.2: leaders change so fast that entries of older terms remain on some servers. A committed entry must survive.
    private static async Task Figure8Async(LabCluster cluster)
    {
        await cluster.OneAsync(cluster.RandomCommand(), 1, retry: true);
        var up = cluster.Servers;
        for (var round = 0; round < 1000; round++)
        {
            int? leader = null;
            for (var server = 0; server < cluster.Servers; server++)
            {
                if ((await cluster.ProposeAsync(server, cluster.RandomCommand())).IsLeader)
                {
                    leader = server;
                }
            }

            await SleepALittleAsync(cluster);
            if (leader is { } last)
            {
                await cluster.CrashAsync(last);
                up--;
            }

            if (up < 3)
            {
                var server = cluster.Random.Next(cluster.Servers);
                if (!cluster.IsUp(server))
                {
                    await cluster.RestartAsync(server);
                    up++;
                }
            }
        }

        for (var server = 0; server < cluster.Servers; server++)
        {
            if (!cluster.IsUp(server))
            {
                await cluster.RestartAsync(server);
            }
        }

        await cluster.OneAsync(cluster.RandomCommand(), cluster.Servers, retry: true);
    }

    private static async Task UnreliableAgreeAsync(LabCluster cluster)
    {
        var agreements = new List<Task>();
        for (var round = 1; round < 50; round++)
        {
            for (var j = 0; j < 4; j++)
            {
                agreements.Add(cluster.OneAsync(Number((100 * round) + j), 1, retry: true));
            }

            await cluster.OneAsync(Number(round), 1, retry: true);
        }

        cluster.SetReliable(true);
        await Task.WhenAll(agreements);
        await cluster.OneAsync(Number(100), cluster.Servers, retry: true);
    }

    private static async Task Figure8UnreliableAsync(LabCluster cluster)
    {
        Command Any() => Number(cluster.Random.Next(10_000));
        await cluster.OneAsync(Any(), 1, retry: true);
        var up = cluster.Servers;
        for (var round = 0; round < 1000; round++)
        {
            if (round == 200)
            {
                cluster.SetLongReordering(true);
            }

            int? leader = null;
            for (var server = 0; server < cluster.Servers; server++)
            {
                if ((await cluster.ProposeAsync(server, Any())).IsLeader && cluster.IsConnected(server))
                {
                    leader = server;
                }
            }

            await SleepALittleAsync(cluster);
            if (leader is { } last && cluster.Random.Next(1000) < 500)
            {
                cluster.Disconnect(last);
                up--;
            }

            if (up < 3)
            {
                var server = cluster.Random.Next(cluster.Servers);
                if (!cluster.IsConnected(server))
                {
                    cluster.Connect(server);
                    up++;
                }
            }
        }

        for (var server = 0; server < cluster.Servers; server++)
        {
            if (!cluster.IsConnected(server))
            {
                cluster.Connect(server);
            }
        }

        await cluster.OneAsync(Any(), cluster.Servers, retry: true);
    }

    // Usually too short for a leader to hear from its followers; sometimes long enough for an election.
    private static Task SleepALittleAsync(LabCluster cluster) =>
        cluster.SleepAsync(cluster.Random.Next(1000) < 100 ? cluster.Random.Next(RaftElectionTimeout / 2) : cluster.Random.Next(13));
}
