namespace ModelChecking;

/// <summary>The order in which a check explores states.</summary>
public enum SearchOrder
{
    /// <summary>Breadth-first: exhaustive, and a counterexample is a shortest one.</summary>
    BreadthFirst,

    /// <summary>Depth-first: exhaustive up to a depth, and reaches deep states early. One worker.</summary>
    DepthFirst,

    /// <summary>Random walks from the initial states: for bounds that cannot be exhausted.</summary>
    RandomWalk,
}

/// <summary>Options of a check.</summary>
public sealed record CheckOptions
{
    /// <summary>The order of the search.</summary>
    public SearchOrder Order { get; init; } = SearchOrder.BreadthFirst;

    /// <summary>The number of threads.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether states that differ only in the names of the members of symmetric scalarsets count as one.</summary>
    public bool Symmetry { get; init; }

    /// <summary>Whether a state without successors is an error.</summary>
    public bool FindDeadlocks { get; init; }

    /// <summary>The most states of a depth-first path or a random walk. Breadth-first search has no such limit.</summary>
    public int MaxDepth { get; init; } = 1000;

    /// <summary>The number of random walks.</summary>
    public long Walks { get; init; } = 10_000;

    /// <summary>The seed of the random walks.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// The most memory for the search, in bytes, including the frontier. By default three quarters of the available memory.
    /// </summary>
    public long MaxBytes { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;
}
