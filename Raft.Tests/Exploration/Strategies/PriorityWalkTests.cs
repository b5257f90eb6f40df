using DeterministicSimulation;

namespace Raft.Tests.Exploration.Strategies;

public sealed class PriorityWalkTests
{
    private const int _seeds = 8000;

    // A bug of depth 2: the first thread loses its priority exactly after its fifth step; then the other runs to its end.
    private const string _bug = "aaaaabbbbbbbbbbaaaaa";
    private static readonly Threads _threads = Threads.Apart(10, 10);

    [Fact]
    public void It_finds_a_bug_of_depth_two_as_often_as_the_paper_guarantees()
    {
        var guaranteed = _seeds / (2.0 * _bug.Length);

        Assert.InRange(Found(new PriorityWalk(depth: 2, length: _bug.Length)), 0.8 * guaranteed, _seeds);
    }

    [Fact]
    public void The_random_walk_does_not() => Assert.InRange(Found(new RandomWalk()), 0, 3);

    [Fact]
    public void With_depth_one_no_priority_changes() =>
        Assert.Equal(["aaaaaaaaaabbbbbbbbbb", "bbbbbbbbbbaaaaaaaaaa"], _threads.OrdersOf(new PriorityWalk(depth: 1), seeds: 100));

    private static int Found(IStrategy strategy) =>
        Enumerable.Range(0, _seeds).Count(seed => _threads.Run(strategy, (ulong)seed) == _bug);
}
