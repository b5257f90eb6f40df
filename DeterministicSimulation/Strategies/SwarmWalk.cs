namespace DeterministicSimulation;

/// <summary>
/// The random walk, in a mix of its own for each schedule (Groce et al.: "Swarm testing", ISSTA 2012): work is chosen at random, but who is slow in this
/// schedule, and a message that is held, comes seldom.
/// </summary>
public sealed class SwarmWalk : SwarmStrategy
{
    private protected override void BeginWork(ref SplitMix64 random)
    {
    }

    private protected override int ChooseWork(ReadOnlySpan<Operation> work, ref SplitMix64 random) => random.Next(work.Length);
}
