using Raft.Verification.Parts;

namespace Raft.Tests.Scenarios;

/// <summary>A clock that a scenario sets by hand.</summary>
public sealed class ManualTimeProviderTests
{
    [Fact]
    public void A_timer_runs_out_at_its_own_moment_and_in_order()
    {
        var clock = new ManualTimeProvider();
        var ran = new List<(string, long)>();
        using var late = clock.CreateTimer(_ => ran.Add(("late", clock.Now)), null, TimeSpan.FromTicks(7), Timeout.InfiniteTimeSpan);
        using var early = clock.CreateTimer(_ => ran.Add(("early", clock.Now)), null, TimeSpan.FromTicks(3), Timeout.InfiniteTimeSpan);

        clock.Advance(TimeSpan.FromTicks(7));

        Assert.Equal([("early", 3), ("late", 7)], ran);
        Assert.Empty(clock.Due);
    }

    [Fact]
    public void A_timer_that_is_set_again_runs_out_at_its_new_time()
    {
        var clock = new ManualTimeProvider();
        var ran = 0;
        using var timer = clock.CreateTimer(_ => ran++, null, TimeSpan.FromTicks(3), Timeout.InfiniteTimeSpan);
        timer.Change(TimeSpan.FromTicks(9), Timeout.InfiniteTimeSpan);

        clock.Advance(TimeSpan.FromTicks(8));

        Assert.Equal((0, 9), (ran, Assert.Single(clock.Due)));
    }

    [Fact]
    public void A_timer_that_is_disposed_never_runs_out()
    {
        var clock = new ManualTimeProvider();
        var ran = 0;
        clock.CreateTimer(_ => ran++, null, TimeSpan.FromTicks(3), Timeout.InfiniteTimeSpan).Dispose();

        clock.Advance(TimeSpan.FromTicks(8));

        Assert.Equal(0, ran);
    }
}
