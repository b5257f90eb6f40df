using Raft.Impl.Core;

namespace Raft.Impl.Transport.Tcp;

/// <summary>An accepted connection: its handshake, and then the messages that it brings, until it ends. Thread-safe.</summary>
/// <param name="links">The links of the server.</param>
/// <param name="connection">The connection.</param>
internal sealed class IncomingLink(MemberLinks links, IConnection connection)
{
    private readonly object _gate = new();
    private ServerId _peer;
    private bool _isEstablished;
    private bool _isClosed;
    private bool _owesSign;
    private bool _isWriting;
    private string? _ending;
    private TimeSpan _deadline = links.Now + links.Options.HandshakeTimeout;
    private TimeSpan _lastSign;

    /// <inheritdoc cref="IConnection.RemoteAddress"/>
    public string RemoteAddress => connection.RemoteAddress;

    /// <summary>The loop. It ends with the connection.</summary>
    public async Task RunAsync()
    {
        using (connection)
        {
            try
            {
                await connection.OpenAsync();
                var hello = await Handshake.ReadAsync(connection);
                if (hello.Status != HandshakeStatus.Accepted)
                {
                    throw new InvalidDataException($"It begins with a handshake of the status {hello.Status}, which is an answer.");
                }

                if (links.Examine(hello, connection) is { } refusal)
                {
                    await connection.WriteAsync(hello.Refused(refusal.Status).ToArray());
                    throw new InvalidDataException(refusal.Reason);
                }

                Establish(hello);
                links.Establish(this, (hello.From, hello.Kind));
                await connection.WriteAsync(hello.Accepted().ToArray());
                links.Log.Accepted(links.Server, _peer, hello.Kind, connection.Remote);
                connection.Establish();
                await ReceiveAsync();
            }
            catch (Exception exception)
            {
                Report(exception.Message);
            }
        }

        Close("The connection has ended.");
        links.Remove(this);
    }

    /// <summary>Time passes: the connection may be late, silent, or in need of a sign of life.</summary>
    public void Tick(TimeSpan now)
    {
        var (late, signs) = (false, false);
        lock (_gate)
        {
            late = now >= _deadline;
            signs = !late && _isEstablished && _owesSign && !_isWriting && now - _lastSign >= links.Options.SignInterval;
            if (signs)
            {
                (_owesSign, _isWriting, _lastSign) = (false, true, now);
            }
        }

        if (late)
        {
            Close(_isEstablished
                ? $"Nothing has arrived for {links.Options.IdleTimeout.TotalSeconds:0.###} s."
                : $"The handshake was not complete after {links.Options.HandshakeTimeout.TotalSeconds:0.###} s.");
        }
        else if (signs)
        {
            _ = SignAsync();
        }
    }

    /// <summary>Ends the connection. No message of it is delivered from now on.</summary>
    /// <param name="reason">Why, as a sentence.</param>
    public void Close(string reason)
    {
        lock (_gate)
        {
            _isClosed = true;
            _ending ??= reason;
        }

        connection.Dispose();
    }

    private void Establish(Handshake hello)
    {
        lock (_gate)
        {
            (_peer, _isEstablished) = (hello.From, true);
            _deadline = links.Now + links.Options.IdleTimeout;
        }
    }

    private async Task ReceiveAsync()
    {
        var frames = new FrameReader(links.Options.MaxFrameBytes);
        Action<Message> receive = Receive;
        while (true)
        {
            var count = await connection.ReadAsync(frames.Room());
            if (count == 0)
            {
                throw new EndOfStreamException("The other end closed the connection.");
            }

            frames.Take(count, receive);
            lock (_gate)
            {
                _owesSign = true;
                _deadline = links.Now + links.Options.IdleTimeout;
            }
        }
    }

    private void Receive(Message message)
    {
        if (message.From != _peer || message.To != links.Server)
        {
            throw new InvalidDataException($"{_peer} sent a message of {message.From} to {message.To}.");
        }

        // Under the gate, so that nothing arrives after the end of the connection, or after messages of a newer one.
        lock (_gate)
        {
            if (_isClosed)
            {
                throw new IOException(_ending);
            }

            links.Receive(message);
        }
    }

    private async Task SignAsync()
    {
        try
        {
            await connection.WriteAsync(Frame.Sign);
        }
        catch (Exception exception)
        {
            Close(exception.Message);
        }

        lock (_gate)
        {
            _isWriting = false;
        }
    }

    private void Report(string reason)
    {
        bool isEstablished;
        lock (_gate)
        {
            reason = _ending ?? reason;
            isEstablished = _isEstablished;
        }

        if (isEstablished)
        {
            links.Log.Lost(links.Server, _peer, reason);
        }
        else
        {
            links.Refused(connection.Remote, reason);
        }
    }
}
