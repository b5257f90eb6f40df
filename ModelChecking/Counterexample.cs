namespace ModelChecking;

/// <summary>A path from an initial state to a state or step that violates a property.</summary>
/// <param name="Property">The property.</param>
/// <param name="States">The states on the path, the initial one first.</param>
public sealed record Counterexample(string Property, IReadOnlyList<CounterexampleState> States)
{
    /// <summary>Which initial state, and then which successor of each state, in the order in which the specification gives them.</summary>
    public required IReadOnlyList<int> Path { get; init; }

    /// <summary>Rebuilds a path of a search.</summary>
    /// <param name="specification">The specification.</param>
    /// <param name="property">The property that is violated at its end.</param>
    /// <param name="path">Which initial state, and then which successor of each state.</param>
    internal static Counterexample Follow(Specification specification, string property, IReadOnlyList<int> path)
    {
        var steps = new Successors(specification.Layout);
        specification.Init(steps);
        var state = new State(steps[path[0]].Words.ToArray());
        var values = specification.Describe(state).ToArray();
        var states = new List<CounterexampleState> { new("Init", values, values) { Words = state.Words.ToArray() } };
        foreach (var choice in path.Skip(1))
        {
            steps.Clear();
            specification.Next(state, steps);
            var (action, first, second) = steps.LabelOf(choice);
            var step = specification.Describe(action, first, second, state);
            state = new State(steps[choice].Words.ToArray());
            var before = values;
            values = [.. specification.Describe(state)];
            states.Add(new CounterexampleState(step, values, Changes(before, values))
            {
                Words = state.Words.ToArray(),
                Action = action,
                First = first,
                Second = second,
            });
        }

        return new Counterexample(property, states) { Path = path };
    }

    private static KeyValuePair<string, string>[] Changes(KeyValuePair<string, string>[] before, KeyValuePair<string, string>[] after) =>
    [
        .. after.Except(before),
        .. before.Select(value => value.Key).Except(after.Select(value => value.Key)).Select(name => KeyValuePair.Create(name, "gone")),
    ];
}

/// <summary>A state on the path of a counterexample.</summary>
/// <param name="Step">The step that led to it.</param>
/// <param name="Values">The values of the state, by name.</param>
/// <param name="Changes">The values that the step changed or removed.</param>
public sealed record CounterexampleState(
    string Step,
    IReadOnlyList<KeyValuePair<string, string>> Values,
    IReadOnlyList<KeyValuePair<string, string>> Changes)
{
    /// <summary>The state, packed.</summary>
    public required IReadOnlyList<ulong> Words { get; init; }

    /// <summary>The action of the step, by position in <see cref="Specification.Actions"/>, or null for an initial state.</summary>
    public int? Action { get; init; }

    /// <summary>The first argument of the step.</summary>
    public int First { get; init; }

    /// <summary>The second argument of the step.</summary>
    public int Second { get; init; }
}
