namespace ModelChecking;

/// <summary>A state of a specification, packed into 64-bit words. What the bits mean, its <see cref="StateLayout"/> says.</summary>
/// <param name="words">The words. The state does not own them: whoever made it says for how long they hold.</param>
public readonly ref struct State(Span<ulong> words)
{
    /// <summary>All words.</summary>
    public Span<ulong> Words { get; } = words;
}

/// <summary>Says something of a state.</summary>
/// <param name="state">The state.</param>
public delegate bool StatePredicate(State state);

/// <summary>Says something of a step.</summary>
/// <param name="before">The state that it leaves.</param>
/// <param name="action">Its action, by position in <see cref="Specification.Actions"/>.</param>
/// <param name="after">The state that it reaches.</param>
public delegate bool StepPredicate(State before, int action, State after);
