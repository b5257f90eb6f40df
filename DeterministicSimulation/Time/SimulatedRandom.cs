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

    /// <inheritdoc/>
    protected override double Sample() => choices.Number(int.MaxValue) / (double)int.MaxValue;
}
