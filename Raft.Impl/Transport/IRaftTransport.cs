using Raft.Impl.Core;

namespace Raft.Impl.Transport;

/// <summary>
/// Carries messages between servers: one way, without an answer. It may lose, repeat, delay and reorder them; it must not change or
/// invent any.
/// </summary>
public interface IRaftTransport
{
    /// <summary>Sends a message to the server that it is for. Returns at once, and does not say whether it will arrive.</summary>
    /// <param name="message">The message.</param>
    void Send(Message message);

    /// <summary>Hands every message for a server to it, from now on until what is returned is disposed of.</summary>
    /// <param name="server">The server.</param>
    /// <param name="receive">Takes a message; returns at once, and may be called from several threads.</param>
    IDisposable Listen(ServerId server, Action<Message> receive);
}
