namespace Raft.Verification.Labs;

/// <summary>Part A: leader election.</summary>
internal static class PartA
{
    public static IReadOnlyList<LabTest> Tests { get; } =
    [
        new("InitialElection", 'A', "initial election", 3, InitialElectionAsync),
        new("ReElection", 'A', "election after network failure", 3, ReElectionAsync),
        new("ManyElections", 'A', "multiple elections", 7, ManyElectionsAsync) { Since = LabVersion.Lab2022 },
    ];

    private static async Task InitialElectionAsync(LabCluster cluster)
    {
        await cluster.CheckOneLeaderAsync();

        // The others may hear of the election a little later than the leader. Without failures, the leader and the term should stay.
        await cluster.SleepAsync(50);
        var term = cluster.CheckTerms();
        if (cluster.Version >= LabVersion.Lab2022)
        {
            LabCluster.Expect(term.Value >= 1, $"expected a term of at least 1, got {term}");
        }

        await cluster.SleepAsync(2 * LabCluster.RaftElectionTimeout);
        if (cluster.CheckTerms() is var later && later != term)
        {
            cluster.Warn($"the term changed from {term} to {later} even though there were no failures");
        }

        if (cluster.Version >= LabVersion.Lab2022)
        {
            await cluster.CheckOneLeaderAsync();
        }
    }

    private static async Task ReElectionAsync(LabCluster cluster)
    {
        // A disconnected leader is replaced, and its return does not disturb the new one.
        var first = await cluster.CheckOneLeaderAsync();
        cluster.Disconnect(first);
        await cluster.CheckOneLeaderAsync();
        cluster.Connect(first);
        var second = await cluster.CheckOneLeaderAsync();

        // Without a quorum no server leads.
        var follower = (second + 1) % cluster.Servers;
        cluster.Disconnect(second);
        cluster.Disconnect(follower);
        await cluster.SleepAsync(2 * LabCluster.RaftElectionTimeout);
        cluster.CheckNoLeader();

        cluster.Connect(follower);
        await cluster.CheckOneLeaderAsync();
        cluster.Connect(second);
        await cluster.CheckOneLeaderAsync();
    }

    private static async Task ManyElectionsAsync(LabCluster cluster)
    {
        await cluster.CheckOneLeaderAsync();
        for (var round = 1; round < 10; round++)
        {
            // At least four remain: the current leader is among them, or they elect another.
            int[] away = [cluster.Random.Next(cluster.Servers), cluster.Random.Next(cluster.Servers), cluster.Random.Next(cluster.Servers)];
            Array.ForEach(away, cluster.Disconnect);
            await cluster.CheckOneLeaderAsync();
            Array.ForEach(away, cluster.Connect);
        }

        await cluster.CheckOneLeaderAsync();
    }
}
