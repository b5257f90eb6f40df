using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Verification.CoreGraph;

/// <summary>
/// The states of the code, as states of the model, and those of the model in the steps of the code (<see cref="CompositeSpec"/>), which is
/// explored without the code.
/// </summary>
internal sealed record GraphComparison
{
    /// <summary>The different states of the model, and the depth of the deepest: the states on a shortest path to it.</summary>
    public required (int States, int Depth) Model { get; init; }

    /// <summary>The same of the code.</summary>
    public required (int States, int Depth) Code { get; init; }

    /// <summary>
    /// The states of the model that the code does not reach, by the action with which the shortest path to them first leaves what the code
    /// reaches.
    /// </summary>
    public required IReadOnlyList<KeyValuePair<RaftAction, int>> OnlyOfModel { get; init; }

    /// <summary>The same of the states of the code that the model does not reach.</summary>
    public required IReadOnlyList<KeyValuePair<CoreAction, int>> OnlyOfCode { get; init; }

    /// <summary>The actions of a shortest path to a state that only one of both reaches; null if there is none.</summary>
    public required string? Example { get; init; }

    /// <summary>Whether both reach the same states, and none is deeper.</summary>
    public bool AreEqual => OnlyOfModel.Count == 0 && OnlyOfCode.Count == 0 && Model == Code;

    /// <summary>Explores both. It takes much longer than the check.</summary>
    /// <param name="cores">The cores.</param>
    /// <param name="stop">Ends it early.</param>
    /// <returns>The comparison; null if it was stopped.</returns>
    public static GraphComparison? Of(CoreSpecification cores, CancellationToken stop = default)
    {
        var model = new CompositeSpec(cores.Bounds.Raft, ModelCoverage.OptionsFor(cores.Bounds));
        var projection = new CoreProjection(cores, model.Rules);
        var words = new ulong[model.Layout.Words];
        var code = Graph.Of(cores, state => CoreProjection.HashOf(projection.Of(state, words)), stop);
        var other = code is null ? null : Graph.Of(
            model,
            state =>
            {
                state.Words.CopyTo(words);
                model.ClearHidden(new State(words));
                return CoreProjection.HashOf(words);
            },
            stop);
        return code is null || other is null ? null : new GraphComparison
        {
            Example = code.PathBeyond(other) ?? other.PathBeyond(code),
            Model = (other.Depths.Count, other.Depths.Values.Max()),
            Code = (code.Depths.Count, code.Depths.Values.Max()),
            OnlyOfModel = [.. other.Beyond(code).Select(one => KeyValuePair.Create((RaftAction)one.Action, one.Count))],
            OnlyOfCode = [.. code.Beyond(other).Select(one => KeyValuePair.Create((CoreAction)one.Action, one.Count))],
        };
    }

    /// <summary>The states of a specification, as 128 bits each.</summary>
    private sealed class Graph(IReadOnlyList<string> actions)
    {
        // In the order in which they are found: which state, from which one, by which action.
        private readonly List<(UInt128 State, int From, int Action)> _steps = [];
        private readonly List<int> _depths = [];

        /// <summary>The depth of each different state.</summary>
        public Dictionary<UInt128, int> Depths { get; } = [];

        public static Graph? Of(Specification specification, Func<State, UInt128> hashOf, CancellationToken stop)
        {
            var graph = new Graph(specification.Actions);
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

        /// <summary>The actions of a shortest path to a state that is not in another graph; null if there is none.</summary>
        public string? PathBeyond(Graph other)
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
        public IEnumerable<(int Action, int Count)> Beyond(Graph other)
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
}
