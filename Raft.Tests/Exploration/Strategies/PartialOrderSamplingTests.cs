using DeterministicSimulation;

namespace Raft.Tests.Exploration.Strategies;

public sealed class PartialOrderSamplingTests
{
    private const int _seeds = 5000;

    // What matters is who comes first to server 1; eight steps elsewhere are in the way of the second.
    private static readonly Threads _threads = new([1], [2, 2, 2, 2, 2, 2, 2, 2, 1]);

    [Fact]
    public void Steps_that_race_with_nothing_do_not_count_against_who_takes_them() =>
        Assert.InRange(SecondWins(new PartialOrderSampling()), 0.08 * _seeds, 0.5 * _seeds);

    [Fact]
    public void In_the_random_walk_they_do() => Assert.InRange(SecondWins(new RandomWalk()), 0, 0.01 * _seeds);

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
