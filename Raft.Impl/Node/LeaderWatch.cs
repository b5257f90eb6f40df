using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// Tells callers who leads. Each leader is reported once, in the order of the terms. That no server leads is reported only when it is
/// certain for the node: a later term began, or its own leadership ended. So a server that asks for pre-votes and then hears from its
/// leader again reports nothing. Thread-safe: the node's loop reports, and callers wait.
/// </summary>
/// <param name="self">The node's own name.</param>
internal sealed class LeaderWatch(ServerId self)
{
    private readonly object _gate = new();
    private readonly List<TaskCompletionSource<ServerId>> _waiting = [];
    private readonly List<LeaderSubscription> _subscriptions = [];
    private ServerId? _leader;
    private LeaderChange _reported;
    private bool _stopped;

    /// <summary>Records who leads now.</summary>
    /// <returns>Whether that was a change to report.</returns>
    public bool Report(Term term, ServerId? leader)
    {
        if (leader == _leader && (leader is null || term == _reported.Term))
        {
            return false;
        }

        lock (_gate)
        {
            _leader = leader;
            if (leader is { } known)
            {
                foreach (var one in _waiting)
                {
                    one.TrySetResult(known);
                }

                _waiting.Clear();
            }

            var change = new LeaderChange(term, leader);
            var isOver = _reported.Leader is { } last && (term > _reported.Term || last == self);
            if (leader is null ? !isOver : change == _reported)
            {
                return false;
            }

            _reported = change;
            foreach (var subscription in _subscriptions)
            {
                subscription.Add(change);
            }

            return true;
        }
    }

    /// <summary>The node stops: callers that wait for a leader fail, and subscriptions end.</summary>
    public void Stop(Exception stopped)
    {
        lock (_gate)
        {
            _stopped = true;
            _leader = null;
            foreach (var one in _waiting)
            {
                one.TrySetException(stopped);
            }

            foreach (var subscription in _subscriptions)
            {
                subscription.Complete();
            }

            _waiting.Clear();
            _subscriptions.Clear();
        }
    }

    /// <summary>Completes once a leader is known. Null: the node has stopped.</summary>
    public TaskCompletionSource<ServerId>? Wait()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return null;
            }

            var waiting = new TaskCompletionSource<ServerId>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_leader is { } known)
            {
                waiting.SetResult(known);
            }
            else
            {
                _waiting.Add(waiting);
            }

            return waiting;
        }
    }

    /// <summary>Forgets a caller that waits no longer.</summary>
    public void Forget(TaskCompletionSource<ServerId> waiting)
    {
        lock (_gate)
        {
            _waiting.Remove(waiting);
        }
    }

    /// <summary>Begins to follow the changes. The first is the leader that is known now, if there is one.</summary>
    /// <param name="ofCall">Cancels the reading.</param>
    /// <param name="ofEnumeration">Cancels the reading too.</param>
    public LeaderSubscription Subscribe(CancellationToken ofCall, CancellationToken ofEnumeration)
    {
        lock (_gate)
        {
            var subscription = new LeaderSubscription(this, ofCall, ofEnumeration);
            if (_stopped)
            {
                subscription.Complete();
                return subscription;
            }

            if (_reported.Leader is not null)
            {
                subscription.Add(_reported);
            }

            _subscriptions.Add(subscription);
            return subscription;
        }
    }

    /// <summary>Ends a subscription.</summary>
    public void Forget(LeaderSubscription subscription)
    {
        lock (_gate)
        {
            _subscriptions.Remove(subscription);
        }
    }
}

/// <summary>The changes that one caller follows.</summary>
internal sealed class LeaderChanges(LeaderWatch watch, CancellationToken cancellationToken) : IAsyncEnumerable<LeaderChange>
{
    /// <inheritdoc/>
    public IAsyncEnumerator<LeaderChange> GetAsyncEnumerator(CancellationToken ofEnumeration = default) =>
        watch.Subscribe(cancellationToken, ofEnumeration);
}

/// <summary>
/// The changes that one caller has not read yet. They are bounded: a caller that reads too slowly misses the oldest of them.
/// </summary>
internal sealed class LeaderSubscription : IAsyncEnumerator<LeaderChange>
{
    /// <summary>The most changes that wait.</summary>
    public const int MostPending = 64;

    private readonly object _gate = new();
    private readonly Queue<LeaderChange> _pending = new();
    private readonly LeaderWatch _watch;
    private readonly CancellationToken _ofCall;
    private readonly CancellationToken _ofEnumeration;
    private readonly CancellationTokenRegistration _callCancellation;
    private readonly CancellationTokenRegistration _enumerationCancellation;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _completed;

    public LeaderSubscription(LeaderWatch watch, CancellationToken ofCall, CancellationToken ofEnumeration)
    {
        _watch = watch;
        (_ofCall, _ofEnumeration) = (ofCall, ofEnumeration);
        _callCancellation = ofCall.Register(Wake);
        _enumerationCancellation = ofEnumeration.Register(Wake);
    }

    /// <inheritdoc/>
    public LeaderChange Current { get; private set; }

    /// <summary>Adds a change.</summary>
    public void Add(LeaderChange change)
    {
        lock (_gate)
        {
            if (_pending.Count == MostPending)
            {
                _pending.Dequeue();
            }

            _pending.Enqueue(change);
        }

        Wake();
    }

    /// <summary>Ends the changes: those that wait can still be read.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
        }

        Wake();
    }

    /// <inheritdoc/>
    public async ValueTask<bool> MoveNextAsync()
    {
        while (true)
        {
            _ofCall.ThrowIfCancellationRequested();
            _ofEnumeration.ThrowIfCancellationRequested();
            Task changed;
            lock (_gate)
            {
                if (_pending.TryDequeue(out var next))
                {
                    Current = next;
                    return true;
                }

                if (_completed)
                {
                    return false;
                }

                if (_changed.Task.IsCompleted)
                {
                    _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                changed = _changed.Task;
            }

            if (!_ofCall.IsCancellationRequested && !_ofEnumeration.IsCancellationRequested)
            {
                await changed;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _callCancellation.Unregister();
        _enumerationCancellation.Unregister();
        _watch.Forget(this);
        return ValueTask.CompletedTask;
    }

    private void Wake()
    {
        lock (_gate)
        {
            _changed.TrySetResult();
        }
    }
}
