namespace ModelChecking;

/// <summary>A state of a specification, packed into 64-bit words as its <see cref="StateLayout"/> defines.</summary>
/// <param name="words">The words. The state does not own them; its creator defines how long they are valid.</param>
public readonly ref struct State(Span<ulong> words)
{
    /// <summary>All words.</summary>
    public Span<ulong> Words { get; } = words;
}

/// <summary>A predicate on states.</summary>
/// <param name="state">The state.</param>
public delegate bool StatePredicate(State state);

/// <summary>A predicate on steps.</summary>
/// <param name="before">The state that it leaves.</param>
/// <param name="action">Its action, by position in <see cref="Specification.Actions"/>.</param>
/// <param name="after">The state that it reaches.</param>
public delegate bool StepPredicate(State before, int action, State after);
