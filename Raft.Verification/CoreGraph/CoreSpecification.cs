using System.Collections.Concurrent;
using ModelChecking;
using Raft.Impl.Core;
using Raft.Model.Spec;

namespace Raft.Verification.CoreGraph;

/// <summary>
/// A cluster of real cores as a transition system, for the checker that explores the model. A state holds the number of each server's state
/// (<see cref="CoreServer"/>) and a bag of messages. Every step of a server is compared with the model; a step that differs leads to a
/// state that says how.
/// </summary>
internal sealed partial class CoreSpecification : Specification, IDisposable
{
    // A step adds at most so many messages to those within bounds. If it adds more, the state is beyond bounds in any case.
    private const int _room = 16;

    private readonly ThreadLocal<ServerStepper> _stepper;
    private readonly Interned<CoreServer> _servers = new();
    private readonly Interned<SentMessage> _messages = new();
    private readonly Interned<ModelForm> _forms = new();
    private readonly Interned<string> _differences = new();
    private readonly ConcurrentDictionary<(int Server, int Message), ServerStep> _received = new();
    private readonly Scalarset _serverSet;
    private readonly Variable _server;
    private readonly Variable _difference;
    private readonly Variable _isBeyond;
    private readonly Spending _restarts;
    private readonly Spending _duplicates;
    private readonly Spending _drops;
    private readonly Spending _clientRequests;
    private readonly Spending _timeouts;
    private readonly Field _message;
    private readonly RecordLayout _record;
    private readonly Bag _network;
    private long _ownSteps;

    /// <summary>Makes the specification.</summary>
    /// <exception cref="ArgumentException">A bound is out of range.</exception>
    public CoreSpecification(CoreBounds bounds)
    {
        bounds.Validate();
        Bounds = bounds;
        var raft = bounds.Raft;
        _stepper = new ThreadLocal<ServerStepper>(() => new ServerStepper(bounds));
        _serverSet = new Scalarset("S", raft.Servers);
        _server = Layout.Variable("server", Domain.Number(int.MaxValue), _serverSet);
        _difference = Layout.Variable("difference", Domain.Number(int.MaxValue));
        WordsThatInvariantsRead = Layout.Words;
        _isBeyond = Layout.Variable("isBeyond", Domain.Number(1));
        _restarts = new Spending(Layout, "restarts", raft.MaxRestarts);
        _duplicates = new Spending(Layout, "duplicates", raft.MaxDuplicates);
        _drops = new Spending(Layout, "drops", raft.MaxDrops);
        _clientRequests = new Spending(Layout, "clientRequests", raft.MaxClientRequests);
        _timeouts = new Spending(Layout, "timeouts", raft.MaxTimeouts);
        _record = new RecordLayout(Layout, "Message");
        _message = _record.Field("message", Domain.Number(int.MaxValue));
        _network = Layout.Bag(_record, raft.MaxMessages + _room);
    }

    /// <inheritdoc/>
    public override string Name => "the real core";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Actions { get; } = Enum.GetNames<CoreAction>();

    /// <inheritdoc/>
    public override int WordsThatInvariantsRead { get; }

    /// <summary>The bounds.</summary>
    public CoreBounds Bounds { get; }

    /// <summary>How many states a server was in, over all servers.</summary>
    public int ServerStates => _servers.Count;

    /// <summary>How many different messages were sent.</summary>
    public int Messages => _messages.Count;

    /// <summary>How many steps of a server were compared with the model: each state of a server, with each input in it, once.</summary>
    public long ComparedSteps => Interlocked.Read(ref _ownSteps) + _received.Count;

    /// <summary>The number of a server's state.</summary>
    public int HandleOf(State state, int server) => _server[state, server];

    /// <summary>A server.</summary>
    public CoreServer ServerIn(State state, int server) => _servers[_server[state, server]];

    /// <summary>The messages in the network, each with the number of copies.</summary>
    public IReadOnlyList<(SentMessage Message, int Copies)> MessagesIn(State state)
    {
        var messages = new List<(SentMessage, int)>();
        for (var slot = 0; _network[state, slot] is not 0 and var m; slot++)
        {
            messages.Add((_messages[_message[m]], _network.Copies(state, slot)));
        }

        return messages;
    }

    /// <summary>Sets what is spent of the budgets in a state of the model.</summary>
    public void SetSpent(State state, RaftSpec model, State t) => model.SetSpent(
        t, _restarts.In(state), _duplicates.In(state), _drops.In(state), _clientRequests.In(state), _timeouts.In(state));

    private int Servers => Bounds.Raft.Servers;

    /// <inheritdoc/>
    public void Dispose() => _stepper.Dispose();

    /// <inheritdoc/>
    public override bool CanFire(int action) => (CoreAction)action switch
    {
        CoreAction.Restart => Bounds.Raft.MaxRestarts != 0,
        CoreAction.ElectionTimeout => Bounds.Raft.MaxTimeouts != 0,
        CoreAction.Propose => Bounds.Raft.MaxClientRequests != 0,
        CoreAction.DuplicateMessage => Bounds.Raft.MaxDuplicates != 0,
        CoreAction.DropMessage => Bounds.Raft.MaxDrops != 0,
        CoreAction.Compact or CoreAction.ReceiveInstallSnapshot or CoreAction.ReceiveInstallSnapshotReply => Bounds.Snapshots,
        CoreAction.ReadyToApply => Bounds.SlowService,
        _ => true,
    };

    /// <inheritdoc/>
    public override void Init(Successors initial)
    {
        ArgumentNullException.ThrowIfNull(initial);
        var t = initial.Initial();
        for (var i = 0; i < Servers; i++)
        {
            _server[t, i] = _servers.Intern(_stepper.Value!.Start(i));
        }
    }

    /// <inheritdoc/>
    public override void Next(State state, Successors next)
    {
        ArgumentNullException.ThrowIfNull(next);
        for (var i = 0; i < Servers; i++)
        {
            TakeOwnSteps(state, i, next);
        }

        for (var slot = 0; _network[state, slot] is not 0 and var m; slot++)
        {
            Receive(state, m, slot, next);
            if (_duplicates.IsLeft(state))
            {
                var t = next.Step(state, (int)CoreAction.DuplicateMessage, slot);
                _network.Add(t, m);
                _duplicates.Spend(t, 1);
            }

            if (_drops.IsLeft(state))
            {
                var t = next.Step(state, (int)CoreAction.DropMessage, slot);
                _network.Remove(t, m);
                _drops.Spend(t, 1);
            }
        }
    }

    /// <summary>
    /// The same bounds as those of the model: messages that wait for a write count, and copies of them too. Messages that are one message
    /// in the model are copies.
    /// </summary>
    public override bool IsWithinBounds(State state)
    {
        var raft = Bounds.Raft;
        var held = 0;
        for (var i = 0; i < Servers; i++)
        {
            var server = _servers[_server[state, i]];
            if (server.Core.CurrentTerm.Value > raft.MaxTerm
                || server.Log.Length > raft.MaxLog
                || server.Writes.Length > Bounds.MaxWrites
                || server.MostCopies > raft.MaxCopies)
            {
                return false;
            }

            held += server.Held.Length;
        }

        return _isBeyond[state] == 0
            && held <= raft.MaxMessages
            && _network.HoldsAtMost(state, raft.MaxMessages - held, raft.MaxCopies)
            && HoldsAtMostOfEachForm(state, raft.MaxCopies);
    }

    private bool HoldsAtMostOfEachForm(State state, int most)
    {
        for (var slot = 0; _network[state, slot] is not 0 and var m; slot++)
        {
            var form = _messages[_message[m]].Form;
            var copies = _network.Copies(state, slot);
            for (var later = slot + 1; _network[state, later] is not 0 and var other; later++)
            {
                copies += _messages[_message[other]].Form == form ? _network.Copies(state, later) : 0;
            }

            if (copies > most)
            {
                return false;
            }
        }

        return true;
    }

    private void TakeOwnSteps(State state, int i, Successors next)
    {
        var handle = _server[state, i];
        var server = _servers[handle];
        var inputs = server.OwnInputs;
        for (var k = 0; k < inputs.Length; k++)
        {
            var (action, argument) = inputs[k];
            var budget = BudgetOf(action);
            if (budget?.IsLeft(state) == false)
            {
                continue;
            }

            var step = Volatile.Read(ref server.OwnSteps[k]);
            if (step is null)
            {
                step = Keep(_stepper.Value!.Take(i, server, action, argument), _stepper.Value!);
                if (Interlocked.CompareExchange(ref server.OwnSteps[k], step, null) is null)
                {
                    Interlocked.Increment(ref _ownSteps);
                }
            }

            if (budget?.IsLeft(state, step.Spent) != false)
            {
                var t = next.Step(state, (int)action, i, argument);
                Apply(t, i, step);
                budget?.Spend(t, step.Spent);
            }
        }
    }

    private Spending? BudgetOf(CoreAction action) => action switch
    {
        CoreAction.ElectionTimeout => _timeouts,
        CoreAction.Propose => _clientRequests,
        CoreAction.Restart => _restarts,
        _ => null,
    };

    private void Receive(State state, ulong m, int slot, Successors next)
    {
        var handle = _message[m];
        var message = _messages[handle];
        var server = _server[state, message.To];
        if (!_received.TryGetValue((server, handle), out var step))
        {
            step = Keep(_stepper.Value!.Receive(_servers[server], message), _stepper.Value!);
            _received.TryAdd((server, handle), step);
        }

        var t = next.Step(state, (int)ActionOf(message.Message), slot);
        _network.Remove(t, m);
        Apply(t, message.To, step);
    }

    private ServerStep Keep(CoreServer after, ServerStepper stepper) => new(
        _servers.Intern(after),
        [.. stepper.Sent.Select(sent => _messages.Intern(sent with { Form = _forms.Intern(stepper.FormOf(sent)) }))],
        stepper.Difference is { } difference ? _differences.Intern(difference) : 0,
        stepper.Spent);

    private void Apply(State t, int i, ServerStep step)
    {
        _server[t, i] = step.Next;
        _difference[t] = step.Difference;
        foreach (var message in step.Sent)
        {
            var m = _record.Type.Pack(1) | _message.Pack(message);
            if (t.Words[^1] != 0)
            {
                _isBeyond[t] = 1;
                return;
            }

            _network.Add(t, m);
        }
    }

    private static CoreAction ActionOf(Message message) => message switch
    {
        RequestVote => CoreAction.ReceiveRequestVote,
        RequestVoteReply => CoreAction.ReceiveRequestVoteReply,
        AppendEntries => CoreAction.ReceiveAppendEntries,
        AppendEntriesReply => CoreAction.ReceiveAppendEntriesReply,
        InstallSnapshot => CoreAction.ReceiveInstallSnapshot,
        _ => CoreAction.ReceiveInstallSnapshotReply,
    };
}
