using Raft.Impl.Core;
using Raft.Model.Spec;
using Raft.Verification.Conformance;

namespace Raft.Verification.CoreGraph;

/// <summary>
/// Takes the steps of servers: it does with a core what a node does (<see cref="Raft.Impl.Node.RaftNode"/>), and steps the model beside it,
/// whose state and messages must then be equal. For one thread.
/// </summary>
internal sealed class ServerStepper
{
    private readonly CoreBounds _bounds;
    private readonly ServerId[] _members;
    private readonly ModelLogs[] _logs;
    private readonly FollowedServer[] _followed;

    // Of this step.
    private readonly List<RaftWrite> _writes = [];
    private readonly List<OutgoingMessage> _held = [];
    private readonly List<SentMessage> _sent = [];
    private FollowedServer _model = null!;
    private RaftCore _core = null!;
    private OutgoingMessage _last;
    private bool _serviceIsBusy;
    private long _durable;
    private string? _difference;

    public ServerStepper(CoreBounds bounds)
    {
        _bounds = bounds;
        _members = MembersOf(bounds);
        _logs = Array.ConvertAll(_members, _ => new ModelLogs());
        _followed = [.. _members.Select((id, i) => new FollowedServer(id, _members, _logs[i], ProtocolOptions.Figure2))];
    }

    /// <summary>The messages that the last step sent.</summary>
    public IReadOnlyList<SentMessage> Sent => _sent;

    /// <summary>How the last step differs from the model; null if it does not.</summary>
    public string? Difference => _difference;

    /// <summary>How much of its budget the last step took.</summary>
    public int Spent { get; private set; }

    /// <summary>The servers of a cluster.</summary>
    public static ServerId[] MembersOf(CoreBounds bounds) => [.. Enumerable.Range(1, bounds.Raft.Servers).Select(i => new ServerId(i))];

    /// <summary>A server that starts: in term 1, as the specification does, with an empty log.</summary>
    public CoreServer Start(int self)
    {
        var disk = DurableState.Initial with { Term = new Term(1) };
        var core = new RaftCore(_members[self], _members, disk, _bounds.Limits);
        return new CoreServer(core.Canonical(), disk, [], [], mostCopies: 0, default, serviceIsBusy: false, _bounds);
    }

    /// <summary>The state of a server as the specification has it.</summary>
    public ModelServer StateOf(int self, CoreServer server) => _followed[self].StateOf(
        server.Core,
        [.. Enumerable.Range(0, server.Writes.Length).Select(server.DiskAfter)],
        server.Held,
        GhostEntries.CoveredBy);

    /// <summary>A message as the specification has it, without its entries.</summary>
    public ModelMessage MessageOf(Message message) => _followed[0].MessageOf(message);

    /// <summary>A message as the specification has it.</summary>
    public ModelForm FormOf(SentMessage message) => new(
        MessageOf(message.Message), message.Message is AppendEntries request ? request.Entries : EntryList.Empty, message.Covered);

    /// <summary>A step that a server takes of itself.</summary>
    /// <returns>The server after it.</returns>
    public CoreServer Take(int self, CoreServer before, CoreAction action, int argument) => Take(self, before, () =>
    {
        switch (action)
        {
            case CoreAction.Restart:
                Restart(self, before, argument);
                break;
            case CoreAction.ElectionTimeout:
                Step(ElectionTimeout.Instance);
                Spent = _core.CurrentTerm > before.Core.CurrentTerm ? 1 : 0;
                break;
            case CoreAction.HeartbeatTimeout:
                Step(HeartbeatTimeout.Instance);
                break;
            case CoreAction.Propose:
                var values = GhostEntries.ValuesOf(argument, _bounds.Raft.Values);
                Spent = Step(new Propose([.. values.Select(GhostEntries.CommandOf)])).Proposals.Count(one => one.IsTaken);
                break;
            case CoreAction.WriteDurable:
                Step(new WriteDurable(argument));
                break;
            case CoreAction.Compact:
                Step(new Compact(new LogIndex(argument), GhostEntries.StateAt(_core.Log, new LogIndex(argument))));
                break;
            case CoreAction.ReadyToApply:
                _serviceIsBusy = false;
                Step(ReadyToApply.Instance);
                break;
            default:
                throw new ArgumentException($"A server does not {action} of itself.", nameof(action));
        }
    });

    /// <summary>A server receives a message.</summary>
    /// <returns>The server after it.</returns>
    public CoreServer Receive(CoreServer before, SentMessage message) => Take(message.To, before, () =>
    {
        foreach (var entry in GhostEntries.Decode(message.Covered))
        {
            _followed[message.To].Commit(entry);
        }

        Step(new MessageReceived(message.Message));
    });

    private CoreServer Take(int self, CoreServer before, Action take)
    {
        _model = _followed[self];
        _core = before.Core.Clone();
        (_difference, _durable, _last, _serviceIsBusy, Spent) = (null, 0, before.Last, before.ServiceIsBusy, 0);
        _sent.Clear();
        _held.Clear();
        _held.AddRange(before.Held);
        _writes.Clear();
        _writes.AddRange(before.Writes);
        try
        {
            _model.Begin(StateOf(self, before), before.Held);
            take();
            OutgoingMessage[] held = [.. _held.Select(Renumbered)];
            var after = new CoreServer(
                _core.Canonical(),
                before.DiskAfter((int)_durable),
                [.. _writes.Where(write => write.Sequence > _durable).Select(write => write with { Sequence = write.Sequence - _durable })],
                held,
                MostCopiesAmong(held),
                _last.Message is null ? default : Renumbered(_last),
                _serviceIsBusy,
                _bounds);
            Differ(_difference is null ? _model.DifferenceFrom(StateOf(self, after)) : null);
            return after;
        }
        catch (Exception exception)
        {
            // The core refuses to go on, or does what cannot be compared.
            Differ($"the step failed: {exception.Message}");
            return before;
        }
    }

    // As the specification has them.
    private int MostCopiesAmong(OutgoingMessage[] held) =>
        held.Length == 0 ? 0 : held.GroupBy(one => (MessageOf(one.Message), one.After)).Max(copies => copies.Count());

    private OutgoingMessage Renumbered(OutgoingMessage message) => message with { After = message.After - _durable };

    private void Restart(int self, CoreServer before, int stored)
    {
        _durable = stored;
        _writes.Clear();
        _held.Clear();
        _last = default;
        _serviceIsBusy = false;
        _core = new RaftCore(_members[self], _members, before.DiskAfter(stored), _bounds.Limits);
        Differ(_model.Restart(_core, stored));

        // A service starts empty, and asks for what there is. The numbers of writes start again.
        Step(ReadyToApply.Instance);
        Spent = 1;
    }

    // Raft.Impl.Node.RaftNode.Handle.
    private Output Step(Input input)
    {
        var term = _core.CurrentTerm;
        var output = _core.Step(input);
        Differ(output.Rejected is { } why ? $"it rejects {input}, which a server has sent: {why}" : null);
        Differ(_model.Step(_core, input, output, logChangedFrom: null));
        if (_core.CurrentTerm != term)
        {
            _held.ForEach(held => _model.Discard(held.Message));
            _held.Clear();
            _last = default;
        }

        if (output.Write is { } write)
        {
            _writes.Add(write);
        }

        if (input is WriteDurable durable)
        {
            _durable = durable.Sequence;
            Release();
        }

        foreach (var message in output.Messages)
        {
            if (message.After <= _durable)
            {
                Send(message.Message);
            }
            else
            {
                Hold(message);
            }
        }

        if (output.Apply.Count > 0)
        {
            CheckApplied(output.Apply);
            _serviceIsBusy = _bounds.SlowService;
            if (!_serviceIsBusy)
            {
                Step(ReadyToApply.Instance);
            }
        }

        return output;
    }

    // Raft.Impl.Node.RaftNode.OnDurable.
    private void Release()
    {
        while (_held is [var first, ..] && first.After <= _durable)
        {
            _held.RemoveAt(0);
            _last = default;
            if (_core.IsStale(first.Message))
            {
                _model.Discard(first.Message);
            }
            else
            {
                Send(first.Message);
            }
        }
    }

    // Raft.Impl.Node.HeldMessages.Add.
    private void Hold(OutgoingMessage message)
    {
        if (message == _last)
        {
            _model.Discard(message.Message);
            return;
        }

        _held.Insert(_held.FindLastIndex(held => held.After <= message.After) + 1, message);
        _last = message;
    }

    private void Send(Message message)
    {
        Differ(_model.Send(message));
        var covered = message is InstallSnapshot chunk ? GhostEntries.StateAt(_core.Log, chunk.LastIndex) : default;
        _sent.Add(new SentMessage(message, Array.IndexOf(_members, message.To), covered));
    }

    // State Machine Safety needs that the service gets what the log holds.
    private void CheckApplied(IReadOnlyList<ApplyMessage> applied)
    {
        foreach (var one in applied)
        {
            if (one.Snapshot is { } snapshot)
            {
                Differ(snapshot.Equals(_core.Log.Snapshot) ? null : $"the service gets {snapshot}, but there is {_core.Log.Snapshot}");
            }
            else if (_core.Log[one.Index].Command != one.Command)
            {
                Differ($"the service gets another command at index {one.Index} than the log holds there");
            }
        }
    }

    private void Differ(string? difference) => _difference ??= difference;
}
