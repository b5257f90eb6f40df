using ModelChecking;
using Raft.Impl.Core;
using Raft.Model.Spec;
using Raft.Verification.Conformance;

namespace Raft.Verification.CoreGraph;

/// <summary>States of cores as states of the model.</summary>
internal sealed class CoreProjection(CoreSpecification cores, RaftSpec model)
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

    /// <summary>A state as 128 bits: two states with the same bits are taken for one.</summary>
    public static UInt128 HashOf(ReadOnlySpan<ulong> words)
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
