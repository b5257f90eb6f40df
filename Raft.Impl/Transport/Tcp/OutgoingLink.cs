using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;
using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Transport.Tcp;

/// <summary>
/// What a server sends to another over one connection at a time: a bounded queue of frames, and the loop that connects, sends them, and
/// connects again when the connection ends. While the loop has nothing to do, a short message is written by the call that sends it: that
/// saves the way to another thread. Thread-safe.
/// </summary>
/// <param name="links">The links of the server.</param>
/// <param name="peer">The other server.</param>
/// <param name="kind">
/// What the link carries. The one for snapshots connects when there is something to send, and ends when it is not needed for a while.
/// </param>
internal sealed class OutgoingLink(MemberLinks links, ServerId peer, LinkKind kind)
{
    private const int _segmentBytes = 16 << 10;

    // What takes longer to write is left to the loop: the calls come from the node's loop.
    private const int _mostWrittenBySender = 16 << 10;
    private const string _unused = "It is not needed for now.";
    private readonly object _gate = new();

    // The queue. Messages are encoded straight into it, under the gate. The loop is its only reader.
    private readonly Pipe _queue = new(new PipeOptions(
        pauseWriterThreshold: 0, minimumSegmentSize: _segmentBytes, useSynchronizationContext: false));

    // As in the node's inbox: a channel queues the loop on the common queue of the thread pool.
#pragma warning disable RS0030
    private readonly Channel<bool> _wakeUps = Channel.CreateUnbounded<bool>(new() { SingleReader = true });
#pragma warning restore RS0030
    private IConnection? _connection;
    private readonly ByteWriter _writer = new();

    // Whether the loop waits for a token in the channel. While the connection is open, it has nothing to write then. Who sets it to false
    // takes the right to write from the loop, and gives it back by a token, or by setting it to true again.
    private bool _isWaiting;
    private bool _takesMessages;
    private bool _isOpen;
    private bool _signIsDue;
    private bool _isClosed;
    private int _queued;
    private string? _ending;
    private TimeSpan _deadline;
    private TimeSpan _resumesAt;
    private TimeSpan _lastWrite;
    private TimeSpan _lastMessage;

    private TcpTransportOptions Options => links.Options;

    /// <summary>Puts a message into the queue. It is dropped if the queue is full, or if the peer cannot be reached for now.</summary>
    /// <exception cref="ArgumentException">The message has an unknown kind, or holds a negative term or index.</exception>
    public void Send(Message message)
    {
        var bytes = 0;
        var isTaken = false;
        (IConnection Connection, ReadResult Read)? write = null;
        lock (_gate)
        {
            if (_takesMessages && (_queued == 0 || _queued + message.Size <= Options.MaxQueuedBytes))
            {
                isTaken = true;
                bytes = Frame.Write(_queue.Writer, message, Options.MaxFrameBytes, _writer);
                if (bytes > 0)
                {
                    Frame.Flush(_queue.Writer);
                    _queued += bytes;
                    write = BeginWrite();
                }
            }
        }

        if (write is var (connection, read))
        {
            WriteAtOnce(connection, read);
            return;
        }

        if (bytes > 0)
        {
            WakeUp();
            return;
        }

        links.Dropped();
        if (isTaken)
        {
            links.Log.MessageTooLong(links.Server, message.GetType().Name, peer, Options.MaxFrameBytes);
        }
    }

    /// <summary>The loop. It ends once the link is closed.</summary>
    public async Task RunAsync()
    {
        var failures = 0;
        string? lastReason = null;
        while (await IsDueAsync(failures))
        {
            var (wasOpen, failure) = (false, string.Empty);
            try
            {
                using var connection = links.Connections.Connect(peer);
                Begin(connection);
                await connection.OpenAsync();
                await ShakeHandsAsync(connection);
                wasOpen = true;
                lastReason = null;
                await CarryAsync(connection);
            }
            catch (Exception exception)
            {
                failure = exception.Message;
            }

            var reason = End() ?? failure;
            failures = reason == _unused ? 0 : wasOpen ? 1 : failures + 1;
            links.Log.Disconnected(links.Server, peer, kind, reason, isNews: reason != _unused && reason != lastReason && !_isClosed);
            lastReason = reason;
        }
    }

    /// <summary>Time passes: the connection may be late, silent, in need of a sign of life, or due again.</summary>
    public void Tick(TimeSpan now)
    {
        IConnection? late = null;
        var wakes = false;
        lock (_gate)
        {
            if (_connection is null)
            {
                wakes = !_takesMessages && now >= _resumesAt;
            }
            else if (_ending is null)
            {
                _ending = !_isOpen && now >= _deadline ? $"It was not ready after {Options.HandshakeTimeout.TotalSeconds:0.###} s."
                    : _isOpen && now >= _deadline ? $"Nothing has arrived for {Options.IdleTimeout.TotalSeconds:0.###} s."
                    : _isOpen && kind == LinkKind.Snapshots && _queued == 0 && now - _lastMessage >= Options.IdleTimeout ? _unused
                    : null;
                _signIsDue = _isOpen && now - _lastWrite >= Options.SignInterval;
                late = _ending is null ? null : _connection;
                wakes = _signIsDue || late is not null;
            }
        }

        late?.Dispose();
        if (wakes)
        {
            WakeUp();
        }
    }

    /// <summary>Ends the connection, and the loop.</summary>
    public void Close()
    {
        IConnection? connection;
        lock (_gate)
        {
            (_isClosed, _takesMessages) = (true, false);
            _ending ??= "The server stops.";
            connection = _connection;
        }

        connection?.Dispose();
        WakeUp();
    }

    // Waits until the next attempt to connect is due. False: the link is closed.
    private async Task<bool> IsDueAsync(int failures)
    {
        var resumesAt = links.Now + (failures == 0 ? TimeSpan.Zero : links.DelayAfter(failures));
        while (true)
        {
            lock (_gate)
            {
                if (_isClosed)
                {
                    return false;
                }

                _resumesAt = resumesAt;
                _takesMessages = links.Now >= resumesAt;
                if (_takesMessages && (kind == LinkKind.Messages || _queued > 0))
                {
                    return true;
                }

                _isWaiting = true;
            }

            await _wakeUps.Reader.ReadAsync();
        }
    }

    private void Begin(IConnection connection)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                throw new IOException(_ending);
            }

            (_connection, _isOpen, _signIsDue, _ending) = (connection, false, false, null);
            _deadline = links.Now + Options.HandshakeTimeout;
        }
    }

    // Discards what was not sent: a part of a frame may have been, and the node repeats what it needs.
    private string? End()
    {
        lock (_gate)
        {
            (_connection, _takesMessages, _isOpen) = (null, false, false);
            while (_queued > 0)
            {
                _queue.Reader.TryRead(out var left);
                _queued -= (int)left.Buffer.Length;
                _queue.Reader.AdvanceTo(left.Buffer.End);
            }

            return _ending;
        }
    }

    private async Task ShakeHandsAsync(IConnection connection)
    {
        if (connection.ObjectionTo(peer) is { } objection)
        {
            throw new IOException(objection);
        }

        var own = new Handshake(
            Handshake.Version, Handshake.Version, Options.ClusterId, links.Server, peer, kind, HandshakeStatus.Accepted);
        await connection.WriteAsync(own.ToArray());
        var answer = await Handshake.ReadAsync(connection);
        if (answer.Status != HandshakeStatus.Accepted)
        {
            throw new IOException($"{connection.Remote} refuses the connection: {answer.Status}.");
        }

        if (answer != own.Accepted())
        {
            throw new IOException($"{connection.Remote} is {answer.From} of cluster {answer.ClusterId}, which was not asked for.");
        }

        lock (_gate)
        {
            _isOpen = true;
            _lastWrite = _lastMessage = links.Now;
            _deadline = links.Now + Options.IdleTimeout;
        }

        links.Log.Connected(links.Server, peer, kind, connection.Remote);
    }

    // Writes what is queued, and signs of life, until the connection ends.
    private async Task CarryAsync(IConnection connection)
    {
        var listening = ListenAsync(connection);
        try
        {
            while (true)
            {
                var (part, read) = Next();
                if (part.IsEmpty)
                {
                    await _wakeUps.Reader.ReadAsync();
                    continue;
                }

                try
                {
                    await connection.WriteAsync(part);
                }
                finally
                {
                    Written(part.Length, read);
                }
            }
        }
        finally
        {
            connection.Dispose();
            await listening;
        }
    }

    // The next bytes to write: a part of the queue, which is read then, or a sign of life. Empty: none for now.
    private (ReadOnlyMemory<byte> Part, ReadResult? Read) Next()
    {
        lock (_gate)
        {
            if (_ending is not null)
            {
                throw new IOException(_ending);
            }

            if (_queued > 0)
            {
                _queue.Reader.TryRead(out var read);
                foreach (var part in read.Buffer)
                {
                    if (!part.IsEmpty)
                    {
                        return (part, read);
                    }
                }
            }

            _isWaiting = !_signIsDue;
            return (_signIsDue ? Frame.Sign : default, null);
        }
    }

    private void Written(int bytes, ReadResult? read)
    {
        lock (_gate)
        {
            if (read is { } ofQueue)
            {
                Advance(bytes, ofQueue);
            }
            else
            {
                (_lastWrite, _signIsDue) = (links.Now, false);
            }
        }
    }

    // A part of the queue was written. Under the gate.
    private void Advance(int bytes, ReadResult read)
    {
        _queue.Reader.AdvanceTo(read.Buffer.GetPosition(bytes));
        _queued -= bytes;
        if (bytes > 0)
        {
            _lastWrite = _lastMessage = links.Now;
            _signIsDue = false;
        }
    }

    // Takes the signs of life that the peer sends.
    private async Task ListenAsync(IConnection connection)
    {
        string reason;
        try
        {
            var frames = new FrameReader(maxFrameBytes: 0);
            while (true)
            {
                var count = await connection.ReadAsync(frames.Room());
                if (count == 0)
                {
                    reason = "The other end closed the connection.";
                    break;
                }

                frames.Take(count, static _ => { });
                lock (_gate)
                {
                    _deadline = links.Now + Options.IdleTimeout;
                }
            }
        }
        catch (Exception exception)
        {
            reason = exception.Message;
        }

        lock (_gate)
        {
            _ending ??= reason;
        }

        WakeUp();
    }

    // Takes the right to write from the loop if it waits with an open connection, and little is queued. Null: the loop writes. Under the
    // gate.
    private (IConnection Connection, ReadResult Read)? BeginWrite()
    {
        if (!_isWaiting || !_isOpen || _ending is not null || _queued > _mostWrittenBySender)
        {
            return null;
        }

        _isWaiting = false;
        _queue.Reader.TryRead(out var read);
        return (_connection!, read);
    }

    // Writes what is queued, as far as there is room for it. If something is left to do, the loop does it.
    private void WriteAtOnce(IConnection connection, ReadResult read)
    {
        var written = TryWrite(connection, read.Buffer);
        lock (_gate)
        {
            Advance(written, read);
            if (_queued == 0 && _ending is null && !_signIsDue)
            {
                _isWaiting = true;
                return;
            }
        }

        _wakeUps.Writer.TryWrite(true);
    }

    private static int TryWrite(IConnection connection, ReadOnlySequence<byte> bytes)
    {
        var written = 0;
        try
        {
            foreach (var part in bytes)
            {
                var count = connection.TryWrite(part.Span);
                written += count;
                if (count < part.Length)
                {
                    break;
                }
            }

            return written;
        }
        catch (Exception)
        {
            // The loop will learn the reason: what is left does not get through either.
            return written;
        }
    }

    private void WakeUp()
    {
        lock (_gate)
        {
            if (!_isWaiting)
            {
                return;
            }

            _isWaiting = false;
        }

        _wakeUps.Writer.TryWrite(true);
    }
}
