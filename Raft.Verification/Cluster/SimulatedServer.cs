using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Transport;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>
/// A server of a schedule: its disk, and its incarnations, one after the other. Each incarnation is a node of Raft.Impl as in production.
/// </summary>
internal sealed partial class SimulatedServer
{
    private readonly Scheduler _scheduler;
    private readonly SimulatedNetwork<Message> _network;
    private readonly Specification _specification;
    private readonly ClusterOptions _options;
    private readonly IReadOnlyList<ServerId> _members;

    // Null: each message travels by itself.
    private SimulatedStreams? _streams;
    private StreamTransport? _transport;
    private readonly FaultLedger _faults;

    // Ends the calls of clients whose server crashes.
    private readonly List<Action> _calls = [];

    // The calls that were open when a node stopped, and when they must be answered.
    private readonly List<(OpenCall Open, OperationContext Context)> _left = [];
    private long _leftUntil;
    private Incarnation? _incarnation;

    public SimulatedServer(
        ServerId id,
        IReadOnlyList<ServerId> members,
        Scheduler scheduler,
        SimulatedNetwork<Message> network,
        FaultLedger faults,
        ServerState state,
        Specification specification,
        ClusterOptions options)
    {
        Id = id;
        State = state;
        _faults = faults;
        _members = members;
        _scheduler = scheduler;
        _network = network;
        _specification = specification;
        _options = options;
        Disk = DiskOf(options.Files);
    }

    public ServerId Id { get; }

    public ServerState State { get; }

    public IServerDisk Disk { get; private set; }

    /// <summary>Its disk, if it stores in files.</summary>
    public FileDisk? Files => Disk as FileDisk;

    public bool IsUp => _incarnation is not null;

    /// <summary>The transport of the node of this incarnation; null while the server is down.</summary>
    public IRaftTransport? Port => _incarnation;

    /// <summary>The limits of its nodes.</summary>
    public DrawnLimits? Limits { get; private set; }

    /// <summary>
    /// Called with the reason when its node has stopped, in good order or because its disk failed, or did not start. Null: nothing is.
    /// </summary>
    public Action<string>? Stopped { get; set; }

    /// <summary>Makes the service of each incarnation; null: a <see cref="SimulatedService"/>.</summary>
    public Func<ServerId, IService>? NewService { get; set; }

    /// <summary>The service of this incarnation; null while the server is down.</summary>
    public IService? Service => _incarnation?.Service;

    /// <summary>The index up to which its service has applied the log; zero while the server is down.</summary>
    public LogIndex Applied => _incarnation?.Service.Applied ?? LogIndex.Zero;

    /// <summary>Called after each of its steps, if not null.</summary>
    public Action<ServerState, Input, Output>? Stepped { get; set; }

    /// <summary>The status of its node; null while the server is down.</summary>
    public NodeStatus? Status => _incarnation?.Node?.Status;

    /// <summary>Prepares it for its first start, with what the schedule has drawn.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="streams">The streams that it sends over; null: each message travels by itself.</param>
    /// <param name="transport">The transports on them.</param>
    public void Prepare(DrawnLimits limits, SimulatedStreams? streams, StreamTransport? transport)
    {
        (Limits, _streams, _transport) = (limits, streams, transport);
        if (limits.Files && Files is null)
        {
            Disk = DiskOf(isFiles: true);
        }
    }

    /// <summary>
    /// The files of the server are given up, and it may return: with an empty log, in a term in which it does not vote.
    /// </summary>
    public void Return(Term term)
    {
        State.Lose(Files!.Return(term));
        _specification.Lost(State);
    }

    private IServerDisk DiskOf(bool isFiles)
    {
        IServerDisk disk = isFiles
            ? new FileDisk(_scheduler, _faults, Id, State.Durable)
            : new RaftDisk(_scheduler, _faults, Id, State.Durable);
        disk.Durable = _ => _specification.Durable(State);
        return disk;
    }

    /// <summary>Starts the server with what its disk holds.</summary>
    /// <param name="transport">The network of this incarnation; null for the cluster's.</param>
    /// <param name="service">The service of this incarnation; null for a <see cref="SimulatedService"/>.</param>
    public void Start(IRaftTransport? transport = null, IService? service = null)
    {
        if (_incarnation is not null)
        {
            throw new InvalidOperationException($"{Id} runs already.");
        }

        service ??= NewService?.Invoke(Id) ?? new SimulatedService(_options.CompactEvery, Id);
        _incarnation = new Incarnation(this, transport, service);
        _incarnation.Begin();
    }

    /// <summary>Stops the server at once.</summary>
    /// <returns>The number of lost writes.</returns>
    public int Crash()
    {
        if (_incarnation is null)
        {
            throw new InvalidOperationException($"{Id} is down already.");
        }

        _scheduler.End(_incarnation.Context);
        _streams?.Crash(Id.Value);
        var lost = Disk.Crash();
        End();
        return lost;
    }

    /// <summary>Stops its node in good order. The server is down when the node has stopped.</summary>
    public void Stop() => _incarnation?.Stop();

    /// <summary>
    /// Makes a port of its node throw at the next call: its transport when it sends (0) or stops listening (1), or its observer (2). With
    /// null no port throws any more.
    /// </summary>
    public void FailPort(int? port) => _incarnation?.FailPort(port);

    /// <summary>Whether its service is stalled: it takes nothing.</summary>
    public bool IsServiceStalled => _incarnation?.IsStalled == true;

    /// <summary>Makes its service stall (0), give up a wait and begin another (1), or throw (2).</summary>
    public void FailService(int how) => _incarnation?.FailService(how);

    /// <summary>Resumes its service, if it is stalled.</summary>
    public void ResumeService() => _incarnation?.ResumeService();

    public void Receive(Message message) => _incarnation?.Receive(message);

    /// <summary>Called as fair time passes: checks what the callers of its node see.</summary>
    public void PassTime(long now)
    {
        _incarnation?.CheckCalls(now);

        // A call to a node that has stopped is answered within a moment, unless the caller crashed with the node.
        _left.RemoveAll(left => left.Open.Call.IsCompleted || left.Context.Ended);
        if (_left.Count > 0 && now >= _leftUntil)
        {
            _scheduler.Violate("Answers", $"A node of {Id} has stopped, but {_left[0].Open} is not answered.");
        }
    }

    /// <summary>Proposes a command to the server. The answer is null if the server is down, or crashes before it answers.</summary>
    public async Task<Proposal?> ProposeAsync(Command command)
    {
        if (_incarnation?.Node is not { } node)
        {
            return null;
        }

        var call = new TaskCompletionSource<Proposal?>(this);
        Action giveUp = () => call.TrySetResult(null);
        _calls.Add(giveUp);
        _specification.Proposed(State, command);
        AnswerAsync(node, command, call);
        var answer = await call.Task;
        _calls.Remove(giveUp);
        return answer;

        async void AnswerAsync(RaftNode node, Command command, TaskCompletionSource<Proposal?> call)
        {
            try
            {
                var asked = node.ProposeAsync(command);
                _incarnation?.Await(asked, "a proposal of", command);
                var proposal = await asked;
                if (call.TrySetResult(proposal))
                {
                    _specification.Answered(State, command, proposal);
                }
            }
            catch (ObjectDisposedException)
            {
                // The node has stopped. The command may be in its log.
                call.TrySetResult(null);
            }
            catch (ArgumentException)
            {
                call.TrySetResult(null);
                _specification.Answered(State, command, new Proposal(LogIndex.Zero, Term.Zero, ProposalRefusal.TooLarge));
            }
        }
    }

    /// <summary>
    /// Asks the server whether its service may answer a read. The answer is null if the server is down, or crashes before it answers.
    /// </summary>
    public async Task<ReadBarrier?> ReadAsync()
    {
        var asked = _incarnation;
        var answer = await CallAsync(static async (node, _) => (ReadBarrier?)await node.ReadBarrierAsync(), 0, isBounded: false, "a read");
        if (answer is { IsReady: true, Index: var index } && asked == _incarnation && asked is not null && !HasApplied(asked, index))
        {
            _scheduler.Violate(
                nameof(ReadsAreCurrent),
                $"{Id} lets its service answer a read at index {index}, but the service has applied its log only up to {Applied}.");
        }

        return answer;
    }

    // A service does not get the entries without a command that leaders append.
    private static bool HasApplied(Incarnation incarnation, LogIndex index) =>
        incarnation.Service.Applied >= index || incarnation.IsUpTo(index, incarnation.Service.Applied);

    /// <summary>
    /// Asks the server to transfer its leadership. The answer is null if the server is down, or crashes before it answers.
    /// </summary>
    public Task<LeadershipTransferResult?> TransferAsync(ServerId? target) =>
        CallAsync(
            static async (node, target) => (LeadershipTransferResult?)await node.TransferLeadershipAsync(target),
            target,
            isBounded: true,
            "a transfer of its leadership");

    /// <summary>
    /// Proposes a command to the server, and waits until its service has applied it. The answer is null if the server is down, or crashes
    /// before it answers.
    /// </summary>
    public async Task<ReplicationResult?> ReplicateAsync(Command command)
    {
        if (_incarnation?.Node is null)
        {
            return null;
        }

        _specification.Proposed(State, command);
        var asked = _incarnation;
        var answer = await CallAsync(
            static async (node, command) => await node.ReplicateAsync(command), command, isBounded: false, "a command");
        if (asked == _incarnation && answer is { IsApplied: true } applied)
        {
            asked?.CheckAnswer(command, applied);
        }

        if (answer is { } known && (known.Index > LogIndex.Zero || known.Outcome == ReplicationOutcome.Refused))
        {
            _specification.Answered(State, command, new Proposal(known.Index, known.Term, known.Refusal));
        }

        return answer;
    }

    // Calls the node. A read and a command wait for the service, and without a check of the quorum for a leader that hears no majority.
    private async Task<T?> CallAsync<T, TArgument>(
        Func<RaftNode, TArgument, Task<T>> begin, TArgument argument, bool isBounded, string what)
    {
        if (_incarnation?.Node is not { } node)
        {
            return default;
        }

        var call = new TaskCompletionSource<T?>(this);
        Action giveUp = () => call.TrySetResult(default);
        _calls.Add(giveUp);
        AnswerAsync();
        var answer = await call.Task;
        _calls.Remove(giveUp);
        return answer;

        async void AnswerAsync()
        {
            try
            {
                var asked = begin(node, argument);
                if (isBounded)
                {
                    _incarnation?.Await(asked, what);
                }

                call.TrySetResult(await asked);
            }
            catch (ObjectDisposedException)
            {
                // The node has stopped.
                call.TrySetResult(default);
            }
        }
    }

    /// <summary>The name of its tasks in reports.</summary>
    public override string ToString() => $"an answer of {Id} to a client";

    /// <summary>What the server does at the moment, on one line, for the report of a deadlock.</summary>
    public string Describe()
    {
        if (State.Core is not { } core)
        {
            return $"{Id} is down";
        }

        var code = _incarnation?.Context.Last is { } last ? AsyncCode.NameOf(last) : "none";
        var wait = _incarnation is null ? "nothing" : AsyncCode.WaitsFor(_incarnation.Task);
        return $"{Id} is {core.Role} in term {core.CurrentTerm}, its log ends at {core.Log.LastIndex}, commit index {core.CommitIndex}, "
            + $"applied {Applied}, {Disk.InFlight} writes in flight{(Disk.IsStalled ? " on a stalled disk" : string.Empty)}; "
            + $"last code that ran: {code}; its service waits for: {wait}";
    }

    // Its node has not started, because its files are refused.
    private void EndRefused(OperationContext context)
    {
        _scheduler.End(context);
        _streams?.Crash(Id.Value);
        _incarnation = null;
        _scheduler.StateChanged();
        Stopped?.Invoke("its files are refused");
    }

    private void End()
    {
        _incarnation = null;
        _specification.Crashed(State);
        _scheduler.StateChanged();
        Action[] calls = [.. _calls];
        _calls.Clear();
        foreach (var giveUp in calls)
        {
            giveUp();
        }
    }

    // A call to a node, in words, since a time. The words are put together only for a report.
    private readonly record struct OpenCall(Task Call, string What, object? Of, long Since)
    {
        public override string ToString() => Of is null ? What : $"{What} {Of}";
    }
}
