using DeterministicSimulation;

namespace Raft.Tests.Exploration.Strategies;

public sealed class CoverageGuidedTests
{
    private const int _schedules = 4000;
    private static readonly int[] _path = [1, 3, 2, 0, 3, 1, 2, 2, 0, 1, 3, 2];

    [Fact]
    public void It_gets_deeper_from_schedules_that_it_has_kept() => Assert.Equal(_path.Length, Deepest(new CoverageGuided()));

    [Fact]
    public void Beside_a_model_the_states_of_the_model_guide_it() => Assert.Equal(
        _path.Length,
        Deepest(new CoverageGuided(), found => new ScheduleYield(NewStates: 0, _path.Length) { NewModelStates = found }));

    [Fact]
    public void The_random_walk_does_not_get_there() => Assert.InRange(Deepest(new RandomWalk()), 0, _path.Length - 3);

    [Fact]
    public void Without_anything_new_it_learns_nothing_and_is_the_swarm_walk()
    {
        var guided = new CoverageGuided();
        for (var seed = 1UL; seed < 50; seed++)
        {
            Assert.Equal(Threads.Apart(6, 6, 6).Run(new SwarmWalk(), seed), Threads.Apart(6, 6, 6).Run(guided, seed));
        }
    }

    // The greatest depth that a schedule reaches on a path with four branches at each place. Each place is a state.
    private static int Deepest(IStrategy strategy, Func<int, ScheduleYield>? yield = null)
    {
        yield ??= found => new ScheduleYield(found, _path.Length);
        var deepest = 0;
        for (var seed = 0UL; seed < _schedules; seed++)
        {
            strategy.Begin(seed);
            var depth = _path.TakeWhile(branch => strategy.ChooseInteger(4) == branch).Count();
            strategy.End(yield(Math.Max(0, depth - deepest)));
            deepest = Math.Max(deepest, depth);
        }

        return deepest;
    }
}
