using DeterministicSimulation;

namespace Raft.Tests.Exploration.Strategies;

public sealed class PortfolioTests
{
    private readonly Portfolio _portfolio = new(new RandomWalk(), new SwarmWalk(), new PartialOrderSampling());

    [Fact]
    public void It_prefers_the_strategy_that_pays()
    {
        Give(300, paying: 1);

        Assert.True(_portfolio.Shares[1] > 200, string.Join(", ", _portfolio.Shares));
    }

    [Fact]
    public void It_changes_when_another_strategy_pays()
    {
        Give(300, paying: 1);
        var before = _portfolio.Shares;
        Give(300, paying: 2);

        Assert.True(_portfolio.Shares[2] - before[2] > 200, string.Join(", ", _portfolio.Shares));
    }

    [Fact]
    public void It_keeps_trying_all_strategies()
    {
        Give(300, paying: 0);

        Assert.All(_portfolio.Shares, share => Assert.InRange(share, 10, 300));
    }

    [Fact]
    public void A_strategy_that_costs_more_steps_must_find_more_states()
    {
        Give(300, paying: -1, steps: [100, 100, 1000]);

        Assert.True(_portfolio.Shares[2] < 75, string.Join(", ", _portfolio.Shares));
    }

    // Each schedule reaches one new state; a schedule of the strategy that pays reaches ten.
    private void Give(int schedules, int paying, int[]? steps = null)
    {
        for (var seed = 0UL; seed < (ulong)schedules; seed++)
        {
            var before = _portfolio.Shares;
            _portfolio.Begin(seed);
            var pulled = Enumerable.Range(0, before.Count).First(arm => _portfolio.Shares[arm] > before[arm]);
            _portfolio.End(new ScheduleYield(pulled == paying ? 10 : 1, steps?[pulled] ?? 100));
        }
    }
}
