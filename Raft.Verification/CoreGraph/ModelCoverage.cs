using ModelChecking;
using Raft.Impl.Core;
using Raft.Model.Spec;
using Raft.Verification.Conformance;

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
        var code = new HashSet<UInt128>();
        var projection = new Projection(cores, model);
        if (Visit.All(cores, (state, _, _, _) => code.Add(HashOf(projection.Of(state, words))), stop) is null)
        {
            return null;
        }

        var seen = new HashSet<UInt128>();
        var both = 0;
        var missing = new int[model.Actions.Count];

        // For each state: with which action the path to it left what the code reaches; -1 if it did not.
        var left = new List<int>();
        var isComplete = Visit.All(
            new Discarding(model),
            (state, _, from, action) =>
            {
                state.Words.CopyTo(words);
                model.ClearUnread(new State(words));
                var hash = HashOf(words);
                var isReached = code.Contains(hash);
                left.Add(isReached ? -1 : from >= 0 && left[from] >= 0 ? left[from] : action);
                if (seen.Add(hash))
                {
                    both += isReached ? 1 : 0;
                    missing[Math.Max(left[^1], 0)] += isReached ? 0 : 1;
                }
            },
            stop);
        return isComplete is null ? null : new ModelCoverage
        {
            Model = seen.Count,
            Code = code.Count,
            Both = both,
            Missing =
            [
                .. missing.Select((count, action) => KeyValuePair.Create((RaftAction)action, count))
                    .Where(one => one.Value > 0).OrderByDescending(one => one.Value),
            ],
        };
    }

    // Two states with the same 128 bits are taken for one.
    private static UInt128 HashOf(ReadOnlySpan<ulong> words)
    {
        var (low, high) = (0x6A09E667F3BCC909UL, 0xBB67AE8584CAA73BUL);
        foreach (var word in words)
        {
            low = (ulong)(((UInt128)(low ^ word) * 0x9E3779B97F4A7C15UL) >> 32) ^ (low << 7);
            high = ((high ^ word) * 0xD6E8FEB86659FD93UL) ^ (high >> 29);
            high ^= high >> 32;
        }

        return new UInt128(high, low);
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
            model.DiscardWaiting(state, next);
        }

        public override bool IsWithinBounds(State state) => model.IsWithinBounds(state);

        public override IEnumerable<KeyValuePair<string, string>> Describe(State state) => model.Describe(state);
    }

    /// <summary>States of cores as states of the model.</summary>
    private sealed class Projection(CoreSpecification cores, RaftSpec model)
    {
        private readonly ServerStepper _stepper = new(cores.Bounds);
        private readonly Dictionary<int, ModelServer> _servers = [];
        private readonly Dictionary<int, int> _values = Enumerable.Range(0, cores.Bounds.Raft.Values).ToDictionary(
            value => FollowedServer.ValueOf(GhostEntries.CommandOf(value)));

        public ulong[] Of(State state, ulong[] words)
        {
            Array.Clear(words);
            var t = new State(words);
            for (var i = 0; i < cores.Bounds.Raft.Servers; i++)
            {
                var handle = cores.HandleOf(state, i);
                if (!_servers.TryGetValue(handle, out var server))
                {
                    server = Renamed(_stepper.StateOf(i, cores.ServerIn(state, i)));
                    _servers.Add(handle, server);
                }

                model.Set(t, i, server);
            }

            foreach (var (message, copies) in cores.MessagesIn(state))
            {
                for (var copy = 0; copy < copies; copy++)
                {
                    model.Add(t, MessageOf(message.Message), EntriesOf(message));
                }
            }

            cores.SetSpent(state, model, t);
            return words;
        }

        // A snapshot is one unit.
        private ModelMessage MessageOf(Message message)
        {
            var one = _stepper.MessageOf(message);
            return one with { Length = Math.Min(one.Length, 1) };
        }

        private static (int Term, int Value)[] EntriesOf(SentMessage message)
        {
            LogEntry[] entries = message.Message switch
            {
                AppendEntries request => [.. request.Entries],
                InstallSnapshot => GhostEntries.Decode(message.Covered),
                _ => [],
            };
            return [.. entries.Select(entry => ((int)entry.Term.Value, GhostEntries.ValueOf(entry.Command)))];
        }

        // The model numbers its values from 0.
        private ModelServer Renamed(ModelServer server) => server with
        {
            Durable = Renamed(server.Durable),
            Older = [.. server.Older.Select(Renamed)],
        };

        private ModelDurable Renamed(ModelDurable durable) => durable with
        {
            Log = [.. durable.Log.Select(entry => (entry.Term, _values[entry.Value]))],
        };
    }
}
