using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 3, State Machine Safety: if a server has applied a log entry at a given index to its state machine, no other server will ever
/// apply a different log entry for the same index (§5.4.3). Each service gets every entry once, in order, or a snapshot that moves it
/// forward. Services at equal indexes have equal states.
/// </summary>
[PropertyMeaning(
    "If a server has applied a log entry at a given index, no other server will ever apply a different entry for the same index.",
    "Figure 3, State Machine Safety; §5.4.3")]
public sealed class StateMachineSafety : SpecificationMonitor
{
    private readonly Dictionary<ServerId, (int Life, LogIndex Index)> _last = [];
    private readonly Dictionary<LogIndex, (ulong State, ServerId Server)> _states = [];

    /// <inheritdoc/>
    public override string Property => nameof(StateMachineSafety);

    /// <inheritdoc/>
    public override void OnStarted(ServerState server) => CheckSnapshot(server, server.Core!);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output) => CheckSnapshot(server, core);

    /// <inheritdoc/>
    public override void OnApplied(ServerState server, ApplyMessage message, ulong state)
    {
        var last = _last.TryGetValue(server.Id, out var before) && before.Life == server.Life ? before.Index : LogIndex.Zero;
        _last[server.Id] = (server.Life, message.Index);
        if (message.IsNoOp || (message.Snapshot is not null ? message.Index <= last : message.Index != NextCommand(last)))
        {
            Violate($"The service of {server.Id} was given {message} after index {last}: not the next entry, nor a snapshot further on.");
        }

        if (message.Index.Value > Cluster.Committed.Count)
        {
            Violate($"The service of {server.Id} was given {message}, but only {Cluster.Committed.Count} entries were ever committed.");
        }
        else if (message.Index > LogIndex.Zero && Cluster.Committed[(int)message.Index.Value - 1] is var committed
            && (committed.Entry.Term != message.Term || (message.Snapshot is null && committed.Entry.Command != message.Command)))
        {
            var given = message.Snapshot is null ? $"{message.Command}@{message.Term}" : $"a snapshot to {message.Index}@{message.Term}";
            Violate(
                $"The service of {server.Id} was given {given} at index {message.Index}, but {committed.Server} committed "
                    + $"{committed.Entry} there.");
        }

        if (!_states.TryAdd(message.Index, (state, server.Id)) && _states[message.Index].State != state)
        {
            Violate(
                $"After index {message.Index}, the services of {server.Id} and {_states[message.Index].Server} are in different states.");
        }
    }

    // A service does not get the entries without a command that leaders append at the start of their terms.
    private LogIndex NextCommand(LogIndex last)
    {
        var index = last.Next;
        while (index.Value <= Cluster.Committed.Count && Cluster.Committed[(int)index.Value - 1].Entry.IsNoOp)
        {
            index = index.Next;
        }

        return index;
    }

    // A snapshot covers committed entries only.
    private void CheckSnapshot(ServerState server, RaftCore core)
    {
        var snapshot = core.Log.Snapshot;
        if (snapshot.LastIndex.Value > Cluster.Committed.Count)
        {
            Violate(
                $"{server.Id} took a snapshot of entries up to {snapshot.LastIndex}, but only {Cluster.Committed.Count} were ever "
                    + $"committed.");
        }
        else if (
            snapshot.LastIndex > LogIndex.Zero && Cluster.Committed[(int)snapshot.LastIndex.Value - 1] is var last
                && last.Entry.Term != snapshot.LastTerm)
        {
            Violate($"{server.Id} took a {snapshot}, but {last.Server} committed {last.Entry} at index {snapshot.LastIndex}.");
        }
    }
}
