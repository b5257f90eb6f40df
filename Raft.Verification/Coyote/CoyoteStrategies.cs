using Microsoft.Coyote;

namespace Raft.Verification.Coyote;

/// <summary>Coyote's strategies, by their names on its command line.</summary>
internal static class CoyoteStrategies
{
    /// <summary>The default strategy. It is fair, and equal seeds give equal schedules.</summary>
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

    /// <summary>Configures Coyote to use a strategy.</summary>
    public static Configuration With(Configuration configuration, string strategy) => _strategies[strategy](configuration);
}
