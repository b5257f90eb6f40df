using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Tests.Node;

/// <summary>A disk that makes a write durable, or fails it, when the test says so. One node uses it at a time.</summary>
internal sealed class HeldStorage : IRaftStorage
{
    private readonly object _gate = new();
    private readonly Queue<(RaftWrite Write, TaskCompletionSource Done)> _held = new();
    private readonly StorageImage _image = new();
    private bool _completesAtOnce;

    public int Held
    {
        get
        {
            lock (_gate)
            {
                return _held.Count;
            }
        }
    }

    /// <summary>Whether a node uses it.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>What opening throws; null: nothing.</summary>
    public Exception? OpenFailure { get; set; }

    /// <summary>What writing throws, before there is a task; null: nothing.</summary>
    public Exception? WriteFailure { get; set; }

    /// <summary>How closing fails; null: it does not.</summary>
    public Exception? CloseFailure { get; set; }

    public DurableState Read()
    {
        lock (_gate)
        {
            return _image.Read();
        }
    }

    public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (OpenFailure is not null)
            {
                throw OpenFailure;
            }

            Assert.False(IsOpen, "Two nodes use one storage.");
            IsOpen = true;
            return ValueTask.FromResult(Read());
        }
    }

    public ValueTask CloseAsync()
    {
        lock (_gate)
        {
            Assert.True(IsOpen, "No node uses the storage.");
            Assert.Empty(_held);
            IsOpen = false;
            return CloseFailure is null ? ValueTask.CompletedTask : ValueTask.FromException(CloseFailure);
        }
    }

    public Task WriteAsync(RaftWrite write)
    {
        lock (_gate)
        {
            Assert.True(IsOpen, $"Write {write.Sequence} comes after the end.");
            if (WriteFailure is not null)
            {
                throw WriteFailure;
            }

            if (_completesAtOnce)
            {
                _image.Apply(write);
                return Task.CompletedTask;
            }

            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _held.Enqueue((write, done));
            return done.Task;
        }
    }

    /// <summary>Makes the oldest write that is held durable.</summary>
    public void Release()
    {
        lock (_gate)
        {
            var (write, done) = _held.Dequeue();
            _image.Apply(write);
            done.SetResult();
        }
    }

    /// <summary>Makes all writes durable, those to come at once.</summary>
    public void ReleaseAll()
    {
        lock (_gate)
        {
            while (_held.Count > 0)
            {
                Release();
            }

            _completesAtOnce = true;
        }
    }

    /// <summary>Holds the writes to come.</summary>
    public void Hold()
    {
        lock (_gate)
        {
            _completesAtOnce = false;
        }
    }

    /// <summary>Fails the oldest write that is held, and with it all that follow it.</summary>
    public void Fail(Exception reason)
    {
        lock (_gate)
        {
            while (_held.TryDequeue(out var oldest))
            {
                oldest.Done.SetException(reason);
            }
        }
    }
}
