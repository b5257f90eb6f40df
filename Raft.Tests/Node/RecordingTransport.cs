using Raft.Impl.Core;
using Raft.Impl.Transport;

namespace Raft.Tests.Node;

/// <summary>Keeps what a node sends, and brings it what the test says.</summary>
internal sealed class RecordingTransport : IRaftTransport, IDisposable
{
    private readonly object _gate = new();
    private readonly List<Message> _sent = [];
    private Action<Message>? _receive;

    public Message[] Sent
    {
        get
        {
            lock (_gate)
            {
                return [.. _sent];
            }
        }
    }

    /// <summary>What arrives while the node has only begun to listen.</summary>
    public Message[] Early { get; init; } = [];

    public bool IsListenedTo => _receive is not null;

    public void Send(Message message)
    {
        lock (_gate)
        {
            _sent.Add(message);
        }
    }

    public IDisposable Listen(ServerId server, Action<Message> receive)
    {
        _receive = receive;
        foreach (var message in Early)
        {
            receive(message);
        }

        return this;
    }

    public void Deliver(Message message) => _receive!(message);

    public void Dispose() => _receive = null;
}
