namespace Raft.Verification.Exploration;

/// <summary>The strategies, by their names on the command line.</summary>
public static class Strategies
{
    /// <summary>The one that is used if nobody says otherwise.</summary>
    public const string Default = "random";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Default];

    /// <summary>A new strategy of that name, for one worker.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static IStrategy Create(string name) => name switch
    {
        Default => new RandomWalk(),
        _ => throw new ArgumentException($"There is no strategy '{name}'; there is {string.Join(", ", Names)}.", nameof(name)),
    };
}
