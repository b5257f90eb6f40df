namespace ModelChecking;

/// <summary>The order in which a check explores states.</summary>
public enum SearchOrder
{
    /// <summary>Those nearer to the initial states first: exhaustive, and a counterexample is a shortest one.</summary>
    BreadthFirst,

    /// <summary>The last one found first: exhaustive up to a depth, and soon deep in a narrow system. One worker.</summary>
    DepthFirst,

    /// <summary>Random walks from the initial states: for bounds that cannot be exhausted.</summary>
    RandomWalk,
}

/// <summary>How a specification is to be checked.</summary>
public sealed record CheckOptions
{
    /// <summary>The order of the search.</summary>
    public SearchOrder Order { get; init; } = SearchOrder.BreadthFirst;

    /// <summary>How many threads explore.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether states that differ only in the names of the members of symmetric scalarsets count as one.</summary>
    public bool Symmetry { get; init; }

    /// <summary>Whether a state that no step leaves is an error.</summary>
    public bool FindDeadlocks { get; init; }

    /// <summary>
    /// How long a depth-first path or a random walk may get, in states. A breadth-first search has no such limit.
    /// </summary>
    public int MaxDepth { get; init; } = 1000;

    /// <summary>How many random walks are made.</summary>
    public long Walks { get; init; } = 10_000;

    /// <summary>What the random walks draw from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many bytes the search may take, frontier included; by default three quarters of what there is.</summary>
    public long MaxBytes { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;
}
