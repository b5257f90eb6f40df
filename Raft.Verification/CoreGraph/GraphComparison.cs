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

    /// <summary>The actions of a shortest path to a state that only one of both reaches; null if both reach the same.</summary>
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
        var code = StateGraph.Of(cores, state => CoreProjection.HashOf(projection.Of(state, words)), stop);
        var other = code is null ? null : StateGraph.Of(
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
}
