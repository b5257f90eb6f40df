using Raft.Verification.Simulation;

namespace Raft.Verification.Exploration.Strategies;

/// <summary>
/// The random walk, in a mix of its own for each schedule (Groce et al.: "Swarm testing", ISSTA 2012): work is chosen at random, but who is slow in this
/// schedule, and a message that is held, comes seldom.
/// </summary>
public sealed class SwarmWalk : SwarmStrategy
{
    private const int _tries = 16;

    private protected override void BeginWork(ref SplitMix64 random)
    {
    }

    private protected override int ChooseWork(ReadOnlySpan<Operation> work, SwarmMix mix, ref SplitMix64 random)
    {
        // Drawn, and kept as likely as its weight says: in proportion to the weights without a sum over all of them.
        for (var i = 0; i < _tries; i++)
        {
            var choice = random.Next(work.Length);
            if ((ushort)random.Next() < mix.WeightOf(work[choice], ref random))
            {
                return choice;
            }
        }

        return -1;
    }
}
