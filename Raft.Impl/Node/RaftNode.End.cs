namespace Raft.Impl.Node;

// The end of the node.
public sealed partial class RaftNode
{
    // The end of the node. Nothing acts afterwards: waiting callers get a failure, and the storage is closed once no write is in flight.
    private async Task EndAsync()
    {
        var stopped = Stopped(_failure);
        StopLeadership(stopped);
        _status.Stop();
        foreach (var work in _inbox.Close())
        {
            work.Fail(stopped, _status.Term);
        }

        foreach (var (_, done) in _compactions)
        {
            done.TrySetException(stopped);
        }

        FailClients(stopped);
        _replications.Stop();
        StopService();
        _committed.Complete(_failure);
        ReleaseTimersAndListener();
        await CloseInTimeAsync(CloseStorageAsync(), _options, _dependencies);
    }

    private void ReleaseTimersAndListener()
    {
        Release(_electionTimer, "election timer");
        Release(_heartbeatTimer, "heartbeat timer");
        Release(_listener, "listener");
    }

    private void Release(IDisposable? part, string what)
    {
        try
        {
            part?.Dispose();
        }
        catch (Exception exception)
        {
            LogReleaseFailed(_logger, exception, what, Id);
        }
    }

    private async Task CloseStorageAsync()
    {
        foreach (var (_, _, completion) in _writes)
        {
            await completion;
        }

        await _dependencies.Storage.CloseAsync();
    }

    private static async Task CloseInTimeAsync(Task closing, RaftNodeOptions options, RaftNodeDependencies dependencies)
    {
        if (!closing.IsCompleted)
        {
            var timeout = new TaskCompletionSource();
            using var timer = dependencies.TimeProvider.CreateTimer(
                _ => timeout.TrySetResult(), null, options.StopTimeout, Timeout.InfiniteTimeSpan);
            if (await Task.WhenAny((Task[])[closing, timeout.Task]) != closing)
            {
                throw new TimeoutException(
                    $"The storage of {options.Id} has not completed its writes within {options.StopTimeout}; it stays taken.");
            }
        }

        await closing;
    }

    private ObjectDisposedException Stopped(Exception? failure) =>
        failure is null
            ? new ObjectDisposedException($"{nameof(RaftNode)} {Id}", "The node has stopped.")
            : new ObjectDisposedException($"The node {Id} has stopped because of an error: {failure.Message}", failure);
}
