namespace ModelChecking;

/// <summary>Is given each state of a specification once.</summary>
/// <param name="state">The state.</param>
/// <param name="number">Its number, from 0, in the order in which the states are found.</param>
/// <param name="from">The number of the state from which it was found; -1 for an initial state.</param>
/// <param name="action">The action of the step to it, by position; -1 for an initial state.</param>
public delegate void StateVisitor(State state, int number, int from, int action);

/// <summary>Visits the states of a specification that are within bounds, breadth-first, without checking them.</summary>
public static class Visit
{
    /// <summary>Visits all states.</summary>
    /// <param name="specification">The specification.</param>
    /// <param name="visitor">Is called with each state, before its successors are generated.</param>
    /// <param name="stop">Ends the visit early.</param>
    /// <returns>The number of states; null if it was stopped.</returns>
    public static int? All(Specification specification, StateVisitor visitor, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(specification);
        ArgumentNullException.ThrowIfNull(visitor);
        var fingerprint = new Fingerprint(specification.Layout);
        var seen = new HashSet<ulong>();
        var waiting = new Queue<ulong[]>();
        var steps = new Successors(specification.Layout);

        void Add(int from)
        {
            for (var i = 0; i < steps.Count; i++)
            {
                var state = steps[i];
                if (specification.IsWithinBounds(state) && seen.Add(fingerprint.Of(state)))
                {
                    visitor(state, seen.Count - 1, from, from < 0 ? -1 : steps.ActionOf(i));
                    waiting.Enqueue(state.Words.ToArray());
                }
            }
        }

        specification.Init(steps);
        Add(from: -1);
        for (var number = 0; waiting.TryDequeue(out var words); number++)
        {
            if (stop.IsCancellationRequested)
            {
                return null;
            }

            steps.Clear();
            specification.Next(new State(words), steps);
            Add(number);
        }

        return seen.Count;
    }
}
