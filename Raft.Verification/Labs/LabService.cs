using System.Globalization;
using System.Text;
using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Labs;

/// <summary>
/// The labs' state machine in one incarnation of a server. It keeps every command by index, and in the snapshot tests compacts the log
/// every ten entries. Its snapshots hold the whole history.
/// </summary>
/// <remarks>
/// The labs expect the indexes without gaps. With no-ops (<see cref="ProtocolOptions.NoOp"/>) each term begins with an entry that the
/// service does not get. Then the indexes have a gap wherever the term rises, of at most one index for each term, and no other gap.
/// </remarks>
/// <param name="logs">The record of what all services applied.</param>
/// <param name="server">The number of the server, from 0.</param>
/// <param name="takesSnapshots">Whether the log is compacted.</param>
/// <param name="hasNoOps">Whether each term begins with a no-op.</param>
/// <param name="failed">Called if it receives something wrong. It applies nothing more then.</param>
internal sealed class LabService(LabLogs logs, int server, bool takesSnapshots, bool hasNoOps, Action<LabFailure> failed) : IService
{
    private const int _snapshotInterval = 10;

    // All commands so far, if snapshots are taken. Null stands for a no-op.
    private readonly List<Command?> _history = [];
    private readonly object _gate = new();
    private Term _term;
    private LogIndex _compacted;
    private bool _ended;

    /// <inheritdoc/>
    public LogIndex Applied { get; private set; }

    /// <inheritdoc/>
    public ulong State { get; private set; }

    /// <summary>The server has crashed: ignore whatever this incarnation still does.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
        }
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Apply(ApplyMessage message)
    {
        lock (_gate)
        {
            try
            {
                if (!_ended)
                {
                    Take(message);
                }
            }
            catch (LabFailure failure)
            {
                _ended = true;
                failed(failure);
            }

            return default;
        }
    }

    /// <inheritdoc/>
    public SnapshotData? Compact()
    {
        lock (_gate)
        {
            // Not only at every tenth index, which may be that of a no-op.
            if (!takesSnapshots || _ended || Interval(Applied) == Interval(_compacted))
            {
                return null;
            }

            _compacted = Applied;
            return SnapshotData.FromText($"{Applied}\n{string.Join('\n', _history)}");
        }
    }

    private static long Interval(LogIndex index) => (index.Value + 1) / _snapshotInterval;

    private void Take(ApplyMessage message)
    {
        if (message.Snapshot is { } snapshot)
        {
            Install(snapshot);
            return;
        }

        if (hasNoOps)
        {
            SkipNoOps(message);
        }

        if (takesSnapshots && message.Index != Applied.Next)
        {
            throw new LabFailure($"apply error: server {server} was expected to apply entry {Applied.Next}, not {message.Index}.");
        }

        logs.Apply(server, message.Index.Value, message.Command);
        Add(message.Index, message.Command);
        _term = message.Term;
    }

    // Each term begins with a no-op, so a command of a later term comes after one at least, and after one of each term at most.
    private void SkipNoOps(ApplyMessage message)
    {
        var skipped = message.Index - Applied.Next;
        var terms = message.Term.Value - _term.Value;
        if (skipped < Math.Min(terms, 1) || skipped > terms)
        {
            throw new LabFailure(
                $"apply error: server {server} applied entry {message.Index} of term {message.Term} after entry {Applied} of term {_term}: "
                    + "expected a gap in the indexes where the term rises, of at most one index for each term, and no other gap.");
        }

        while (Applied.Next < message.Index)
        {
            logs.Apply(server, Applied.Next.Value, command: null);
            Add(Applied.Next, command: null);
        }
    }

    private void Install(Snapshot snapshot)
    {
        var lines = Encoding.UTF8.GetString(snapshot.Data.Bytes.Span).Split('\n');
        if (!long.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index != lines.Length - 1)
        {
            throw new LabFailure(
                $"apply error: server {server} was given a {snapshot} that cannot be decoded ({snapshot.Data.Bytes.Length} bytes).");
        }

        if (index != snapshot.LastIndex.Value)
        {
            throw new LabFailure(
                $"apply error: server {server} was given a snapshot to {snapshot.LastIndex} that holds the state at {index}.");
        }

        _history.Clear();
        State = 0;
        for (var i = 1; i < lines.Length; i++)
        {
            // No command of the tests is empty.
            Add(new LogIndex(i), hasNoOps && lines[i].Length == 0 ? null : Command.FromText(lines[i]));
        }

        _term = snapshot.LastTerm;
        _compacted = Applied;
        logs.Replace(server, _history);
    }

    private void Add(LogIndex index, Command? command)
    {
        Applied = index;
        State = RaftDigest.Add(State ^ (ulong)index.Value, command ?? default);
        if (takesSnapshots)
        {
            _history.Add(command);
        }
    }
}
