namespace DeterministicSimulation;

/// <summary>
/// The random walk with a mix for each schedule (<see cref="SwarmMix"/>): work is chosen at random, except that slow servers and held
/// messages are chosen rarely.
/// </summary>
public sealed class SwarmWalk : SwarmStrategy
{
    private protected override void BeginWork(ref SplitMix64 random)
    {
    }

    private protected override int ChooseWork(ReadOnlySpan<Operation> work, ref SplitMix64 random) => random.Next(work.Length);
}
