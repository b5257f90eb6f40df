using System.Diagnostics.CodeAnalysis;

namespace Raft.Impl.Node;

/// <summary>What waits for a node's loop: many post, one takes, in the order of posting. Thread-safe.</summary>
/// <typeparam name="T">What is posted.</typeparam>
internal sealed class Inbox<T>
{
    private readonly object _gate = new();
    private readonly Queue<T> _items = new();
    private TaskCompletionSource? _arrival;
    private bool _closed;

    /// <summary>Posts an item.</summary>
    /// <returns>False if the inbox is closed; the item is then not taken.</returns>
    public bool Post(T item)
    {
        TaskCompletionSource? arrival;
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _items.Enqueue(item);
            arrival = _arrival;
            _arrival = null;
        }

        arrival?.SetResult();
        return true;
    }

    /// <summary>Takes the oldest item, if there is one.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        lock (_gate)
        {
            return _items.TryDequeue(out item);
        }
    }

    /// <summary>Completes as soon as there is an item.</summary>
    public Task WaitAsync()
    {
        lock (_gate)
        {
            if (_items.Count > 0)
            {
                return Task.CompletedTask;
            }

            // Asynchronously: who posts must not find itself running the node.
            _arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _arrival.Task;
        }
    }

    /// <summary>Takes no more items.</summary>
    /// <returns>Those that were left.</returns>
    public IReadOnlyList<T> Close()
    {
        lock (_gate)
        {
            _closed = true;
            var left = _items.ToArray();
            _items.Clear();
            return left;
        }
    }
}
