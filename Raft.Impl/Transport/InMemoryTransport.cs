using System.Collections.Concurrent;
using Raft.Impl.Core;

namespace Raft.Impl.Transport;

/// <summary>Carries messages between servers of one process, at once and without loss. Thread-safe.</summary>
public sealed class InMemoryTransport : IRaftTransport
{
    private readonly ConcurrentDictionary<ServerId, Action<Message>> _receivers = new();

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">The message is null.</exception>
    public void Send(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_receivers.TryGetValue(message.To, out var receive))
        {
            receive(message);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">The receiver is null.</exception>
    /// <exception cref="InvalidOperationException">A server of that name listens already.</exception>
    public IDisposable Listen(ServerId server, Action<Message> receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        if (!_receivers.TryAdd(server, receive))
        {
            throw new InvalidOperationException($"{server} listens already; dispose of the earlier node first.");
        }

        return new Listener(this, new(server, receive));
    }

    private sealed class Listener(InMemoryTransport transport, KeyValuePair<ServerId, Action<Message>> receiver) : IDisposable
    {
        public void Dispose() => transport._receivers.TryRemove(receiver);
    }
}
