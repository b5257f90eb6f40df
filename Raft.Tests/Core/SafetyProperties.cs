using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Raft.Tests.Core;

/// <summary>Figure 3: what holds at all times, whatever happens.</summary>
public class SafetyProperties
{
    private const int Steps = 1000;

    [Fact]
    public void Whatever_happens_leaders_logs_and_services_agree()
    {
        // A walk that fails is shortened by half as long as it still fails.
        var walks = Arb.From(
            from cluster in Gen.Choose(2, 5)
            from seed in Gen.Choose(0, int.MaxValue - 1)
            select (Cluster: cluster, Seed: seed, Steps),
            walk => walk.Steps > 1 ? [walk with { Steps = walk.Steps / 2 }, walk with { Steps = walk.Steps - 1 }] : []);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(200)
                .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(2014, 7), FSharpOption<int>.None))),
            Prop.ForAll(walks, walk => new RandomWalk(walk.Cluster, walk.Seed).Go(walk.Steps)));
    }

    // Of two servers each has to agree to everything: there is nothing to overwrite, and nobody to catch up.
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Walks_get_where_it_is_dangerous(int cluster)
    {
        var walks = Enumerable.Range(0, 60).Select(seed => new RandomWalk(cluster, seed)).ToArray();
        foreach (var walk in walks)
        {
            walk.Go(Steps);
        }

        Assert.True(walks.Average(walk => walk.Leaders) > 1);
        Assert.True(walks.Average(walk => walk.Committed) > 1);
        Assert.Contains(walks, walk => walk.Overwritings > 0);
        Assert.Contains(walks, walk => walk.Installed > 0);
        Assert.Contains(walks, walk => walk.InstalledInChunks > 0);
        Assert.Contains(walks, walk => walk.RefusedForBacklog > 0);
        Assert.Contains(walks, walk => walk.RestartsFromSnapshot > 0);
    }
}
