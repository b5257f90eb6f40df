using System.Diagnostics.CodeAnalysis;
using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// Messages that wait for a write to be durable. The time to add or release one is logarithmic in their number. A message that repeats the
/// last one is held once: while a disk stalls, each heartbeat causes the same reply again.
/// </summary>
internal sealed class HeldMessages
{
    // Messages that wait for the same write are released oldest first.
    private readonly PriorityQueue<Message, (long After, long Order)> _messages = new();
    private OutgoingMessage _last;
    private long _order;

    /// <summary>How many messages are held.</summary>
    public int Count => _messages.Count;

    /// <summary>Holds a message.</summary>
    public void Add(OutgoingMessage message)
    {
        if (message != _last)
        {
            _messages.Enqueue(message.Message, (message.After, _order++));
            _last = message;
        }
    }

    /// <summary>Takes the next message whose write is durable.</summary>
    /// <param name="durable">The last write that is durable.</param>
    /// <param name="message">The message.</param>
    public bool TryRelease(long durable, [MaybeNullWhen(false)] out Message message)
    {
        if (!_messages.TryPeek(out message, out var priority) || priority.After > durable)
        {
            message = null;
            return false;
        }

        _messages.Dequeue();
        _last = default;
        return true;
    }

    /// <summary>Drops all messages.</summary>
    public void Clear()
    {
        _messages.Clear();
        _last = default;
    }
}
