using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 3, State Machine Safety: if a server has applied a log entry at a given index to its state machine, no other server will ever apply a
/// different log entry for the same index (§5.4.3). And each service gets every entry once, in order, or a snapshot that moves it forward; equal
/// indexes mean equal states.
/// </summary>
public sealed class StateMachineSafety : SpecificationMonitor
{
    private readonly Dictionary<ServerId, (int Life, LogIndex Index)> _last = [];
    private readonly Dictionary<LogIndex, (ulong State, ServerId Server)> _states = [];

    /// <inheritdoc/>
    public override string Property => nameof(StateMachineSafety);

    /// <inheritdoc/>
    public override void OnApplied(ServerState server, ApplyMessage message, ulong state)
    {
        var last = _last.TryGetValue(server.Id, out var before) && before.Life == server.Life ? before.Index : LogIndex.Zero;
        _last[server.Id] = (server.Life, message.Index);
        if (message is ApplySnapshot ? message.Index <= last : message.Index != last.Next)
        {
            Violate($"The service of {server.Id} was given {message} after index {last}: not the next entry, nor a snapshot further on.");
        }

        if (message.Index.Value > Cluster.Committed.Count)
        {
            Violate($"The service of {server.Id} was given {message}, but only {Cluster.Committed.Count} entries were ever committed.");
        }
        else if (message is ApplyEntry entry && Cluster.Committed[(int)entry.Index.Value - 1] is var committed
            && (committed.Entry.Term != entry.Term || committed.Entry.Command != entry.Command))
        {
            Violate($"The service of {server.Id} was given {entry.Command}@{entry.Term} at index {entry.Index}, but {committed.Server} committed {committed.Entry} there.");
        }

        if (!_states.TryAdd(message.Index, (state, server.Id)) && _states[message.Index].State != state)
        {
            Violate($"After index {message.Index}, the services of {server.Id} and {_states[message.Index].Server} are in different states.");
        }
    }
}
