using Raft.Impl.Core;

namespace Raft.Impl.Transport.Tcp;

/// <summary>
/// The transport of one server, over TCP, with mutual TLS or on the loopback interface. It has one connection for each direction between
/// two servers, and another one while a snapshot is sent, so that heartbeats never wait behind it. It connects again by itself.
/// docs/reference/wire-format.md describes the bytes. Thread-safe.
/// </summary>
/// <remarks>
/// A message is lost if its receiver cannot be reached, if too much waits for it already, or if the connection ends before the message has
/// arrived. A message is never repeated or changed. Messages of one kind of connection arrive in order.
/// </remarks>
public sealed class TcpTransport : IRaftTransport
{
    private readonly object _gate = new();
    private readonly TcpTransportOptions _options;
    private readonly TcpTransportDependencies _dependencies;
    private readonly IConnections _connections;
    private readonly TransportCounts _counts;
    private MemberLinks? _links;

    /// <summary>Makes a transport. It connects once its server listens.</summary>
    /// <param name="options">The server, its cluster and the limits.</param>
    /// <param name="dependencies">Its network, clock, randomness and log; null: all defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or plain TCP would leave the machine.</exception>
    public TcpTransport(TcpTransportOptions options, TcpTransportDependencies? dependencies = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_options, _dependencies) = (options, dependencies ?? new TcpTransportDependencies());
        _counts = new TransportCounts(options.ServerId);
        _connections = _dependencies.Connections ?? new SocketConnections(options);
    }

    /// <summary>What was dropped and refused so far.</summary>
    public TcpTransportCounters Counters => _counts.Read();

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The message is not of this server, has an unknown kind, or holds a negative term or index.
    /// </exception>
    public void Send(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.From != _options.ServerId)
        {
            throw new ArgumentException($"The transport of {_options.ServerId} does not send messages of {message.From}.", nameof(message));
        }

        if (Volatile.Read(ref _links) is { } links)
        {
            links.Send(message);
        }
        else
        {
            _counts.Dropped();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">It is the transport of another server.</exception>
    /// <exception cref="InvalidOperationException">The server listens already.</exception>
    /// <exception cref="IOException">The server's address is taken, or is not of this machine.</exception>
    public IDisposable Listen(ServerId server, Action<Message> receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        if (server != _options.ServerId)
        {
            throw new ArgumentException($"The transport of {_options.ServerId} does not receive for {server}.", nameof(server));
        }

        lock (_gate)
        {
            if (_links is not null)
            {
                throw new InvalidOperationException($"{server} listens already; dispose of the earlier node first.");
            }

            _links = new MemberLinks(_options, _dependencies, _connections, _counts, receive);
            return new Listener(this, _links);
        }
    }

    private sealed class Listener(TcpTransport transport, MemberLinks links) : IDisposable
    {
        public void Dispose()
        {
            links.Close();
            Interlocked.CompareExchange(ref transport._links, null, links);
        }
    }
}
