namespace DeterministicSimulation;

/// <summary>
/// The default choices: the oldest message, write or continuation runs next; a timer runs only without those; and no fault strikes.
/// </summary>
/// <remarks>Traces depend on them: a trace leaves out the default choices at its end. A change here changes the format of traces.</remarks>
public static class DefaultChoice
{
    private const int _few = 100;

    /// <summary>The number of the operation that runs next.</summary>
    public const int Operation = 0;

    /// <summary>
    /// A number. Below a small bound it is the lowest; below a large bound, such as that of a timeout, it is pseudo-random and depends only
    /// on the place. If it were always the lowest, all servers would have equal election timeouts and elect no leader.
    /// </summary>
    /// <param name="place">The number of choices before this one.</param>
    /// <param name="bound">The exclusive upper bound.</param>
    public static int Number(int place, int bound) => bound > _few ? new SplitMix64((ulong)place).Next(bound) : 0;
}
