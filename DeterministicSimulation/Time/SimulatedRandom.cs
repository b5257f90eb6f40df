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

    /// <summary>A number that no other call in this schedule returns, as is all but certain of real random numbers of 64 bits.</summary>
    /// <param name="maxValue">A bound above any number of such calls.</param>
    public override long NextInt64(long maxValue) =>
        choices.Unique() is var number && number < maxValue ? number : throw new ArgumentOutOfRangeException(nameof(maxValue));

    /// <inheritdoc/>
    protected override double Sample() => choices.Number(int.MaxValue) / (double)int.MaxValue;
}
