using ModelChecking;

namespace Raft.Tests.Checking;

/// <summary>The states that are still to be explored.</summary>
public sealed class FrontierTests
{
    [Fact]
    public void The_blocks_of_a_depth_are_explored_in_the_order_in_which_they_were_found()
    {
        using var frontier = new Frontier(stateWords: 1, rows: 0);
        for (var number = 0; number < 3; number++)
        {
            var block = frontier.Rent();
            block.Add(number, sum: 0, out _);
            frontier.Add(block);
        }

        Assert.Null(frontier.Take());
        Assert.True(frontier.Advance());

        Assert.Equal([0L, 1L, 2L], Enumerable.Range(0, 3).Select(_ => frontier.Take()!.NumberOf(0)));
        Assert.Null(frontier.Take());
    }
}
