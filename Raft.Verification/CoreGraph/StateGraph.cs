using ModelChecking;

namespace Raft.Verification.CoreGraph;

/// <summary>The states of a specification, as 128 bits each.</summary>
internal sealed class StateGraph(IReadOnlyList<string> actions)
{
    // In the order in which they are found: which state, from which one, by which action.
    private readonly List<(UInt128 State, int From, int Action)> _steps = [];
    private readonly List<int> _depths = [];

    /// <summary>The depth of each different state.</summary>
    public Dictionary<UInt128, int> Depths { get; } = [];

    /// <summary>Explores a specification.</summary>
    /// <param name="specification">The specification.</param>
    /// <param name="hashOf">A state as 128 bits. States with the same bits are taken for one.</param>
    /// <param name="stop">Ends it early.</param>
    /// <returns>The graph; null if it was stopped.</returns>
    public static StateGraph? Of(Specification specification, Func<State, UInt128> hashOf, CancellationToken stop)
    {
        var graph = new StateGraph(specification.Actions);
        var count = Visit.All(
            specification,
            (state, _, from, action) =>
            {
                var hash = hashOf(state);
                graph._steps.Add((hash, from, action));
                graph._depths.Add(from < 0 ? 1 : graph._depths[from] + 1);
                graph.Depths.TryAdd(hash, graph._depths[^1]);
            },
            stop);
        return count is null ? null : graph;
    }

    /// <summary>The actions of a shortest path to a state that is not in another graph; null if all are.</summary>
    public string? PathBeyond(StateGraph other)
    {
        var path = new List<string>();
        var number = _steps.FindIndex(step => !other.Depths.ContainsKey(step.State));
        for (; number >= 0 && _steps[number].From >= 0; number = _steps[number].From)
        {
            path.Add(actions[_steps[number].Action]);
        }

        path.Reverse();
        return number < 0 ? null : string.Join(", ", path);
    }

    /// <summary>The states that are not in another graph, by the action with which the path to them leaves it.</summary>
    public IEnumerable<(int Action, int Count)> Beyond(StateGraph other)
    {
        var left = new int[_steps.Count];
        var counts = new Dictionary<int, int>();
        var seen = new HashSet<UInt128>();
        for (var number = 0; number < left.Length; number++)
        {
            var (state, from, action) = _steps[number];
            var isShared = other.Depths.ContainsKey(state);
            left[number] = isShared ? -1 : from >= 0 && left[from] >= 0 ? left[from] : action;
            if (!isShared && seen.Add(state))
            {
                counts[left[number]] = counts.GetValueOrDefault(left[number]) + 1;
            }
        }

        return counts.OrderByDescending(one => one.Value).ThenBy(one => one.Key).Select(one => (one.Key, one.Value));
    }
}
