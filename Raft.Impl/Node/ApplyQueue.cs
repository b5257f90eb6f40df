using System.Threading.Channels;
using System.Threading.Tasks.Sources;
using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// The messages that the service must apply, in order. It holds at most one batch: the node adds the next batch once the service has taken
/// this one. So a slow service holds back the node. No-ops are passed over. Thread-safe.
/// </summary>
/// <param name="onTaken">Called each time the last message of a batch was taken.</param>
/// <param name="replications">The calls that wait for entries to be applied; null: none.</param>
internal sealed class ApplyQueue(Action onTaken, PendingReplications? replications = null) : ChannelReader<ApplyMessage>
{
    private readonly object _gate = new();
    private readonly List<(TaskCompletionSource<bool> Done, CancellationTokenRegistration Cancellation)> _waiting = [];
    private readonly ServiceWait _serviceWait = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<ApplyMessage> _batch = [];
    private int _taken;
    private bool _serviceWaits;
    private LogIndex _lastTaken;
    private LogIndex _applied;
    private ApplyMessage? _lastRead;
    private readonly PriorityQueue<TaskCompletionSource<bool>, LogIndex> _awaited = new();
    private bool _completed;
    private Exception? _failure;

    /// <inheritdoc/>
    public override Task Completion => _completion.Task;

    /// <summary>The index up to which the service took all messages.</summary>
    public LogIndex LastTaken
    {
        get
        {
            lock (_gate)
            {
                return _lastTaken;
            }
        }
    }

    /// <summary>Whether the service may still read a stored snapshot: it is next, or was taken last.</summary>
    public bool Holds(ISnapshotContent content)
    {
        lock (_gate)
        {
            return _lastRead?.Snapshot?.Data.Content == content
                || (_taken < _batch.Count && _batch[_taken].Snapshot?.Data.Content == content);
        }
    }

    /// <summary>Adds the next batch. The service must have taken the one before.</summary>
    public void Put(IReadOnlyList<ApplyMessage> batch)
    {
        bool isEmpty;
        lock (_gate)
        {
            if (_taken < _batch.Count)
            {
                throw new InvalidOperationException(
                    $"The service has not taken all of the last batch yet: {_batch.Count - _taken} messages would be lost.");
            }

            // A service that has come back for more has applied what it took.
            var hasApplied = _applied == _lastTaken;
            _batch = batch;
            _taken = 0;
            PassOverNoOps();
            isEmpty = _taken == _batch.Count;
            if (hasApplied && isEmpty)
            {
                _applied = _lastTaken;
                ReleaseApplied();
            }
        }

        if (isEmpty)
        {
            onTaken();
        }
        else
        {
            Wake(true);
        }
    }

    /// <summary>
    /// Completes once the service has applied its log up to an index: it has come back for more. The result says whether it has.
    /// </summary>
    public Task<bool> WhenAppliedAsync(LogIndex index)
    {
        lock (_gate)
        {
            if (_applied >= index || _completed)
            {
                return Task.FromResult(_applied >= index);
            }

            var applied = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Enqueue(applied, index);
            return applied.Task;
        }
    }

    /// <summary>Ends the queue: what is in it can still be taken.</summary>
    /// <param name="failure">The error that ends it; waiting readers get it. Null if there was none.</param>
    public void Complete(Exception? failure = null)
    {
        lock (_gate)
        {
            _completed = true;
            _failure = failure;
            while (_awaited.TryDequeue(out var awaited, out _))
            {
                awaited.TrySetResult(false);
            }

            CompleteIfTaken();
        }

        Wake(false);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ApplyMessage item)
    {
        bool last;
        lock (_gate)
        {
            _applied = _lastTaken;
            ReleaseApplied();
            if (_lastRead is { } applied)
            {
                _lastRead = null;
                replications?.OnApplied(applied, answer: null);
            }

            if (_taken == _batch.Count)
            {
                item = default;
                return false;
            }

            item = _batch[_taken++];
            _lastTaken = item.Index;
            _lastRead = item;
            PassOverNoOps();
            last = _taken == _batch.Count;
            if (_completed)
            {
                CompleteIfTaken();
            }
        }

        if (last)
        {
            onTaken();
        }

        return true;
    }

    /// <summary>
    /// The messages that the service must apply next: a snapshot, or entries up to a limit, but at least one. They stay until <see
    /// cref="TakeApplied"/>.
    /// </summary>
    public IReadOnlyList<ApplyMessage> Peek(int mostEntries, long mostBytes)
    {
        lock (_gate)
        {
            if (_taken == 0 && _batch is ApplyBatch { HasOnlyCommands: true } whole && whole.Fits(mostEntries, mostBytes))
            {
                return whole;
            }

            if (_taken == _batch.Count)
            {
                return [];
            }

            if (_batch[_taken].Snapshot is not null)
            {
                return [_batch[_taken]];
            }

            var messages = new List<ApplyMessage>(Math.Min(mostEntries, _batch.Count - _taken));
            var bytes = 0L;
            for (var i = _taken; i < _batch.Count && messages.Count < mostEntries; i++)
            {
                var message = _batch[i];
                if (message.IsNoOp)
                {
                    continue;
                }

                bytes += message.Command.Length + LogEntry.Overhead;
                if (messages.Count > 0 && bytes > mostBytes)
                {
                    break;
                }

                messages.Add(message);
            }

            return messages;
        }
    }

    /// <summary>Takes the next messages, which the service has applied.</summary>
    /// <param name="messages">The messages, as <see cref="Peek"/> gave them.</param>
    /// <param name="answers">What the state machine answered to each; null: nothing.</param>
    public void TakeApplied(IReadOnlyList<ApplyMessage> messages, IReadOnlyList<ReadOnlyMemory<byte>>? answers)
    {
        bool last;
        lock (_gate)
        {
            replications?.OnApplied(messages, answers);
            for (var i = 0; i < messages.Count; i++)
            {
                PassOverNoOps();
                _taken++;
            }

            _lastTaken = messages[^1].Index;
            PassOverNoOps();
            _applied = _lastTaken;
            ReleaseApplied();
            last = _taken == _batch.Count;
            if (_completed)
            {
                CompleteIfTaken();
            }
        }

        if (last)
        {
            onTaken();
        }
    }

    /// <inheritdoc/>
    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        lock (_gate)
        {
            if (_taken < _batch.Count)
            {
                return ValueTask.FromResult(true);
            }

            if (_completed)
            {
                return _failure is null ? ValueTask.FromResult(false) : ValueTask.FromException<bool>(_failure);
            }

            var waiting = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            var registration = cancellationToken.CanBeCanceled ? CancelOn(waiting, cancellationToken) : default;
            if (!waiting.Task.IsCompleted)
            {
                _waiting.Add((waiting, registration));
            }

            return new ValueTask<bool>(waiting.Task);
        }
    }

    /// <summary>
    /// Waits for the loop of the service (<see cref="Service.Applier"/>) until there is something to apply. The result is false once the
    /// queue has ended. One call at a time: the next one uses its object again, so that a batch needs no object for the wait.
    /// </summary>
    public ValueTask<bool> WaitToApplyAsync()
    {
        lock (_gate)
        {
            if (_taken < _batch.Count || _completed)
            {
                return new ValueTask<bool>(_taken < _batch.Count);
            }

            if (_serviceWaits)
            {
                throw new InvalidOperationException("The service waits already.");
            }

            _serviceWaits = true;
            return _serviceWait.Begin();
        }
    }

    private CancellationTokenRegistration CancelOn(TaskCompletionSource<bool> waiting, CancellationToken cancellationToken) =>
        cancellationToken.Register(() => Cancel(waiting, cancellationToken));

    private void Cancel(TaskCompletionSource<bool> waiting, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _waiting.RemoveAll(one => one.Done == waiting);
        }

        waiting.TrySetCanceled(cancellationToken);
    }

    private void Wake(bool hasMore)
    {
        (TaskCompletionSource<bool> Done, CancellationTokenRegistration Cancellation)[] waiting;
        bool serviceWaits;
        lock (_gate)
        {
            waiting = _waiting.Count == 0 ? [] : [.. _waiting];
            _waiting.Clear();
            (serviceWaits, _serviceWaits) = (_serviceWaits, false);
        }

        if (serviceWaits)
        {
            _serviceWait.Complete(hasMore);
        }

        foreach (var (one, cancellation) in waiting)
        {
            cancellation.Unregister();
            if (hasMore || _failure is null)
            {
                one.TrySetResult(hasMore);
            }
            else
            {
                one.TrySetException(_failure);
            }
        }
    }

    private void PassOverNoOps()
    {
        while (_taken < _batch.Count && _batch[_taken].IsNoOp)
        {
            _lastTaken = _batch[_taken++].Index;
        }
    }

    private void ReleaseApplied()
    {
        while (_awaited.TryPeek(out var awaited, out var index) && index <= _applied)
        {
            _awaited.Dequeue();
            awaited.TrySetResult(true);
        }
    }

    private void CompleteIfTaken()
    {
        if (_taken < _batch.Count)
        {
            return;
        }

        if (_failure is null)
        {
            _completion.TrySetResult();
        }
        else
        {
            _completion.TrySetException(_failure);
        }
    }

    // The wait of the service's loop. The queue completes each wait once, and the loop takes the result before it waits again, so the
    // object never belongs to two waits.
    private sealed class ServiceWait : IValueTaskSource<bool>
    {
        // The continuation runs by itself: the node's loop, which completes the wait, must not run the service.
        private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };

        public ValueTask<bool> Begin()
        {
            _source.Reset();
            return new(this, _source.Version);
        }

        public void Complete(bool hasMore) => _source.SetResult(hasMore);

        bool IValueTaskSource<bool>.GetResult(short token) => _source.GetResult(token);

        ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _source.GetStatus(token);

        void IValueTaskSource<bool>.OnCompleted(
            Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _source.OnCompleted(continuation, state, token, flags);
    }
}
