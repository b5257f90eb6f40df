using DeterministicSimulation;

namespace Raft.Tests.Exploration.Strategies;

public sealed class PartialOrderSamplingTests
{
    private const int _seeds = 5000;

    // Only the order of the two steps at server 1 matters. The second thread takes eight steps elsewhere before it.
    private static readonly Threads _threads = new([1], [2, 2, 2, 2, 2, 2, 2, 2, 1]);

    [Fact]
    public void Steps_that_race_with_nothing_do_not_delay_their_thread() =>
        Assert.InRange(SecondWins(new PartialOrderSampling()), 0.08 * _seeds, 0.5 * _seeds);

    [Fact]
    public void In_the_random_walk_they_delay_it() => Assert.InRange(SecondWins(new RandomWalk()), 0, 0.01 * _seeds);

    [Fact]
    public void Where_all_race_every_order_comes_up()
    {
        var threads = new Threads([1, 1], [1, 1]);

        Assert.Equal(
            threads.Orders().Order(),
            Enumerable.Range(0, 1000).Select(seed => threads.Run(new PartialOrderSampling(), (ulong)seed)).Distinct().Order());
    }

    private static int SecondWins(IStrategy strategy) =>
        Enumerable.Range(0, _seeds)
            .Count(seed => _threads.Outcome(_threads.Run(strategy, (ulong)seed)).StartsWith("ba", StringComparison.Ordinal));
}
