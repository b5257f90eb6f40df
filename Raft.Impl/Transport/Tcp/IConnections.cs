using Raft.Impl.Core;

namespace Raft.Impl.Transport.Tcp;

/// <summary>
/// The connections of one server: the only way by which <see cref="TcpTransport"/> touches a network. <see cref="SocketConnections"/> has
/// those of the operating system. A simulation supplies its own, and controls each task.
/// </summary>
public interface IConnections
{
    /// <summary>Starts to accept connections at the server's address.</summary>
    /// <exception cref="IOException">The address is taken, or is not of this machine.</exception>
    IConnectionListener Listen();

    /// <summary>Makes a connection to another server. <see cref="IConnection.OpenAsync"/> connects it.</summary>
    /// <param name="peer">The other server: one of the members that the options name.</param>
    IConnection Connect(ServerId peer);
}

/// <summary>Accepts connections, until it is disposed of.</summary>
public interface IConnectionListener : IDisposable
{
    /// <summary>Waits for the next connection. <see cref="IConnection.OpenAsync"/> makes it ready.</summary>
    /// <exception cref="IOException">The listener is disposed of, or the operating system has no room for another connection.</exception>
    Task<IConnection> AcceptAsync();
}

/// <summary>
/// A stream of bytes in each direction, between two servers. Bytes arrive as they were sent and in order, or the connection breaks.
/// </summary>
/// <remarks>
/// One read and one write may be under way at a time. Disposing ends the connection at once: the operation under way fails, and so do
/// later ones. The operations of a connection that is broken fail with an <see cref="IOException"/>.
/// </remarks>
public interface IConnection : IDisposable
{
    /// <summary>The other end, for messages.</summary>
    string Remote { get; }

    /// <summary>
    /// The address of the other end without its port. Connections from one address compete with each other for the room for connections
    /// without a handshake, before they compete with those from other addresses (<see cref="TcpTransportOptions.MaxPendingConnections"/>).
    /// </summary>
    string RemoteAddress { get; }

    /// <summary>Connects, and authenticates the other end if there are certificates.</summary>
    /// <exception cref="IOException">The other end cannot be reached.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The other end is not authentic.</exception>
    Task OpenAsync();

    /// <summary>Why the other end cannot be a certain server, as a sentence; null if its certificate has the name of that server.</summary>
    /// <remarks>Without certificates, any end can be any server.</remarks>
    string? ObjectionTo(ServerId peer);

    /// <summary>
    /// The other end is a member: messages follow. From now on, the connection may use more for them, such as a thread. It is called once,
    /// while no read is under way.
    /// </summary>
    void Establish()
    {
    }

    /// <summary>Reads some bytes.</summary>
    /// <returns>How many: at least one, or zero at the end of the stream.</returns>
    ValueTask<int> ReadAsync(Memory<byte> buffer);

    /// <summary>
    /// Writes as many bytes as there is room for, and returns at once. No write may be under way. A connection that cannot do that, as
    /// those with TLS and those of a simulation, writes none.
    /// </summary>
    /// <returns>How many of the bytes were written, from the first on.</returns>
    int TryWrite(ReadOnlySpan<byte> bytes) => 0;

    /// <summary>Writes bytes. They must not change until the task completes. It waits while the other end reads too slowly.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes);
}
