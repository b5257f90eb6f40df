using ModelChecking;

namespace Raft.Tests.Checking;

/// <summary>The states that are still to be explored.</summary>
public sealed class FrontierTests
{
    [Fact]
    public void A_worker_explores_the_blocks_that_it_found_in_their_order_and_then_those_of_others()
    {
        using var frontier = new Frontier(stateWords: 1, rows: 0, workers: 3);
        foreach (var (worker, number) in new[] { (0, 1L), (1, 2L), (0, 3L), (1, 4L) })
        {
            var block = frontier.Rent();
            block.Add(number, sum: 0, out _);
            frontier.Add(worker, block);
        }

        Assert.Null(frontier.Take(0));
        Assert.True(frontier.Advance());

        Assert.Equal([2L, 4L, 1L, 3L], Enumerable.Range(0, 4).Select(_ => frontier.Take(1)!.NumberOf(0)));
        Assert.Null(frontier.Take(1));
        Assert.False(frontier.Advance());
    }

    [Fact]
    public void A_worker_that_found_nothing_explores_what_others_found()
    {
        using var frontier = new Frontier(stateWords: 1, rows: 0, workers: 2);
        var block = frontier.Rent();
        block.Add(7, sum: 0, out _);
        frontier.Add(0, block);
        Assert.True(frontier.Advance());

        Assert.Same(block, frontier.Take(1));
    }
}
