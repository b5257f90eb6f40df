using FsCheck;
using FsCheck.Fluent;
using ModelChecking;

namespace Raft.Tests.Checking;

public sealed class AncestryTests
{
    [Fact]
    public void The_way_to_a_state_is_the_choices_that_led_to_it()
    {
        using var ancestry = new Ancestry();
        var writer = new Ancestry.Writer(ancestry);

        var initial = writer.Add(Ancestry.None, 2);
        var child = writer.Add(initial, 0);
        var other = writer.Add(initial, 65_000);
        var grandchild = writer.Add(child, 7);

        Assert.Equal([2, 0, 7], ancestry.WayTo(grandchild, choice: null));
        Assert.Equal([2, 65_000], ancestry.WayTo(other, choice: null));
        Assert.Equal([2, 0, 7, 5], ancestry.WayTo(grandchild, choice: 5));
        Assert.Equal([3], ancestry.WayTo(Ancestry.None, choice: 3));
    }

    [Fact]
    public void The_ways_to_all_states_of_several_writers_are_found_again()
    {
        var trees = from writers in Gen.Choose(1, 4) from seed in Gen.Choose(0, int.MaxValue) select (writers, seed);
        Check.One(Properties.Config.WithMaxTest(10), Prop.ForAll(trees.ToArbitrary(), tree => Grow(tree.writers, new Random(tree.seed))));
    }

    [Fact]
    public void A_state_takes_eight_bytes()
    {
        using var ancestry = new Ancestry();
        var writer = new Ancestry.Writer(ancestry);
        for (var i = 0; i < 1 << 16; i++)
        {
            writer.Add(Ancestry.None, 0);
        }

        Assert.Equal(8 << 16, ancestry.Bytes);
    }

    [Fact]
    public void More_successors_than_it_can_tell_apart_are_refused()
    {
        using var ancestry = new Ancestry();
        var writer = new Ancestry.Writer(ancestry);

        Assert.Equal([(1 << 24) - 1], ancestry.WayTo(writer.Add(Ancestry.None, (1 << 24) - 1), choice: null));
        Assert.Equal(
            "A state has more than 16777216 successors.",
            Assert.Throws<InvalidOperationException>(() => writer.Add(Ancestry.None, 1 << 24)).Message);
    }

    // A tree of states that writers add in turn at random, each to a state that some writer added before.
    private static void Grow(int writers, Random random)
    {
        using var ancestry = new Ancestry();
        var all = Enumerable.Range(0, writers).Select(_ => new Ancestry.Writer(ancestry)).ToArray();
        var ways = new List<(long Number, int[] Way)> { (Ancestry.None, []) };
        for (var i = 0; i < 5_000; i++)
        {
            var (parent, way) = ways[random.Next(Math.Max(0, ways.Count - 100), ways.Count)];
            var choice = random.Next(1 << 16);
            ways.Add((all[random.Next(writers)].Add(parent, choice), [.. way, choice]));
        }

        Assert.Equal(ways.Count, ways.Select(way => way.Number).Distinct().Count());
        Assert.All(ways, way => Assert.Equal(way.Way, ancestry.WayTo(way.Number, choice: null)));
    }
}
