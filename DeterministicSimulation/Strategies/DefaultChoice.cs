namespace DeterministicSimulation;

/// <summary>What is chosen where nobody says what: the oldest message, write or code that waits comes next, no timer before them, and nothing breaks.</summary>
/// <remarks>A trace relies on it: where its choices run out, it goes on like this. To change it is to change the form of traces.</remarks>
public static class DefaultChoice
{
    private const int _few = 100;

    /// <summary>The number of the operation that comes next.</summary>
    public const int Operation = 0;

    /// <summary>
    /// A number: of few the lowest; of many, as a timeout is, any, but always the same at the same place. Were that the lowest too, all servers would
    /// wait equally long before they stand for election, and elect nobody.
    /// </summary>
    /// <param name="place">How many choices were made before it.</param>
    /// <param name="bound">What it must stay below.</param>
    public static int Number(int place, int bound) => bound > _few ? new SplitMix64((ulong)place).Next(bound) : 0;
}
