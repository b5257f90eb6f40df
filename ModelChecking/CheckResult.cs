namespace ModelChecking;

/// <summary>How a check ended.</summary>
public enum CheckOutcome
{
    /// <summary>Every property holds in all states that were searched.</summary>
    Holds,

    /// <summary>An invariant or action property is violated, or there is a deadlock. There is a counterexample.</summary>
    Violated,

    /// <summary>No property is violated, but a state that should be reachable was not reached.</summary>
    NeverReached,

    /// <summary>The bound on memory was hit before the end.</summary>
    OutOfMemory,

    /// <summary>The check was stopped before the end.</summary>
    Stopped,
}

/// <summary>The result of a check.</summary>
public sealed record CheckResult
{
    /// <summary>The name of the property that a deadlock breaks.</summary>
    public const string Deadlock = "Deadlock";

    /// <summary>The outcome.</summary>
    public required CheckOutcome Outcome { get; init; }

    /// <summary>
    /// Whether a check that completed without a violation explored every state within bounds. False for random walks, and for a depth-first
    /// search that reached its depth limit.
    /// </summary>
    public required bool Exhaustive { get; init; }

    /// <summary>The violated property, or null.</summary>
    public string? Violated { get; init; }

    /// <summary>The path to the violation, or null.</summary>
    public Counterexample? Counterexample { get; init; }

    /// <summary>The number of generated states: the initial ones, and one for every step out of an explored state.</summary>
    public required long Generated { get; init; }

    /// <summary>The number of distinct states within bounds; 0 for random walks.</summary>
    public required long Distinct { get; init; }

    /// <summary>
    /// The number of states on the longest of the shortest paths from an initial state, where an initial state alone counts 1. For other
    /// searches, the greatest depth reached.
    /// </summary>
    public required int Depth { get; init; }

    /// <summary>The number of states that were found and not explored when the check ended early.</summary>
    public required long Queue { get; init; }

    /// <summary>The duration.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>The memory of the states beyond the frontier, in bytes: fingerprints and predecessors.</summary>
    public required long Bytes { get; init; }

    /// <summary>For each action: how often it fired, and how many new states it led to.</summary>
    public required IReadOnlyList<ActionCount> Actions { get; init; }

    /// <summary>
    /// For each invariant, how often it was evaluated. It is not evaluated after a step that changes nothing that invariants read.
    /// </summary>
    public required IReadOnlyList<KeyValuePair<string, long>> Evaluations { get; init; }

    /// <summary>The properties that should hold in some state and held in none.</summary>
    public required IReadOnlyList<string> NeverReached { get; init; }

    /// <summary>Generated states a second.</summary>
    public double GeneratedPerSecond => Generated / Math.Max(Time.TotalSeconds, 1e-6);

    /// <summary>Bytes beyond the frontier for each distinct state.</summary>
    public double BytesPerState => Bytes / (double)Math.Max(Distinct, 1);

    /// <summary>
    /// The estimated probability that two states had the same fingerprint, so that one was not explored. As in TLC, it assumes random
    /// fingerprints, and counts the generated states that were not new.
    /// </summary>
    public double CollisionProbability => Distinct * (double)Math.Max(Generated - Distinct, 0) / Math.Pow(2, 64);
}

/// <summary>The counts of an action.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Fired">The number of states that it generated.</param>
/// <param name="Distinct">The number of those that were new.</param>
/// <param name="CanFire">
/// Whether the options and bounds allow it to fire. If it then never fired, the specification is wrong or the bounds are too small.
/// </param>
public sealed record ActionCount(string Name, long Fired, long Distinct, bool CanFire);

/// <summary>The progress of a check.</summary>
/// <param name="Generated">States generated.</param>
/// <param name="Distinct">States found.</param>
/// <param name="Queue">States found but not yet explored.</param>
/// <param name="Depth">The current depth.</param>
/// <param name="Elapsed">The time since the check began.</param>
public sealed record CheckProgress(long Generated, long Distinct, long Queue, int Depth, TimeSpan Elapsed);
