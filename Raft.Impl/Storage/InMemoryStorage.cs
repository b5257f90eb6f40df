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
            pending.Timer = _time.CreateTimer(_ => CompleteUpTo(pending), null, latency, Timeout.InfiniteTimeSpan);
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
                write.IsPending = false;
                write.Timer?.Dispose();
            }

            _pending.Clear();
            return lost;
        }
    }

    // Timers may run out in another order than that of the writes, or while a crash takes theirs away. A write is durable with all before it.
    private void CompleteUpTo(PendingWrite last)
    {
        List<(PendingWrite Write, InvalidDataException? Failure)> completed = [];
        lock (_gate)
        {
            while (last.IsPending && _pending.TryDequeue(out var oldest))
            {
                oldest.IsPending = false;
                InvalidDataException? failure = null;
                try
                {
                    _image.Apply(oldest.Write);
                }
                catch (InvalidDataException exception)
                {
                    failure = exception;
                }

                completed.Add((oldest, failure));
            }
        }

        foreach (var (write, failure) in completed)
        {
            write.Timer?.Dispose();
            if (failure is null)
            {
                write.Completion.SetResult();
            }
            else
            {
                write.Completion.SetException(failure);
            }
        }
    }

    private sealed class PendingWrite(RaftWrite write, TaskCompletionSource completion)
    {
        public RaftWrite Write => write;

        public TaskCompletionSource Completion => completion;

        public ITimer? Timer { get; set; }

        public bool IsPending { get; set; } = true;
    }
}
