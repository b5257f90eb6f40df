using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Service;
using Raft.Impl.Storage;
using Raft.Impl.Transport;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>
/// A server of a schedule: its disk, and its incarnations, one after the other. Each incarnation is a node of Raft.Impl as in production.
/// </summary>
internal sealed class SimulatedServer
{
    private readonly Scheduler _scheduler;
    private readonly SimulatedNetwork<Message> _network;
    private readonly Specification _specification;
    private readonly ClusterOptions _options;
    private readonly IReadOnlyList<ServerId> _members;

    // Null: each message travels by itself.
    private readonly SimulatedStreams? _streams;
    private readonly StreamTransport? _transport;

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
        ClusterOptions options,
        SimulatedStreams? streams,
        StreamTransport? transport)
    {
        Id = id;
        State = state;
        Disk = options.Files
            ? new FileDisk(scheduler, faults, id, state.Durable)
            : new RaftDisk(scheduler, faults, id, state.Durable);
        Disk.Durable = _ => specification.Durable(state);
        _members = members;
        _scheduler = scheduler;
        _network = network;
        _specification = specification;
        _options = options;
        (_streams, _transport) = (streams, transport);
    }

    public ServerId Id { get; }

    public ServerState State { get; }

    public IServerDisk Disk { get; }

    public bool IsUp => _incarnation is not null;

    /// <summary>The transport of the node of this incarnation; null while the server is down.</summary>
    public IRaftTransport? Port => _incarnation;

    /// <summary>The limits of its nodes.</summary>
    public DrawnLimits? Limits { get; set; }

    /// <summary>Called when its node has stopped, in good order or because its disk failed, if not null.</summary>
    public Action? Stopped { get; set; }

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
        void GiveUp() => call.TrySetResult(null);
        _calls.Add(GiveUp);
        _specification.Proposed(State, command);
        AnswerAsync(node, command, call);
        var answer = await call.Task;
        _calls.Remove(GiveUp);
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
        var answer = await CallAsync(static (node, command) => node.ReplicateAsync(command), command, isBounded: false, "a command");
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
        void GiveUp() => call.TrySetResult(default);
        _calls.Add(GiveUp);
        AnswerAsync();
        var answer = await call.Task;
        _calls.Remove(GiveUp);
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

    /// <summary>
    /// One incarnation: from a start to a crash, or to the end of its node. It implements all ports of the node, so that after a crash in
    /// the middle of a step, which some engines allow, the rest of the step has no effect.
    /// </summary>
    private sealed class Incarnation(SimulatedServer server, IRaftTransport? given, IService service)
        : IRaftTransport, IRaftStorage, IRaftObserver, IServiceCalls
    {
        // The longest time of a call in fair time, far longer than the writes of a disk that was stalled.
        private static readonly TimeSpan _maxWait = TimeSpan.FromSeconds(5);

        // In fair time a caller continues as soon as it is answered.
        private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(1);
        // The most entries of a batch of an applier.
        private static readonly int[] _batches = [1024, 1, 2, 3];
        private readonly List<OpenCall> _open = [];

        // The no-ops that the core gave the node to apply.
        private readonly HashSet<LogIndex> _noOps = [];
        private Snapshot _lastSnapshot = Snapshot.None;
        private ServiceMachine? _machine;
        private IRaftTransport? _transport = given;
        private Action<Message>? _receiver;
        private int? _failing;
        private TaskCompletionSource? _stalled;
        private Action? _giveUp;
        private bool _serviceFails;
        private bool _isStopping;
        private bool _isOver;

        public OperationContext Context { get; } = new(server._scheduler, server.Id.ToString(), server.Id.Value);

        public IService Service => service;

        public bool IsStalled => _stalled is not null;

        public RaftNode? Node { get; private set; }

        public Task Task { get; private set; } = Task.CompletedTask;

        public CancellationToken Impatience
        {
            get
            {
                if (server._options.Faults.ServiceFailures == 0)
                {
                    return CancellationToken.None;
                }

                var impatience = new CancellationTokenSource();
                _giveUp = impatience.Cancel;
                return impatience.Token;
            }
        }

        private bool MustStop => _isStopping || server.Disk.HasFailed;

        // A node that stops because its disk failed must report the failure. A node that was asked to stop need not.
        private bool MustReportFailure => server.Disk.HasFailed && !_isStopping;

        public void Begin() => Task = Context.Begin(RunAsync);

        public void Stop()
        {
            if (Node is not null && !_isStopping)
            {
                _isStopping = true;
                _ = Context.Begin(() => StopAsync(Node));
            }
        }

        public void FailPort(int? port) => _failing = port;

        public void FailService(int how)
        {
            if (how == 1)
            {
                Context.Enter();
                _giveUp?.Invoke();
                return;
            }

            _serviceFails |= how == 2;
            _stalled ??= new TaskCompletionSource("a stalled service", TaskCreationOptions.RunContinuationsAsynchronously);
            if (how == 2)
            {
                ResumeService();
            }
        }

        public void ResumeService()
        {
            _stalled?.SetResult();
            _stalled = null;
        }

        public async Task ReadyAsync()
        {
            if (_stalled is { } stalled)
            {
                await stalled.Task;
            }

            if (_serviceFails)
            {
                throw new InvalidOperationException($"The service of {server.Id} fails: this was to be expected.");
            }
        }

        public void Send(Message message)
        {
            server._scheduler.EnsureControlled();
            if (Context.Ended || IsAfterTheEnd("sent", message))
            {
                return;
            }

            Fail(0);
            server._specification.Sent(server.State, message);
            if (_transport is null)
            {
                server._network.Send(message.From.Value, message.To.Value, message, message.Size);
            }
            else
            {
                _transport.Send(message);
            }
        }

        public void Receive(Message message)
        {
            if (_receiver is { } receive && !Context.Ended)
            {
                Context.Enter();
                receive(message);
            }
        }

        public IDisposable Listen(ServerId id, Action<Message> receive)
        {
            _receiver = receive;
            return new Listener(this, _transport?.Listen(id, Receive));
        }

        public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default) => server.Disk.OpenAsync(cancellationToken);

        public ValueTask CloseAsync() => Context.Ended ? new ValueTask(new TaskCompletionSource().Task) : server.Disk.CloseAsync();

        public Task WriteAsync(RaftWrite write) =>
            Context.Ended || IsAfterTheEnd("began", write) ? new TaskCompletionSource().Task : server.Disk.WriteAsync(write);

        public void Started(RaftCore core)
        {
            if (!Context.Ended)
            {
                server._specification.Started(server.State, core);
            }
        }

        public void Stepped(RaftCore core, Input input, Output output)
        {
            if (Context.Ended || IsAfterTheEnd("took a step:", input))
            {
                return;
            }

            KeepApply(output.Apply);
            server._specification.Stepped(server.State, core, input, output);
            server.Stepped?.Invoke(server.State, input, output);
            server._scheduler.StateChanged();
            Fail(2);
        }


        // Hosts the node: starts it, and runs the service that applies its committed entries.
        private async Task RunAsync()
        {
            try
            {
                var limits = server.Limits ??= DrawnLimits.Of(server._options with { DrawsLimits = false }, server._scheduler.Choices);
                var drift = server._options.Faults.ClockDriftPercent;
                var options = new RaftNodeOptions
                {
                    Id = server.Id,
                    Members = server._members,
                    Core = limits.Core,
                    Protocol = limits.Protocol,
                    ClockDriftBound = server._options.LeasesIgnoreDrift ? 0 : drift / 100.0,
                    MaxInboxBytes = limits.MaxInboxBytes,
                };
                var rate = 1 + ((server._scheduler.Choices.Number((2 * drift) + 1) - drift) / 100.0);
                var time = new SimulatedClock(server._scheduler, Context, rate);
                _transport ??= server._transport?.Create(server.Id, time);
                var node = await RaftNode.StartAsync(options, new RaftNodeDependencies
                {
                    Storage = this,
                    Transport = this,
                    TimeProvider = time,
                    Random = new SimulatedRandom(server._scheduler.Choices),
                    Observer = this,
                });
                Node = node;
                await ServeAsync(node);
                await node.Completion;
            }
            catch (Exception) when (!Context.Ended && _serviceFails && !MustStop && Node is not null)
            {
                // A host stops a node whose service has failed.
                _isStopping = true;
                await StopAsync(Node);
            }
            catch (Exception) when (!Context.Ended && MustStop && Node is not null)
            {
                // The node was stopped, or its disk failed.
                await Task.WhenAny((Task[])[Node.Completion]);
                End();
            }
            catch (Exception exception) when (!Context.Ended)
            {
                var error = exception.GetBaseException().Message;
                Violate(
                    "NodeFailure",
                    $"{server.Id} stopped because of an error: {error}{Environment.NewLine}{StackText.Of(exception)}");
            }
        }

        // The service reads the channel, alone or with a second reader, or an applier drives it.
        private async Task ServeAsync(RaftNode node)
        {
            var choices = server._scheduler.Choices;
            var how = server._options.DrawsLimits || server._options.DrawsServing ? choices.Number(3) : 0;
            if (how == 2)
            {
                _machine = new ServiceMachine(service, this, () => _lastSnapshot);
                var compactEvery = server._options.CompactEvery;
                await Applier.Start(node, _machine, new ApplierOptions
                {
                    MaxBatchEntries = _batches[choices.Number(_batches.Length)],
                    SnapshotEntries = compactEvery == 0 ? int.MaxValue : compactEvery,
                }).Completion;
                return;
            }

            var hasTwoReaders = server._options.Faults.ServiceFailures > 0 && choices.Number(2) == 1;
            var second = hasTwoReaders ? Serving.ServeAsync(node, service, this, overlaps: how == 1) : Task.CompletedTask;
            await Serving.ServeAsync(node, service, this, overlaps: how == 1);
            await second;
        }

        // After the end of its node the service may still apply what was committed before. Its state no longer matters.
        public void Applied(ApplyMessage message)
        {
            if (!Context.Ended && !_isOver)
            {
                server._specification.Applied(server.State, message, service.State);
                server._scheduler.StateChanged();
            }
        }

        public void Took(LogIndex index)
        {
            // Under Coyote the server may crash while its status is read.
            if (!Context.Ended && !_isOver && Node?.Status.LastApplied is { } reported && !IsUpTo(reported, index) && !Context.Ended)
            {
                Violate(
                    "Status",
                    $"The service of {server.Id} has applied its log up to {index}, but the status of the node says up to {reported}.");
            }
        }

        // The service does not get no-ops, so a node may report more than the last message by them. Its log may be a snapshot by now, so it
        // does not tell.
        public bool IsUpTo(LogIndex reported, LogIndex applied)
        {
            while (reported > applied && _noOps.Contains(reported))
            {
                reported = reported.Previous;
            }

            return reported == applied;
        }

        private void KeepApply(IReadOnlyList<ApplyMessage> messages)
        {
            for (var i = 0; i < messages.Count; i++)
            {
                if (messages[i].IsNoOp)
                {
                    _noOps.Add(messages[i].Index);
                }

                _lastSnapshot = messages[i].Snapshot ?? _lastSnapshot;
            }
        }

        // A call gets what the state machine answered to its own entry.
        public void CheckAnswer(Command command, ReplicationResult result)
        {
            var answer = _machine?.AnswerTo(result.Index, result.Term);
            if (answer is null ? result.Answer is not null : result.Answer is not { } given || !given.Span.SequenceEqual(answer.Value.Span))
            {
                Violate(
                    "Answers",
                    $"{server.Id} answers the call of {command}, entry {result.Index} of term {result.Term}, "
                    + $"with {TextOf(result.Answer)}. The state machine answered {TextOf(answer)}.");
            }
        }

        private static string TextOf(ReadOnlyMemory<byte>? answer) => answer is { } bytes ? Convert.ToHexString(bytes.Span) : "nothing";

        public void Compacted(LogIndex lastIndex)
        {
            if (!Context.Ended && !_isOver)
            {
                server._specification.Compacted(server.State, lastIndex);
            }
        }

        public void Await(Task call, string what, object? of = null)
        {
            _open.RemoveAll(open => open.Call.IsCompleted);
            if (!call.IsCompleted)
            {
                _open.Add(new OpenCall(call, what, of, server._scheduler.Now));
            }
        }

        /// <summary>Checks what a caller of the node sees in fair time: its answers and its status.</summary>
        public void CheckCalls(long now)
        {
            foreach (var open in _open)
            {
                if (!open.Call.IsCompleted && now - open.Since > _maxWait.Ticks && open.What != Serving.Wait)
                {
                    var waited = (now - open.Since) / TimeSpan.TicksPerMillisecond;
                    Violate("Answers", $"{server.Id} has not answered {open} for {waited} ms, in fair time and without faults.");
                }
            }

            if (server.State.Core is { } core && Node?.Status is { } status && !MustStop
                && (status.HasStopped || (status.Role, status.Term, status.CommitIndex) != (core.Role, core.CurrentTerm, core.CommitIndex)))
            {
                Violate(
                    "Status",
                    $"{server.Id} is {core.Role} in term {core.CurrentTerm} and has committed up to {core.CommitIndex}, "
                    + $"but its status says {Describe(status)}.");
            }
        }

        private static string Describe(NodeStatus status) =>
            $"{status.Role} in term {status.Term}, committed up to {status.CommitIndex}, {(status.HasStopped ? "stopped" : "running")}";

        private void Violate(string property, string message) => server._scheduler.Violate(property, message);

        private async Task StopAsync(RaftNode node)
        {
            // A second call of DisposeAsync must not complete before the first.
            var first = node.DisposeAsync();
            await node.DisposeAsync();
            if (!first.IsCompleted)
            {
                Violate("Answers", $"Of two calls that stop the node of {server.Id}, the second completes before the first.");
            }

            await first;
            End();
        }

        // The node has stopped. Its context stays open, so that anything the node does from now on is detected.
        private void End()
        {
            if (Context.Ended || _isOver)
            {
                return;
            }

            _isOver = true;
            CheckEnd();
            if (Context.Ended)
            {
                // The server has crashed meanwhile: under Coyote other code may run during the calls of CheckEnd.
                return;
            }

            if (Node?.Completion.Exception?.Flatten().InnerExceptions.Any(exception => exception is TimeoutException) == true)
            {
                // The node gave up the wait for its writes and still holds the disk, so that only a crash frees it.
                server._scheduler.End(Context);
                server.Disk.Crash();
            }

            server.End();
            server.Stopped?.Invoke();
        }

        // A node that has stopped must have answered its callers and reported its end.
        private void CheckEnd()
        {
            server._leftUntil = server._scheduler.Now + _moment.Ticks;
            server._left.AddRange(_open.Where(open => !open.Call.IsCompleted).Select(open => (open, Context)));

            if (server._scheduler.Timers.Any(timer => SimulatedClock.BelongsTo(timer, Context)) || _receiver is not null)
            {
                var left = _receiver is null ? "a timer of it is still armed" : "it still listens";
                Violate("Lifetime", $"The node of {server.Id} has stopped, but {left}.");
            }

            try
            {
                if (Node?.ProposeAsync(default) is { IsCompleted: false } or { IsCompletedSuccessfully: true, Result.IsTaken: true })
                {
                    Violate("Answers", $"The node of {server.Id} has stopped, but takes a proposal.");
                }
            }
            catch (ObjectDisposedException)
            {
                // As expected.
            }

            // A service that has taken all committed entries must learn that there are no more, and why.
            var committed = Node?.Committed;
            if (committed?.WaitToReadAsync().AsTask() is { } more && !(more.IsCompletedSuccessfully && more.Result)
                && (!committed.Completion.IsCompleted || (MustReportFailure && !committed.Completion.IsFaulted)))
            {
                Violate(
                    "Answers",
                    $"The node of {server.Id} has stopped, but its service does not learn that nothing more is committed, or why.");
            }

            // The completion of a node fails if its disk failed. The service may still take what was committed before.
            if (Node is { Completion: { IsCompletedSuccessfully: true } } && MustReportFailure)
            {
                Violate("Answers", $"The node of {server.Id} has stopped because its disk failed, but its completion reports no failure.");
            }

            if (Node?.Status is { } status && (!status.HasStopped || status.Role == Role.Leader))
            {
                Violate("Status", $"The node of {server.Id} has stopped, but its status says {Describe(status)}.");
            }
        }

        private bool IsAfterTheEnd(string verb, object what)
        {
            if (_isOver)
            {
                Violate("Lifetime", $"The node of {server.Id} has stopped, but {verb} {what}.");
            }

            return _isOver;
        }

        private void Fail(int port)
        {
            if (_failing == port)
            {
                _failing = null;
                throw new IOException($"A port of {server.Id} fails: this was to be expected.");
            }
        }

        private sealed class Listener(Incarnation incarnation, IDisposable? listener) : IDisposable
        {
            public void Dispose()
            {
                incarnation._receiver = null;
                listener?.Dispose();
                incarnation.Fail(1);
            }
        }
    }
}
