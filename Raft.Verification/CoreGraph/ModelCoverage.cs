using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Verification.CoreGraph;

/// <summary>
/// The converse of the check: how many of the states that the model reaches does the code reach, within the same bounds? What no one reads
/// is left out on both sides (<see cref="RaftSpec.ClearUnread"/>). Servers of the model may discard messages that wait, as nodes do.
/// </summary>
internal sealed record ModelCoverage
{
    /// <summary>The different states of the model.</summary>
    public required int Model { get; init; }

    /// <summary>The different states of the code, as states of the model.</summary>
    public required int Code { get; init; }

    /// <summary>How many are states of both.</summary>
    public required int Both { get; init; }

    /// <summary>
    /// The states of the model that the code does not reach, by the action with which the shortest path to them first leaves what the code
    /// reaches.
    /// </summary>
    public required IReadOnlyList<KeyValuePair<RaftAction, int>> Missing { get; init; }

    /// <summary>The options of the specification that fit the bounds of the cores.</summary>
    public static RaftOptions OptionsFor(CoreBounds bounds) => RaftOptions.Conforming with
    {
        MaxWrites = bounds.MaxWrites,
        MaxBatch = bounds.MaxBatch,
        MaxEntries = bounds.Limits.MaxEntriesPerMessage,
        Snapshots = bounds.Snapshots,

        // A snapshot is sent whole.
        Chunks = bounds.Snapshots ? 1 : 0,
    };

    /// <summary>Compares the states. It takes much longer than the check.</summary>
    /// <param name="cores">The cores.</param>
    /// <param name="stop">Ends it early.</param>
    /// <returns>The coverage; null if it was stopped.</returns>
    public static ModelCoverage? Of(CoreSpecification cores, CancellationToken stop = default)
    {
        var model = new RaftSpec(cores.Bounds.Raft, OptionsFor(cores.Bounds));
        var words = new ulong[model.Layout.Words];
        var projection = new CoreProjection(cores, model);
        var code = StateGraph.Of(cores, state => CoreProjection.HashOf(projection.Of(state, words)), stop);
        var all = code is null ? null : StateGraph.Of(
            new Discarding(model),
            state =>
            {
                state.Words.CopyTo(words);
                model.ClearUnread(new State(words));
                return CoreProjection.HashOf(words);
            },
            stop);
        return code is null || all is null ? null : new ModelCoverage
        {
            Model = all.Depths.Count,
            Code = code.Depths.Count,
            Both = all.Depths.Keys.Count(code.Depths.ContainsKey),
            Missing = [.. all.Beyond(code).Select(one => KeyValuePair.Create((RaftAction)one.Action, one.Count))],
        };
    }

    /// <summary>
    /// The model, and servers that discard messages that wait for a write, as nodes do: those of an earlier term, and repetitions.
    /// </summary>
    private sealed class Discarding(RaftSpec model) : Specification(model.Layout)
    {
        public override string Name => model.Name;

        public override IReadOnlyList<string> Actions => model.Actions;

        public override void Init(Successors initial) => model.Init(initial);

        public override void Next(State state, Successors next)
        {
            model.Next(state, next);
            for (var (k, steps) = (0, next.Count); k < steps; k++)
            {
                model.DiscardRepetition(next, k);
            }

            model.DiscardWaiting(state, next);
        }

        public override bool IsWithinBounds(State state) => model.IsWithinBounds(state);

        public override IEnumerable<KeyValuePair<string, string>> Describe(State state) => model.Describe(state);
    }
}
