namespace Raft.Verification.Simulation;

/// <summary>Randomness for a node, drawn by the strategy.</summary>
internal sealed class SimulatedRandom(Choices choices) : Random
{
    /// <inheritdoc/>
    public override int Next(int maxValue) => choices.Integer(maxValue);

    /// <inheritdoc/>
    public override int Next(int minValue, int maxValue) => minValue + choices.Integer(maxValue - minValue);

    /// <inheritdoc/>
    public override int Next() => choices.Integer(int.MaxValue);

    /// <inheritdoc/>
    protected override double Sample() => choices.Integer(int.MaxValue) / (double)int.MaxValue;
}
