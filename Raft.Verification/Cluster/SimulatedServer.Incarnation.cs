using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Service;
using Raft.Impl.Storage;
using Raft.Impl.Storage.Files;
using Raft.Impl.Transport;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

// An incarnation of a server.
internal sealed partial class SimulatedServer
{
    /// <summary>
    /// One incarnation: from a start to a crash, or to the end of its node. It implements all ports of the node, so that after a crash in
    /// the middle of a step, which some engines allow, the rest of the step has no effect. What the monitors see of a step is atomic.
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
            var stalled = _stalled;
            _stalled = null;
            stalled?.SetResult();
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
            using (server._scheduler.BeginAtomic())
            {
                if (Context.Ended || IsAfterTheEnd("sent", message))
                {
                    return;
                }

                Fail(0);
                server._specification.Sent(server.State, message);
            }

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
            using var atomic = server._scheduler.BeginAtomic();
            _receiver = receive;
            return new Listener(this, Context.Ended ? null : _transport?.Listen(id, Receive));
        }

        public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default) =>
            Context.Ended
                ? new ValueTask<DurableState>(new TaskCompletionSource<DurableState>().Task)
                : server.Disk.OpenAsync(cancellationToken);

        public ValueTask CloseAsync() => Context.Ended ? new ValueTask(new TaskCompletionSource().Task) : server.Disk.CloseAsync();

        public Task WriteAsync(RaftWrite write) =>
            Context.Ended || IsAfterTheEnd("began", write) ? new TaskCompletionSource().Task : server.Disk.WriteAsync(write);

        public ISnapshotWriter? NewSnapshot() =>
            Context.Ended || IsAfterTheEnd("began", "a snapshot") ? null : server.Disk.NewSnapshot();

        public void Started(RaftCore core)
        {
            using var atomic = server._scheduler.BeginAtomic();
            if (!Context.Ended)
            {
                server._specification.Started(server.State, core);
            }
        }

        public void Stepped(RaftCore core, Input input, Output output)
        {
            using var atomic = server._scheduler.BeginAtomic();
            if (Context.Ended || IsAfterTheEnd("took a step:", input))
            {
                return;
            }

            if (server.Files is { HasRefusedEntry: true })
            {
                Violate("Lifetime", $"{server.Id} could not read an entry back, but continues: it takes {input}.");
            }

            using var observed = StoredBytes.BeginObserving();
            KeepApply(output.Apply);
            server._specification.Stepped(server.State, core, input, output);
            server.Stepped?.Invoke(server.State, input, output);
            server._scheduler.StateChanged();
            Fail(2);
        }

        // Clocks at the bounds are the ones that show a bound that is too small.
        private static int DrawDrift(int bound, Choices choices) => (bound == 0 ? 2 : choices.Number(4)) switch
        {
            0 => -bound,
            1 => bound,
            _ => choices.Number((2 * bound) + 1) - bound,
        };

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
                var time = new SimulatedClock(server._scheduler, Context, 1 + (DrawDrift(drift, server._scheduler.Choices) / 100.0));
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
            catch (StorageRefusedException) when (!Context.Ended && Node is null && server.Files is { MayBeRefused: true })
            {
                server.EndRefused(Context);
            }
            catch (Exception) when (
                !Context.Ended && (_serviceFails || server.Files is { HasMisread: true }) && !MustStop && Node is not null)
            {
                // A host stops a node whose service has failed: it was to fail, or the snapshot that it read has a wrong bit.
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
            var serving = new Serving(node, service, this, overlaps: how == 1);
            var second = hasTwoReaders ? serving.ServeAsync() : Task.CompletedTask;
            await serving.ServeAsync();
            await second;
        }

        // After the end of its node the service may still apply what was committed before. Its state no longer matters.
        public void Applied(ApplyMessage message)
        {
            using var atomic = server._scheduler.BeginAtomic();
            if (!Context.Ended && !_isOver)
            {
                server._specification.Applied(server.State, message, service.State);
                server._scheduler.StateChanged();
            }
        }

        public void Took(LogIndex index)
        {
            using var atomic = server._scheduler.BeginAtomic();
            if (!Context.Ended && !_isOver && Node?.Status.LastApplied is { } reported && !IsUpTo(reported, index))
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
            if (answer.HasValue != result.Answer.HasValue
                || !answer.GetValueOrDefault().Span.SequenceEqual(result.Answer.GetValueOrDefault().Span))
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
            using var atomic = server._scheduler.BeginAtomic();
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
            server.Stopped?.Invoke("its node has stopped");
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
