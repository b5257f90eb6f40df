using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Raft.Impl.Transport.Tcp;

/// <summary>
/// The stream of an accepted connection. Once a member is at the other end, a thread of its own reads: it waits within the call of the
/// operating system, and runs what awaits the bytes. So a message takes one change of threads to arrive. An asynchronous read of .NET takes
/// two: a thread that waits for all sockets queues what arrives on the thread pool.
/// </summary>
/// <remarks>
/// No operation on this socket may be asynchronous for .NET: after the first one that has to wait, .NET's thread for all sockets wakes up
/// at each arrival too. So reads before <see cref="ReadOnThread"/>, those of handshakes, ask now and then whether something has arrived: a
/// stranger costs no thread. A short write is done at once if there is room; any other blocks a thread of the thread pool. One read and one
/// write may be under way at a time. A token does not cancel what is under way: disposing ends it, and the thread.
/// </remarks>
/// <param name="socket">The socket. It must block.</param>
internal sealed class AcceptedStream(Socket socket) : NetworkStream(socket, ownsSocket: true), IValueTaskSource<int>
{
    // The room that a socket has, at least, which is ready for writing.
    private const int _mostAtOnce = 1 << 10;
    private const string _ended = "The connection has ended.";
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(64);
    private readonly object _gate = new();
    private ManualResetValueTaskSourceCore<int> _result;
    private Memory<byte> _buffer;
    private bool _hasThread;
    private bool _isAsked;
    private bool _isEnded;

    /// <summary>Starts the thread. No read may be under way. It is called once.</summary>
    /// <param name="name">The name of the thread.</param>
    public void ReadOnThread(string name)
    {
        lock (_gate)
        {
            if (_isEnded)
            {
                return;
            }

            _hasThread = true;
        }

        // The simulation does not come here: its connections are its own.
#pragma warning disable RS0030
        new Thread(ReadAll) { IsBackground = true, Name = name }.UnsafeStart();
#pragma warning restore RS0030
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_isEnded)
            {
                return ValueTask.FromException<int>(new IOException(_ended));
            }

            if (!_hasThread)
            {
                return new ValueTask<int>(ReadOnceItArrivesAsync(buffer));
            }

            _result.Reset();
            (_buffer, _isAsked) = (buffer, true);
            Monitor.Pulse(_gate);
            return new ValueTask<int>(this, _result.Version);
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length <= _mostAtOnce && Socket.Poll(0, SelectMode.SelectWrite))
        {
            Write(buffer.Span);
            return default;
        }

#pragma warning disable RS0030
        return new ValueTask(Task.Run(() => Write(buffer.Span), cancellationToken));
#pragma warning restore RS0030
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _isEnded = true;
            Monitor.Pulse(_gate);
        }

        if (!disposing || !_hasThread)
        {
            base.Dispose(disposing);
            return;
        }

        // The shutdown wakes the thread, which closes the socket. Closing it here would wait for the thread.
        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection has ended before, so that no call waits.
        }
    }

    int IValueTaskSource<int>.GetResult(short token) => _result.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _result.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _result.OnCompleted(continuation, state, token, flags);

    private async Task<int> ReadOnceItArrivesAsync(Memory<byte> buffer)
    {
        try
        {
            for (var pause = _firstPause; !Socket.Poll(0, SelectMode.SelectRead); pause = pause < _longestPause ? 2 * pause : pause)
            {
#pragma warning disable RS0030
                await Task.Delay(pause);
#pragma warning restore RS0030
            }

            return Read(buffer.Span);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    // The thread. It usually finds the next read asked for, by what the last one ran.
    private void ReadAll()
    {
        while (IsAsked())
        {
            int count;
            try
            {
                count = Read(_buffer.Span);
                if (count == 0 && Volatile.Read(ref _isEnded))
                {
                    throw new IOException(_ended);
                }
            }
            catch (Exception exception)
            {
                _result.SetException(exception as IOException ?? new IOException(exception.Message, exception));
                continue;
            }

            _result.SetResult(count);
        }

        base.Dispose(disposing: true);
    }

    // Waits for the next read. Returns false once the stream is disposed of and no read is asked for.
    private bool IsAsked()
    {
        lock (_gate)
        {
            while (!_isAsked && !_isEnded)
            {
#pragma warning disable RS0030
                Monitor.Wait(_gate);
#pragma warning restore RS0030
            }

            var isAsked = _isAsked;
            _isAsked = false;
            return isAsked;
        }
    }
}
