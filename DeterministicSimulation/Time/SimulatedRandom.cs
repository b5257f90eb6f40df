namespace DeterministicSimulation;

/// <summary>Random numbers that the strategy draws.</summary>
public sealed class SimulatedRandom(Choices choices) : Random
{
    /// <inheritdoc/>
    public override int Next(int maxValue) => choices.Number(maxValue);

    /// <inheritdoc/>
    public override int Next(int minValue, int maxValue) => minValue + choices.Number(maxValue - minValue);

    /// <inheritdoc/>
    public override int Next() => choices.Number(int.MaxValue);

    /// <summary>
    /// A number that no other call in this schedule returns (<see cref="Choices.Unique"/>). Real random numbers of many bits almost never
    /// repeat.
    /// </summary>
    /// <param name="maxValue">A bound above the number of such calls in a schedule.</param>
    /// <exception cref="ArgumentOutOfRangeException">A schedule had as many calls.</exception>
    public override long NextInt64(long maxValue) =>
        choices.Unique() is var number && number < maxValue ? number : throw new ArgumentOutOfRangeException(nameof(maxValue));

    /// <inheritdoc/>
    protected override double Sample() => choices.Number(int.MaxValue) / (double)int.MaxValue;
}
