using Microsoft.Coyote;

namespace Raft.Verification.Coyote;

/// <summary>Coyote's strategies, by the names that its command line has for them.</summary>
internal static class CoyoteStrategies
{
    /// <summary>The one that is used if nobody says otherwise: it is fair, and equal seeds give equal schedules.</summary>
    public const string Default = "random";

    private static readonly Dictionary<string, Func<Configuration, Configuration>> _strategies = new()
    {
        [Default] = configuration => configuration.WithRandomStrategy(),
        ["probabilistic"] = configuration => configuration.WithProbabilisticStrategy(),
        ["prioritization"] = configuration => configuration.WithPrioritizationStrategy(),
        ["fair-prioritization"] = configuration => configuration.WithPrioritizationStrategy(isFair: true),
        ["delay-bounding"] = configuration => configuration.WithDelayBoundingStrategy(),
        ["fair-delay-bounding"] = configuration => configuration.WithDelayBoundingStrategy(isFair: true),
        ["q-learning"] = configuration => configuration.WithQLearningStrategy(),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. _strategies.Keys];

    /// <summary>Has Coyote use the strategy of a name.</summary>
    public static Configuration With(Configuration configuration, string strategy) => _strategies[strategy](configuration);
}
