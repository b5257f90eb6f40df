using System.Globalization;
using System.Text;
using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Labs;

/// <summary>
/// The labs' state machine in one incarnation of a server. It keeps every command by index, and in the snapshot tests compacts the log
/// every ten entries. Its snapshots hold the whole history.
/// </summary>
/// <param name="logs">The record of what all services applied.</param>
/// <param name="server">The number of the server, from 0.</param>
/// <param name="takesSnapshots">Whether the log is compacted.</param>
/// <param name="failed">Called if it receives something wrong. It applies nothing more then.</param>
internal sealed class LabService(LabLogs logs, int server, bool takesSnapshots, Action<LabFailure> failed) : IService
{
    private const int _snapshotInterval = 10;

    // All commands so far, if snapshots are taken.
    private readonly List<Command> _history = [];
    private readonly object _gate = new();
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
    public void Apply(ApplyMessage message)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            try
            {
                Take(message);
            }
            catch (LabFailure failure)
            {
                _ended = true;
                failed(failure);
            }
        }
    }

    /// <inheritdoc/>
    public SnapshotData? Compact()
    {
        lock (_gate)
        {
            if (!takesSnapshots || _ended || Applied == _compacted || (Applied.Value + 1) % _snapshotInterval != 0)
            {
                return null;
            }

            _compacted = Applied;
            return SnapshotData.FromText($"{Applied}\n{string.Join('\n', _history)}");
        }
    }

    private void Take(ApplyMessage message)
    {
        if (message.Snapshot is { } snapshot)
        {
            Install(snapshot);
            return;
        }

        if (takesSnapshots && message.Index != Applied.Next)
        {
            throw new LabFailure($"apply error: server {server} was expected to apply entry {Applied.Next}, not {message.Index}.");
        }

        logs.Apply(server, message.Index.Value, message.Command);
        Add(message.Index, message.Command);
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
            Add(new LogIndex(i), Command.FromText(lines[i]));
        }

        _compacted = Applied;
        logs.Replace(server, _history);
    }

    private void Add(LogIndex index, Command command)
    {
        Applied = index;
        State = RaftDigest.Add(State ^ (ulong)index.Value, command);
        if (takesSnapshots)
        {
            _history.Add(command);
        }
    }
}
