using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Tests.Node;

/// <summary>A disk that makes a write durable, or fails it, when it is told to.</summary>
internal sealed class HeldStorage : IRaftStorage
{
    private readonly object _gate = new();
    private readonly Queue<(RaftWrite Write, TaskCompletionSource Done)> _held = new();
    private readonly StorageImage _image = new();
    private bool _isOpen;

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

    public ValueTask<DurableState> ReadAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(_image.Read());

    public Task WriteAsync(RaftWrite write)
    {
        lock (_gate)
        {
            if (_isOpen)
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
    public void Open()
    {
        lock (_gate)
        {
            while (_held.Count > 0)
            {
                Release();
            }

            _isOpen = true;
        }
    }

    /// <summary>Holds the writes to come.</summary>
    public void Hold()
    {
        lock (_gate)
        {
            _isOpen = false;
        }
    }

    public void Fail(Exception reason)
    {
        lock (_gate)
        {
            _held.Dequeue().Done.SetException(reason);
        }
    }
}
