namespace DeterministicSimulation;

/// <summary>
/// POS, partial order sampling (Yuan, Yang, Gu: "Partial order aware concurrency sampling", CAV 2018). Each operation has a random priority of its own, and the
/// highest goes first; those it races with, because they happen at the same server, then draw anew. Orders that differ only in what does not
/// matter come up as one, so that partial orders are drawn more evenly than by a random walk.
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
