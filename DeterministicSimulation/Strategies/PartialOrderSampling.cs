namespace DeterministicSimulation;

/// <summary>
/// POS, partial order sampling (Yuan, Yang, Gu: "Partial order aware concurrency sampling", CAV 2018). Each operation has a random
/// priority, and the highest runs first. The operations that race with it, those of the same server, then draw new priorities. This samples
/// partial orders more evenly than a random walk.
/// </summary>
public sealed class PartialOrderSampling : SwarmStrategy
{
    private protected override void BeginWork(ref SplitMix64 random)
    {
    }

    private protected override int ChooseWork(ReadOnlySpan<Operation> work, ref SplitMix64 random)
    {
        var highest = 0;
        for (var i = 0; i < work.Length; i++)
        {
            if (work[i].Rank == 0)
            {
                work[i].Rank = Priority(ref random);
            }

            if (work[i].Rank > work[highest].Rank)
            {
                highest = i;
            }
        }

        foreach (var other in work)
        {
            if (other.Server == work[highest].Server)
            {
                other.Rank = 0;
            }
        }

        return highest;
    }

    private static long Priority(ref SplitMix64 random) => 1 + (long)(random.Next() >> 2);
}
