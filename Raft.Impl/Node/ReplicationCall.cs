using System.Threading.Tasks.Sources;

namespace Raft.Impl.Node;

/// <summary>
/// What a caller of <see cref="RaftNode.ReplicateAsync"/> waits for. It is used again for another call once its caller has the result, so
/// that a command needs no object of its own. Thread-safe.
/// </summary>
/// <param name="pool">Where it returns to.</param>
internal sealed class ReplicationCall(ReplicationCalls pool) : IValueTaskSource<ReplicationResult>
{
    // Continuations run by themselves: the code that completes a call may hold a lock.
    private ManualResetValueTaskSourceCore<ReplicationResult> _source = new() { RunContinuationsAsynchronously = true };

    // The version, and a bit that is set until the call is completed. One exchange compares both, so that a late completion of an earlier
    // use of the object has no effect on this one.
    private int _open = OpenOf(0);

    /// <summary>The number of this use of the object.</summary>
    public short Version => _source.Version;

    /// <summary>What the caller awaits, once.</summary>
    public ValueTask<ReplicationResult> Task => new(this, Version);

    /// <summary>Completes a call, unless it is completed.</summary>
    /// <param name="version">The use of the object that is meant. Nothing happens if it has ended.</param>
    /// <param name="result">The result.</param>
    public void TryComplete(short version, in ReplicationResult result)
    {
        if (TryClose(version))
        {
            _source.SetResult(result);
        }
    }

    /// <summary>Cancels a call, unless it is completed.</summary>
    /// <param name="version">The use of the object that is meant. Nothing happens if it has ended.</param>
    /// <param name="cancellationToken">The token that was cancelled.</param>
    public void TryCancel(short version, CancellationToken cancellationToken)
    {
        if (TryClose(version))
        {
            _source.SetException(new OperationCanceledException(cancellationToken));
        }
    }

    ReplicationResult IValueTaskSource<ReplicationResult>.GetResult(short token)
    {
        // Throws if the call was cancelled. Then the node may still refer to the object, so it is not used again.
        var result = _source.GetResult(token);
        _source.Reset();
        Volatile.Write(ref _open, OpenOf(_source.Version));
        pool.Return(this);
        return result;
    }

    ValueTaskSourceStatus IValueTaskSource<ReplicationResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ReplicationResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private static int OpenOf(short version) => ((ushort)version << 1) | 1;

    private bool TryClose(short version)
    {
        var open = OpenOf(version);
        return Interlocked.CompareExchange(ref _open, open - 1, open) == open;
    }
}

/// <summary>One use of a <see cref="ReplicationCall"/>, which the node completes.</summary>
internal readonly record struct ReplicationWaiter(ReplicationCall Call, short Version)
{
    /// <summary>The use of a call that has just begun.</summary>
    public static ReplicationWaiter Of(ReplicationCall call) => new(call, call.Version);

    /// <inheritdoc cref="ReplicationCall.TryComplete"/>
    public void TryComplete(in ReplicationResult result) => Call.TryComplete(Version, result);
}

/// <summary>The calls of a node that are not in use. Thread-safe.</summary>
internal sealed class ReplicationCalls
{
    /// <summary>The most that are kept: they take about a megabyte. More calls at once allocate.</summary>
    private const int _most = 8192;

    // A caller that has a result often calls again, on the same thread. With a shelf for each, threads do not wait for each other.
    private readonly Stack<ReplicationCall>[] _shelves = [.. Enumerable.Range(0, 8).Select(_ => new Stack<ReplicationCall>())];

    /// <summary>A call that is not in use.</summary>
    public ReplicationCall Take()
    {
        for (var i = 0; i < _shelves.Length; i++)
        {
            var shelf = Shelf(i);
            lock (shelf)
            {
                if (shelf.TryPop(out var call))
                {
                    return call;
                }
            }
        }

        return new ReplicationCall(this);
    }

    /// <summary>Takes back a call whose caller has the result.</summary>
    public void Return(ReplicationCall call)
    {
        var shelf = Shelf(0);
        lock (shelf)
        {
            if (shelf.Count < _most / _shelves.Length)
            {
                shelf.Push(call);
            }
        }
    }

    private Stack<ReplicationCall> Shelf(int next) => _shelves[(Environment.CurrentManagedThreadId + next) % _shelves.Length];
}
