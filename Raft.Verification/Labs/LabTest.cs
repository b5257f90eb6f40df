using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Labs;

/// <summary>One of the tests of the MIT Raft labs.</summary>
/// <param name="Name">Its name in the labs, without the part: <c>InitialElection</c>.</param>
/// <param name="Part">The part of the lab: A (elections), B (log), C (persistence), D (compaction).</param>
/// <param name="Title">The line that the labs print when it begins.</param>
/// <param name="Servers">The number of servers of its cluster.</param>
/// <param name="Body">The test, on a running cluster.</param>
public sealed record LabTest(string Name, char Part, string Title, int Servers, Func<LabCluster, Task> Body)
{
    /// <summary>The time limit of a test, in its own time.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    /// <summary>The first version that has it.</summary>
    public LabVersion Since { get; init; } = LabVersion.Lab2018;

    /// <summary>Whether its network is unreliable from the beginning.</summary>
    public bool IsUnreliable { get; init; }

    /// <summary>Whether its network is unreliable from the beginning in 2025.</summary>
    public bool IsUnreliableSince2025 { get; init; }

    /// <summary>The number of servers of its cluster in 2018, if different.</summary>
    public int? ServersIn2018 { get; init; }

    /// <summary>
    /// What the test expects of the index of a command, in words; null if it expects nothing of it. Such a test is for Figure 2 alone: a
    /// no-op at the start of a term gives the commands after it later indexes.
    /// </summary>
    public string? CountsIndexes { get; init; }

    /// <summary>All tests, in the labs' order.</summary>
    public static IReadOnlyList<LabTest> All { get; } = [.. PartA.Tests, .. PartB.Tests, .. PartC.Tests, .. PartD.Tests];

    /// <summary>Its name in the labs of a version: <c>TestInitialElection3A</c>.</summary>
    public string FullName(LabVersion version) => $"Test{Name}{Number(version)}";

    /// <summary>The number of the lab with the part: <c>2A</c> until 2022, <c>3A</c> since.</summary>
    public string Number(LabVersion version) => $"{(version < LabVersion.Lab2024 ? 2 : 3)}{Part}";

    /// <summary>Whether its expectations are right for servers with these extensions of Figure 2.</summary>
    public bool IsFor(ProtocolOptions protocol)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        return CountsIndexes is null || !protocol.NoOp;
    }

    /// <summary>The number of servers in a version.</summary>
    public int ServersIn(LabVersion version) => version == LabVersion.Lab2018 ? ServersIn2018 ?? Servers : Servers;

    /// <summary>Runs the test, from the start of its servers to its end.</summary>
    /// <param name="world">The world, in which nothing runs yet.</param>
    /// <param name="version">The version of the tests.</param>
    /// <param name="ended">Called with the statistics of the test, however it ends.</param>
    /// <exception cref="LabFailure">An expectation of the test failed.</exception>
    public async Task RunAsync(IWorld world, LabVersion version, Action<LabFigures> ended)
    {
        ArgumentNullException.ThrowIfNull(world);
        ArgumentNullException.ThrowIfNull(ended);
        var cluster = new LabCluster(world, version, takesSnapshots: Part == 'D');
        try
        {
            await cluster.UntilEndAsync(StartAndRunAsync(cluster, version));
            LabCluster.Expect(
                cluster.Figures.Time < Limit,
                $"expected the test to take less than {Limit.TotalSeconds} s, but it took {cluster.Figures.Time.TotalSeconds:0.0} s");
        }
        finally
        {
            ended(cluster.Figures);
        }
    }

    private async Task StartAndRunAsync(LabCluster cluster, LabVersion version)
    {
        // In 2025 the servers start while the network is still reliable.
        var isUnreliable = IsUnreliable || (IsUnreliableSince2025 && version >= LabVersion.Lab2025);
        if (version < LabVersion.Lab2025 && isUnreliable)
        {
            cluster.SetReliable(false);
        }

        for (var server = 0; server < cluster.Servers; server++)
        {
            await cluster.StartAsync(server);
        }

        for (var server = 0; server < cluster.Servers; server++)
        {
            cluster.Connect(server);
        }

        if (version >= LabVersion.Lab2025 && isUnreliable)
        {
            cluster.SetReliable(false);
        }

        await Body(cluster);
    }
}
