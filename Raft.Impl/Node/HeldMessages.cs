using System.Diagnostics.CodeAnalysis;
using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// Messages that wait for a write to be durable. To hold one or release one takes time that is logarithmic in how many there are. The same
/// message twice in a row is held once: while a disk stalls, each heartbeat makes the same reply again.
/// </summary>
internal sealed class HeldMessages
{
    // Of those that wait for the same write, the oldest goes first.
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

    /// <summary>Takes the next message that waits no more.</summary>
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

    /// <summary>Drops all that is held.</summary>
    public void Clear()
    {
        _messages.Clear();
        _last = default;
    }
}
