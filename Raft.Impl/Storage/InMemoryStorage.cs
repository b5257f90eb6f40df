using Raft.Impl.Core;

namespace Raft.Impl.Storage;

/// <summary>
/// Storage in memory with the semantics of a disk: a write is durable only once its task completes, and <see cref="Crash"/> loses what is
/// not. It outlives the nodes that use it one after the other. Thread-safe.
/// </summary>
public sealed class InMemoryStorage : IRaftStorage
{
    private readonly object _gate = new();
    private readonly StorageImage _image = new();
    private readonly Queue<PendingWrite> _pending = new();
    private readonly TimeProvider? _time;
    private readonly TimeSpan _latency;
    private readonly ITimer? _timer;
    private TaskCompletionSource? _drained;
    private bool _isOpen;
    private bool _isClosing;
    private Exception? _failure;

    // How often it was opened: a node must not close the storage that another node has opened since.
    private int _openings;

    /// <summary>Makes an empty storage.</summary>
    /// <param name="time">The clock that measures the latency; null if there is none.</param>
    /// <param name="latency">
    /// How long a write takes; zero: it is durable at once. Many writes may be in flight; each takes as long as if it were alone.
    /// </param>
    /// <exception cref="ArgumentNullException">There is a latency, but no clock.</exception>
    public InMemoryStorage(TimeProvider? time = null, TimeSpan latency = default)
    {
        if (latency > TimeSpan.Zero)
        {
            _time = time ?? throw new ArgumentNullException(nameof(time), "A latency needs a clock.");
            _latency = latency;
            _timer = time.CreateTimer(
                static storage => ((InMemoryStorage)storage!).CompleteDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Reads what is durable now.</summary>
    public DurableState Read()
    {
        lock (_gate)
        {
            return _image.Read();
        }
    }

    /// <inheritdoc/>
    public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_isOpen)
            {
                throw new InvalidOperationException("Another node uses this storage; dispose of that node first.");
            }

            (_isOpen, _isClosing, _failure) = (true, false, null);
            _openings++;
            return ValueTask.FromResult(_image.Read());
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">The write is null.</exception>
    /// <exception cref="InvalidOperationException">The storage is not open.</exception>
    public Task WriteAsync(RaftWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        lock (_gate)
        {
            if (!_isOpen || _isClosing)
            {
                throw new InvalidOperationException($"Write {write.Sequence} comes from a node that does not use this storage any more.");
            }

            if (_time is null)
            {
                return Apply(write) is { } failure ? Task.FromException(failure) : Task.CompletedTask;
            }

            var pending = new PendingWrite(
                write, _time.GetTimestamp(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _pending.Enqueue(pending);
            if (_pending.Count == 1)
            {
                _timer!.Change(_latency, Timeout.InfiniteTimeSpan);
            }

            return pending.Completion.Task;
        }
    }

    /// <inheritdoc/>
    public async ValueTask CloseAsync()
    {
        Task? drained = null;
        int opening;
        lock (_gate)
        {
            opening = _openings;
            _isClosing = true;
            if (_pending.Count > 0)
            {
                _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                drained = _drained.Task;
            }
        }

        if (drained is not null)
        {
            await drained;
        }

        lock (_gate)
        {
            // After a crash another node may have opened it by now.
            _isOpen &= _openings != opening;
        }
    }

    /// <summary>
    /// Closes the storage as a crash of the machine does: the writes that are not durable yet are lost, and their tasks fail. Dispose of
    /// the node that uses it before you open it again.
    /// </summary>
    /// <returns>The number of lost writes.</returns>
    public int Crash()
    {
        PendingWrite[] lost;
        TaskCompletionSource? drained;
        lock (_gate)
        {
            lost = [.. _pending];
            _pending.Clear();
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            (drained, _drained) = (_drained, null);
            _isOpen = false;
        }

        foreach (var write in lost)
        {
            write.Completion.SetException(new IOException($"Write {write.Write.Sequence} was lost in a crash."));
        }

        drained?.SetResult();
        return lost.Length;
    }

    // A write is durable with all before it.
    private void CompleteDue()
    {
        List<(PendingWrite Write, Exception? Failure)> completed = [];
        TaskCompletionSource? drained = null;
        lock (_gate)
        {
            while (_pending.TryPeek(out var oldest))
            {
                // A timer may run out a little early. Less than a millisecond is not worth another wait.
                var left = _latency - _time!.GetElapsedTime(oldest.Begun);
                if (left >= TimeSpan.FromMilliseconds(1))
                {
                    _timer!.Change(left, Timeout.InfiniteTimeSpan);
                    break;
                }

                completed.Add((_pending.Dequeue(), Apply(oldest.Write)));
            }

            if (_pending.Count == 0)
            {
                (drained, _drained) = (_drained, null);
            }
        }

        foreach (var (write, failure) in completed)
        {
            if (failure is null)
            {
                write.Completion.SetResult();
            }
            else
            {
                write.Completion.SetException(failure);
            }
        }

        drained?.SetResult();
    }

    // Nothing that follows a write that failed may become durable.
    private Exception? Apply(RaftWrite write)
    {
        if (_failure is not null)
        {
            return new IOException($"Write {write.Sequence} follows one that failed: {_failure.Message}", _failure);
        }

        try
        {
            _image.Apply(write);
        }
        catch (InvalidDataException exception)
        {
            _failure = exception;
        }

        return _failure;
    }

    private readonly record struct PendingWrite(RaftWrite Write, long Begun, TaskCompletionSource Completion);
}
