namespace DeterministicSimulation;

/// <summary>The strategies, by their names on the command line.</summary>
public static class StrategyCatalogue
{
    /// <summary>The default strategy.</summary>
    public const string Default = "portfolio";

    /// <summary>The uniform random walk.</summary>
    public const string Random = "random";

    private const string _depthFirst = "dfs";
    private const string _coverage = "coverage";

    // More than the cores of most machines, and few enough for each shard to learn from many schedules.
    private const int _shards = 32;

    private static readonly Dictionary<string, Func<IStrategy>> _strategies = new()
    {
        [Random] = () => new RandomWalk(),
        ["swarm"] = () => new SwarmWalk(),
        ["pct"] = () => new PriorityWalk(),
        ["pos"] = () => new PartialOrderSampling(),
        ["delay"] = () => new DelayBounded(),
        [_depthFirst] = () => new DepthFirst(),
        [_coverage] = () => new CoverageGuided(),
        [Default] = () => new Portfolio(new PartialOrderSampling(), new DelayBounded(), new SwarmWalk()),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. _strategies.Keys];

    /// <summary>Creates a strategy by its name, for one shard.</summary>
    /// <exception cref="ArgumentException">There is no strategy of that name.</exception>
    public static IStrategy Create(string name) => _strategies.TryGetValue(name, out var create)
        ? create()
        : throw new ArgumentException($"There is no strategy '{name}'; there is {string.Join(", ", Names)}.", nameof(name));

    /// <summary>Whether the schedules of a strategy depend on the states of the model, where one steps beside the system.</summary>
    public static bool LearnsFromModel(string name) => name == _coverage;

    /// <summary>The number of shards of an exploration. The depth-first search has one shard, because it searches one tree.</summary>
    public static int Shards(string name) => name == _depthFirst ? 1 : _shards;
}
