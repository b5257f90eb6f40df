using Raft.Impl.Core;

namespace Raft.Impl.Transport;

/// <summary>
/// Carries messages between servers: one way, without an answer. It may lose, repeat, delay and reorder them; it must not change or
/// invent any.
/// </summary>
public interface IRaftTransport
{
    /// <summary>Sends a message to its receiver. Returns at once, without knowing whether the message will arrive.</summary>
    /// <remarks>
    /// If it throws, the message is lost, as on a network. The node logs and counts that (<see cref="Node.NodeCounters.FailedSends"/>).
    /// </remarks>
    /// <param name="message">The message.</param>
    void Send(Message message);

    /// <summary>Starts to deliver the messages for a server, until the result is disposed of.</summary>
    /// <remarks>
    /// If it throws, the node closes its storage and does not start: <see cref="Node.RaftNode.StartAsync"/> throws the same exception. If
    /// disposing throws, the node logs that and stops anyway. It handles no more messages.
    /// </remarks>
    /// <param name="server">The server.</param>
    /// <param name="receive">Receives a message. It returns at once, does not throw, and may be called from several threads.</param>
    IDisposable Listen(ServerId server, Action<Message> receive);
}
