using DeterministicSimulation;

namespace Raft.Tests.Exploration.Strategies;

public sealed class DelayBoundedTests
{
    private static readonly Threads _threads = Threads.Apart(1, 1, 1, 1);

    [Fact]
    public void Without_delays_work_runs_in_the_order_of_arrival() =>
        Assert.Equal("abcabcabc", Threads.Apart(3, 3, 3).Run(new DelayBounded(delays: 0), seed: 1));

    [Fact]
    public void A_delay_moves_work_behind_all_other_work() =>
        Assert.Equal(["abcd", "abdc", "acdb", "bcda"], _threads.OrdersOf(new DelayBounded(delays: 1, length: 4), seeds: 2000));

    [Fact]
    public void With_enough_delays_every_order_comes_up()
    {
        var strategy = new DelayBounded(delays: 12, length: 24);

        Assert.Equal(24, Enumerable.Range(0, 5000).Select(seed => _threads.Run(strategy, (ulong)seed)).Distinct().Count());
    }
}
