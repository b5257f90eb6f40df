using Raft.Impl.Core;

namespace Raft.Impl.Transport.Tcp;

/// <summary>
/// The connections of a server while it listens: those that it makes to each other member, and those that it accepts. Thread-safe.
/// </summary>
internal sealed class MemberLinks
{
    // How often deadlines are checked. It is also the precision of all delays.
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(50);
    private readonly object _gate = new();
    private readonly TcpTransportDependencies _dependencies;
    private readonly TransportCounts _counts;
    private readonly Action<Message> _receive;
    private readonly Dictionary<ServerId, (OutgoingLink Messages, OutgoingLink Snapshots)> _outgoing = [];

    // Accepted connections without a handshake, oldest first; and those with one, of which each kind of link has one.
    private readonly List<IncomingLink> _pending = [];
    private readonly Dictionary<(ServerId Peer, LinkKind Kind), IncomingLink> _established = [];
    private readonly IConnectionListener _listener;
    private readonly ITimer _timer;
    private readonly long _begin;
    private bool _isClosed;
    private bool _acceptFailed;

    /// <summary>Starts to listen and to connect.</summary>
    /// <param name="options">The server and the limits.</param>
    /// <param name="dependencies">The clock, the randomness and the log.</param>
    /// <param name="connections">The network.</param>
    /// <param name="counts">Counts what is dropped and refused.</param>
    /// <param name="receive">Receives each message.</param>
    /// <exception cref="IOException">The server's address is taken, or is not of this machine.</exception>
    public MemberLinks(
        TcpTransportOptions options,
        TcpTransportDependencies dependencies,
        IConnections connections,
        TransportCounts counts,
        Action<Message> receive)
    {
        (Options, _dependencies, Connections, _counts, _receive) = (options, dependencies, connections, counts, receive);
        Log = new TransportLog(dependencies.Logger, counts);
        _begin = dependencies.TimeProvider.GetTimestamp();
        foreach (var peer in options.Members.Keys.Where(member => member != options.ServerId).Order())
        {
            _outgoing.Add(peer, (new OutgoingLink(this, peer, LinkKind.Messages), new OutgoingLink(this, peer, LinkKind.Snapshots)));
        }

        _listener = connections.Listen();
        _timer = dependencies.TimeProvider.CreateTimer(
            static links => ((MemberLinks)links!).TransportTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(_tick, Timeout.InfiniteTimeSpan);
        _ = AcceptAsync();
        foreach (var (messages, snapshots) in _outgoing.Values)
        {
            _ = messages.RunAsync();
            _ = snapshots.RunAsync();
        }
    }

    /// <summary>The limits.</summary>
    public TcpTransportOptions Options { get; }

    /// <summary>The network.</summary>
    public IConnections Connections { get; }

    /// <summary>The log.</summary>
    public TransportLog Log { get; }

    /// <summary>The server.</summary>
    public ServerId Server => Options.ServerId;

    /// <summary>The time since the server began to listen.</summary>
    public TimeSpan Now => _dependencies.TimeProvider.GetElapsedTime(_begin);

    /// <inheritdoc cref="IRaftTransport.Send"/>
    public void Send(Message message)
    {
        if (_outgoing.TryGetValue(message.To, out var links))
        {
            // A chunk without bytes is a heartbeat of a leader that sends a snapshot.
            (message is InstallSnapshot { Data.Length: > 0 } ? links.Snapshots : links.Messages).Send(message);
        }
        else
        {
            Dropped();
        }
    }

    /// <summary>Delivers a message to the server.</summary>
    public void Receive(Message message)
    {
        if (!Volatile.Read(ref _isClosed))
        {
            _receive(message);
        }
    }

    /// <summary>Counts a message that was not sent.</summary>
    public void Dropped() => _counts.Dropped();

    /// <summary>Counts and logs an accepted connection that was refused.</summary>
    public void Refused(string remote, string reason)
    {
        _counts.Refused();
        if (!_isClosed)
        {
            Log.Refused(Server, remote, reason);
        }
    }

    /// <summary>The time until the next attempt to connect.</summary>
    /// <param name="failures">How many attempts have failed, one after the other; at least 1.</param>
    public TimeSpan DelayAfter(int failures)
    {
        // Doubled twenty times, even a tick is a second.
        var delay = Options.ReconnectDelay * (1L << Math.Min(failures - 1, 20));
        lock (_gate)
        {
            return (delay < Options.MaxReconnectDelay ? delay : Options.MaxReconnectDelay) * (0.5 + _dependencies.Random.NextDouble());
        }
    }

    /// <summary>Examines the handshake of an accepted connection.</summary>
    /// <returns>Why it is refused; null if it is accepted.</returns>
    public (HandshakeStatus Status, string Reason)? Examine(Handshake hello, IConnection connection) =>
        hello.LowestVersion > Handshake.Version || hello.HighestVersion < Handshake.Version ? (
            HandshakeStatus.OtherVersion,
            $"It speaks the versions {hello.LowestVersion} to {hello.HighestVersion} of the protocol, not {Handshake.Version}.")
        : hello.ClusterId != Options.ClusterId ? (HandshakeStatus.OtherCluster, $"It is of cluster {hello.ClusterId}.")
        : hello.To != Server ? (HandshakeStatus.OtherServer, $"It is for {hello.To}.")
        : !_outgoing.ContainsKey(hello.From) ? (HandshakeStatus.NoMember, $"{hello.From} is no other member of the cluster.")
        : connection.ObjectionTo(hello.From) is { } objection ? (HandshakeStatus.OtherCertificate, objection)
        : null;

    /// <summary>A connection has a complete handshake. It replaces an earlier one: that may be dead without a sign of it.</summary>
    public void Establish(IncomingLink link, (ServerId Peer, LinkKind Kind) key)
    {
        IncomingLink? earlier;
        lock (_gate)
        {
            _pending.Remove(link);
            _established.TryGetValue(key, out earlier);
            _established[key] = link;
        }

        earlier?.Close("A newer connection replaces it.");
    }

    /// <summary>A connection has ended.</summary>
    public void Remove(IncomingLink link)
    {
        lock (_gate)
        {
            _pending.Remove(link);
            foreach (var (key, established) in _established)
            {
                if (established == link)
                {
                    _established.Remove(key);
                    break;
                }
            }
        }
    }

    /// <summary>Ends all connections, and listens no more.</summary>
    public void Close()
    {
        IncomingLink[] incoming;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            incoming = [.. _pending, .. _established.Values];
        }

        _timer.Dispose();
        _listener.Dispose();
        foreach (var (messages, snapshots) in _outgoing.Values)
        {
            messages.Close();
            snapshots.Close();
        }

        foreach (var link in incoming)
        {
            link.Close("The server stops.");
        }
    }

    // It is armed again once it is done, so that it never runs twice at once.
    private void TransportTimer()
    {
        IncomingLink[] incoming;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            incoming = [.. _pending, .. _established.Values];
        }

        var now = Now;
        Log.Tick(now);
        foreach (var (messages, snapshots) in _outgoing.Values)
        {
            messages.Tick(now);
            snapshots.Tick(now);
        }

        foreach (var link in incoming)
        {
            link.Tick(now);
        }

        if (Volatile.Read(ref _acceptFailed))
        {
            _acceptFailed = false;
            _ = AcceptAsync();
        }

        _timer.Change(_tick, Timeout.InfiniteTimeSpan);
    }

    private async Task AcceptAsync()
    {
        while (!Volatile.Read(ref _isClosed))
        {
            IConnection connection;
            try
            {
                connection = await _listener.AcceptAsync();
            }
            catch (Exception exception)
            {
                // No file descriptor is left, for example. The next tick tries again.
                if (!_isClosed)
                {
                    Log.AcceptFailed(Server, exception.Message);
                    Volatile.Write(ref _acceptFailed, true);
                }

                return;
            }

            Add(connection);
        }
    }

    private void Add(IConnection connection)
    {
        var link = new IncomingLink(this, connection);
        IncomingLink? excess = null;
        lock (_gate)
        {
            if (!_isClosed)
            {
                _pending.Add(link);
                excess = TakeExcess();
            }
        }

        if (_isClosed)
        {
            connection.Dispose();
            return;
        }

        excess?.Close(
            $"More than {Options.MaxPendingConnections} connections have no handshake; it is the oldest from the address with the most.");
        _ = link.RunAsync();
    }

    // Removes a connection if too many have no handshake: the oldest from the address that has the most, so that a stranger does not
    // displace a member. Of addresses that have equally many, the one whose oldest connection is the oldest. It is removed at once: until
    // its loop ends, it would be chosen again.
    private IncomingLink? TakeExcess()
    {
        if (_pending.Count <= Options.MaxPendingConnections)
        {
            return null;
        }

        var excess = _pending.GroupBy(link => link.RemoteAddress).MaxBy(group => group.Count())!.First();
        _pending.Remove(excess);
        return excess;
    }
}
