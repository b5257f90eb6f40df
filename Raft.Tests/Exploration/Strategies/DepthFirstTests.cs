using DeterministicSimulation;

namespace Raft.Tests.Exploration.Strategies;

public sealed class DepthFirstTests
{
    public static TheoryData<int[][]> Programs => new()
    {
        (int[][])[[1, 1], [2, 2]],
        (int[][])[[1, 1], [1, 1]],
        (int[][])[[1, 2], [2, 1]],
        (int[][])[[1, 2, 3], [2, 3], [3, 1, 1]],
        (int[][])[[1], [2], [3], [1, 2, 3]],
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void It_reaches_every_outcome_once_and_then_is_exhausted(int[][] program)
    {
        var threads = new Threads(program);
        var strategy = new DepthFirst();
        var outcomes = new List<string>();
        while (!strategy.IsExhausted)
        {
            var order = threads.Run(strategy, seed: 1);
            if (!strategy.IsRedundant)
            {
                outcomes.Add(threads.Outcome(order));
            }
        }

        Assert.Equal(threads.Orders().Select(threads.Outcome).Distinct().Order(), outcomes.Order());
    }

    [Fact]
    public void Operations_that_belong_to_no_server_commute_with_no_others()
    {
        var strategy = new DepthFirst();
        var threads = new Threads([0, 0], [1, 1]);
        var orders = new List<string>();
        while (!strategy.IsExhausted)
        {
            orders.Add(threads.Run(strategy, seed: 1));
        }

        Assert.Equal(threads.Orders().Order(), orders.Order());
    }

    [Fact]
    public void It_enumerates_only_the_choices_within_its_bound()
    {
        var strategy = new DepthFirst(bound: 2);
        var threads = new Threads([1, 1, 1], [1, 1, 1]);
        var beginnings = new List<string>();
        while (!strategy.IsExhausted)
        {
            beginnings.Add(threads.Run(strategy, (ulong)beginnings.Count)[..2]);
        }

        Assert.Equal(["aa", "ab", "ba", "bb"], beginnings.Order());
    }
}
