namespace ModelChecking;

/// <summary>How a check ended.</summary>
public enum CheckOutcome
{
    /// <summary>Every property holds, everywhere the search went.</summary>
    Holds,

    /// <summary>An invariant or an action property is broken, or there is a deadlock: there is a counterexample.</summary>
    Violated,

    /// <summary>Nothing is broken, but something that should be reachable was never reached.</summary>
    NeverReached,

    /// <summary>The bound on memory was hit before the end.</summary>
    OutOfMemory,

    /// <summary>It was stopped before the end.</summary>
    Stopped,
}

/// <summary>What a check found.</summary>
public sealed record CheckResult
{
    /// <summary>The name of the property that a deadlock breaks.</summary>
    public const string Deadlock = "Deadlock";

    /// <summary>How it ended.</summary>
    public required CheckOutcome Outcome { get; init; }

    /// <summary>
    /// Whether, if nothing was found and it was not ended early, every state within bounds was explored: not by random walks, nor by a
    /// depth-first search that met its greatest depth.
    /// </summary>
    public required bool Exhaustive { get; init; }

    /// <summary>The property that is broken; null if none is.</summary>
    public string? Violated { get; init; }

    /// <summary>The path to the violation; null if there is none.</summary>
    public Counterexample? Counterexample { get; init; }

    /// <summary>How many states were generated: the initial ones, and one for every step out of an explored state.</summary>
    public required long Generated { get; init; }

    /// <summary>How many different states within bounds there are; in random walks, 0.</summary>
    public required long Distinct { get; init; }

    /// <summary>
    /// How many states are on the longest of the shortest paths from an initial state; an initial state alone makes 1. Else, the deepest
    /// that the search went.
    /// </summary>
    public required int Depth { get; init; }

    /// <summary>How many states were found and not explored, when it ended early.</summary>
    public required long Queue { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>How much memory the found states take beyond the frontier, in bytes: fingerprints, and what rebuilds a trace.</summary>
    public required long Bytes { get; init; }

    /// <summary>For each action: how often it fired, and how many new states it led to.</summary>
    public required IReadOnlyList<ActionCount> Actions { get; init; }

    /// <summary>
    /// For each invariant, how often it was evaluated. Steps that change nothing that invariants read keep them without that.
    /// </summary>
    public required IReadOnlyList<KeyValuePair<string, long>> Evaluations { get; init; }

    /// <summary>What should have been reached, and was not.</summary>
    public required IReadOnlyList<string> NeverReached { get; init; }

    /// <summary>Generated states a second.</summary>
    public double GeneratedPerSecond => Generated / Math.Max(Time.TotalSeconds, 1e-6);

    /// <summary>Bytes beyond the frontier for each distinct state.</summary>
    public double BytesPerState => Bytes / (double)Math.Max(Distinct, 1);

    /// <summary>
    /// About how likely it is that two states had the same fingerprint, so that one of them was not explored: for each of the generated
    /// states that were not new, that it was one of the others by mistake (as TLC estimates it, for fingerprints that behave like random
    /// ones).
    /// </summary>
    public double CollisionProbability => Distinct * (double)Math.Max(Generated - Distinct, 0) / Math.Pow(2, 64);
}

/// <summary>What an action did.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Fired">How many of the generated states it made.</param>
/// <param name="Distinct">How many of those were new.</param>
/// <param name="CanFire">
/// Whether it may fire at all, as the options and bounds are. If it never fired nevertheless, something is wrong, or too small.
/// </param>
public sealed record ActionCount(string Name, long Fired, long Distinct, bool CanFire);

/// <summary>How far a check is.</summary>
/// <param name="Generated">States generated.</param>
/// <param name="Distinct">States found.</param>
/// <param name="Queue">States found but not yet explored.</param>
/// <param name="Depth">The present depth.</param>
/// <param name="Elapsed">Since it began.</param>
public sealed record CheckProgress(long Generated, long Distinct, long Queue, int Depth, TimeSpan Elapsed);
