using FsCheck;
using FsCheck.Fluent;
using ModelChecking;

namespace Raft.Tests.Checking;

public sealed class PredecessorsTests
{
    [Fact]
    public void The_path_to_a_state_is_the_choices_that_led_to_it()
    {
        using var predecessors = new Predecessors();
        var writer = new Predecessors.Writer(predecessors);

        var initial = writer.Add(Predecessors.None, 2);
        var child = writer.Add(initial, 0);
        var other = writer.Add(initial, 65_000);
        var grandchild = writer.Add(child, 7);

        Assert.Equal([2, 0, 7], predecessors.PathTo(grandchild, choice: null));
        Assert.Equal([2, 65_000], predecessors.PathTo(other, choice: null));
        Assert.Equal([2, 0, 7, 5], predecessors.PathTo(grandchild, choice: 5));
        Assert.Equal([3], predecessors.PathTo(Predecessors.None, choice: 3));
    }

    [Fact]
    public void The_paths_to_all_states_of_several_writers_are_found_again()
    {
        var trees = from writers in Gen.Choose(1, 4) from seed in Gen.Choose(0, int.MaxValue) select (writers, seed);
        Check.One(Properties.Config.WithMaxTest(10), Prop.ForAll(trees.ToArbitrary(), tree => Grow(tree.writers, new Random(tree.seed))));
    }

    [Fact]
    public void A_state_takes_eight_bytes()
    {
        using var predecessors = new Predecessors();
        var writer = new Predecessors.Writer(predecessors);
        for (var i = 0; i < 1 << 16; i++)
        {
            writer.Add(Predecessors.None, 0);
        }

        Assert.Equal(8 << 16, predecessors.Bytes);
    }

    [Fact]
    public void More_successors_than_it_can_tell_apart_are_refused()
    {
        using var predecessors = new Predecessors();
        var writer = new Predecessors.Writer(predecessors);

        Assert.Equal([(1 << 24) - 1], predecessors.PathTo(writer.Add(Predecessors.None, (1 << 24) - 1), choice: null));
        Assert.Equal(
            "A state has more than 16777216 successors.",
            Assert.Throws<InvalidOperationException>(() => writer.Add(Predecessors.None, 1 << 24)).Message);
    }

    // A tree of states. Random writers each add a state below one that was added before.
    private static void Grow(int writers, Random random)
    {
        using var predecessors = new Predecessors();
        var all = Enumerable.Range(0, writers).Select(_ => new Predecessors.Writer(predecessors)).ToArray();
        var paths = new List<(long Number, int[] Path)> { (Predecessors.None, []) };
        for (var i = 0; i < 5_000; i++)
        {
            var (parent, path) = paths[random.Next(Math.Max(0, paths.Count - 100), paths.Count)];
            var choice = random.Next(1 << 16);
            paths.Add((all[random.Next(writers)].Add(parent, choice), [.. path, choice]));
        }

        Assert.Equal(paths.Count, paths.Select(path => path.Number).Distinct().Count());
        Assert.All(paths, path => Assert.Equal(path.Path, predecessors.PathTo(path.Number, choice: null)));
    }
}
