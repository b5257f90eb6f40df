using Raft.Impl.Core;
using Raft.Verification.Exploration;
using Raft.Verification.Labs;

namespace Raft.Tests.Labs;

/// <summary>The tester's checks: each fails where it should.</summary>
public class LabClusterTests
{
    [Fact]
    public void One_leader_is_expected_where_none_can_be() => Fails("expected one leader within 5 s, got none", 5, async cluster =>
    {
        var leader = await cluster.CheckOneLeaderAsync();
        cluster.Disconnect(leader);
        cluster.Disconnect((leader + 1) % 5);
        cluster.Disconnect((leader + 2) % 5);
        await cluster.CheckOneLeaderAsync();
    });

    [Fact]
    public void No_leader_is_expected_where_one_is() => Fails("expected no leader among the connected servers", 3, async cluster =>
    {
        await cluster.CheckOneLeaderAsync();
        cluster.CheckNoLeader();
    });

    [Fact]
    public void One_term_is_expected_where_there_are_two() => Fails("expected all servers to agree on the term, got", 3, async cluster =>
    {
        var leader = await cluster.CheckOneLeaderAsync();
        cluster.Disconnect(leader);
        await cluster.CheckOneLeaderAsync();
        cluster.Connect(leader);
        cluster.CheckTerms();
    });

    [Fact]
    public void Agreement_is_expected_without_a_majority() =>
        Fails("expected 3 servers to agree on 7 within 10 s, but they did not", 3, async cluster =>
    {
        var leader = await cluster.CheckOneLeaderAsync();
        cluster.Disconnect((leader + 1) % 3);
        cluster.Disconnect((leader + 2) % 3);
        await cluster.OneAsync(LabCluster.Number(7), 3, retry: true);
    });

    [Fact]
    public void Agreement_at_the_first_attempt_is_expected_without_a_majority() =>
        Fails("to agree on 7 at index 1 within 2 s, got 0", 3, async cluster =>
    {
        var leader = await cluster.CheckOneLeaderAsync();
        cluster.Disconnect((leader + 1) % 3);
        cluster.Disconnect((leader + 2) % 3);
        await cluster.OneAsync(LabCluster.Number(7), 3, retry: false);
    });

    [Fact]
    public void An_entry_is_awaited_that_no_client_proposes() =>
        Fails("expected 1 servers to apply entry 1 within 30 s, got 0", 3, async cluster =>
    {
        await cluster.CheckOneLeaderAsync();
        await cluster.WaitAsync(1, 1, term: null);
    });

    [Fact]
    public void Waiting_ends_as_soon_as_the_term_does() => Passes(3, async cluster =>
    {
        var leader = await cluster.CheckOneLeaderAsync();
        var term = cluster.CheckTerms();
        cluster.Disconnect(leader);
        Assert.Null(await cluster.WaitAsync(1, 3, term));
        Assert.True(cluster.AnyTermOtherThan(term));
    });

    [Fact]
    public void A_server_that_crashed_takes_nothing_and_comes_back_with_its_log() => Passes(3, async cluster =>
    {
        var index = await cluster.OneAsync(LabCluster.Number(1), 3, retry: true);
        await cluster.CrashAsync(1);
        Assert.False(cluster.IsUp(1));
        Assert.False(cluster.IsConnected(1));
        Assert.Null(cluster.TermOf(1));
        Assert.False((await cluster.ProposeAsync(1, LabCluster.Number(2))).IsLeader);
        await cluster.RestartAsync(1);
        Assert.True(cluster.TermOf(1) > Term.Zero);
        Assert.True(await cluster.OneAsync(LabCluster.Number(3), 3, retry: true) > index);
    });

    [Fact]
    public void Until_2024_a_restart_brings_back_one_server_and_from_2025_on_all()
    {
        static Func<LabCluster, Task> Restart(bool bringsBackAll) => async cluster =>
        {
            cluster.Disconnect(0);
            await cluster.CrashAsync(1);
            await cluster.RestartAsync(1);
            Assert.True(cluster.IsConnected(1));
            Assert.Equal(bringsBackAll, cluster.IsConnected(0));
        };
        Passes(3, Restart(bringsBackAll: false));
        Passes(3, Restart(bringsBackAll: true), LabVersion.Lab2025);
    }

    [Fact]
    public void Until_2024_a_state_machine_outlives_a_crash_and_from_2025_on_it_does_not()
    {
        static Func<LabCluster, Task> Restart(int left) => async cluster =>
        {
            var index = await cluster.OneAsync(LabCluster.Number(1), 3, retry: true);
            await cluster.StartAsync(1);
            Assert.Equal(left, cluster.Committed(index).Count);
        };
        Passes(3, Restart(left: 3));
        Passes(3, Restart(left: 2), LabVersion.Lab2025);
    }

    [Fact]
    public void The_log_size_is_that_of_the_largest_durable_state() => Passes(3, async cluster =>
    {
        for (var i = 0; i < 50; i++)
        {
            await cluster.OneAsync(cluster.RandomCommand(), 3, retry: true);
        }

        // Nothing is compacted here: fifty entries of some 20 bytes.
        Assert.InRange(cluster.LogSize, 50 * 18, 50 * 23);
    });

    private static void Fails(string expected, int servers, Func<LabCluster, Task> body)
    {
        var violation = Run(servers, body, LabVersion.Lab2024).Trace?.Violation;
        Assert.NotNull(violation);
        Assert.Equal("LabTest", violation.Property);
        Assert.Contains(expected, violation.Message, StringComparison.Ordinal);
    }

    private static void Passes(int servers, Func<LabCluster, Task> body, LabVersion version = LabVersion.Lab2024)
    {
        var trace = Run(servers, body, version).Trace;
        Assert.True(trace is null, trace?.Violation.Message);
    }

    private static LabResult Run(int servers, Func<LabCluster, Task> body, LabVersion version) =>
        LabRun.OnVirtualTime(new LabTest("Test", 'B', "a test", servers, body), version, seed: 1);
}
