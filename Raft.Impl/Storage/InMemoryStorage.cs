using Raft.Impl.Core;

namespace Raft.Impl.Storage;

/// <summary>
/// Storage in memory with the semantics of a disk: a write is durable only once its task completes, and <see cref="Crash"/> loses what is
/// not. It outlives the servers that use it one after the other. Thread-safe.
/// </summary>
/// <param name="time">The clock that the latency is measured by; null where there is no latency.</param>
/// <param name="latency">How long a write takes; zero: it is durable at once.</param>
public sealed class InMemoryStorage(TimeProvider? time = null, TimeSpan latency = default) : IRaftStorage
{
    private readonly object _gate = new();
    private readonly StorageImage _image = new();
    private readonly Queue<PendingWrite> _pending = new();
    private readonly TimeProvider? _time = latency > TimeSpan.Zero
        ? time ?? throw new ArgumentNullException(nameof(time), "A latency needs a clock.")
        : null;

    /// <inheritdoc/>
    public ValueTask<DurableState> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return ValueTask.FromResult(_image.Read());
        }
    }

    /// <inheritdoc/>
    public Task WriteAsync(RaftWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        lock (_gate)
        {
            if (_time is null)
            {
                _image.Apply(write);
                return Task.CompletedTask;
            }

            var pending = new PendingWrite(write, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _pending.Enqueue(pending);
            pending.Timer = _time.CreateTimer(static state => ((InMemoryStorage)state!).CompleteOldest(), this, latency, Timeout.InfiniteTimeSpan);
            return pending.Completion.Task;
        }
    }

    /// <summary>Loses the writes that are not durable yet; their tasks never complete.</summary>
    /// <returns>How many were lost.</returns>
    public int Crash()
    {
        lock (_gate)
        {
            var lost = _pending.Count;
            foreach (var write in _pending)
            {
                write.Timer?.Dispose();
            }

            _pending.Clear();
            return lost;
        }
    }

    // Every write takes equally long, so that the n-th timer to run out is that of the n-th write.
    private void CompleteOldest()
    {
        PendingWrite? oldest;
        InvalidDataException? failure = null;
        lock (_gate)
        {
            if (!_pending.TryDequeue(out oldest))
            {
                return;
            }

            try
            {
                _image.Apply(oldest.Write);
            }
            catch (InvalidDataException exception)
            {
                failure = exception;
            }
        }

        oldest.Timer?.Dispose();
        if (failure is null)
        {
            oldest.Completion.SetResult();
        }
        else
        {
            oldest.Completion.SetException(failure);
        }
    }

    private sealed class PendingWrite(RaftWrite write, TaskCompletionSource completion)
    {
        public RaftWrite Write => write;

        public TaskCompletionSource Completion => completion;

        public ITimer? Timer { get; set; }
    }
}
