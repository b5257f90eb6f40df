using DeterministicSimulation;


namespace Raft.Tests.Exploration.Strategies;

public sealed class DelayBoundedTests
{
    private static readonly Threads _threads = Threads.Apart(1, 1, 1, 1);

    [Fact]
    public void Without_delays_all_goes_in_the_order_in_which_it_came() =>
        Assert.Equal("abcabcabc", Threads.Apart(3, 3, 3).Run(new DelayBounded(delays: 0), seed: 1));

    [Fact]
    public void A_delay_puts_one_behind_all_that_is_there() =>
        Assert.Equal(["abcd", "abdc", "acdb", "bcda"], _threads.OrdersOf(new DelayBounded(delays: 1, length: 4), seeds: 2000));

    [Fact]
    public void With_enough_delays_every_order_comes_up()
    {
        var strategy = new DelayBounded(delays: 12, length: 24);

        Assert.Equal(24, Enumerable.Range(0, 5000).Select(seed => _threads.Run(strategy, (ulong)seed)).Distinct().Count());
    }
}
