using Raft.Impl.Core;

namespace Raft.Impl.Transport;

/// <summary>
/// Carries messages between servers: one way, without an answer. It may lose, repeat, delay and reorder them; it must not change or
/// invent any.
/// </summary>
public interface IRaftTransport
{
    /// <summary>Sends a message to the server that it is for. Returns at once, and does not say whether it will arrive.</summary>
    /// <remarks>
    /// If it throws, the message is lost, as on a network; that is logged and counted (<see cref="Node.NodeCounters.FailedSends"/>).
    /// </remarks>
    /// <param name="message">The message.</param>
    void Send(Message message);

    /// <summary>Hands every message for a server to it, from now on until what is returned is disposed of.</summary>
    /// <remarks>
    /// If it throws, the node does not start (<see cref="Node.RaftNode.StartAsync"/> throws the same), and gives its storage back. If
    /// disposing throws, that is logged; the node stops all the same, and takes no more messages.
    /// </remarks>
    /// <param name="server">The server.</param>
    /// <param name="receive">Takes a message; returns at once, does not throw, and may be called from several threads.</param>
    IDisposable Listen(ServerId server, Action<Message> receive);
}
