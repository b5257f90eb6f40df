using System.Net;
using System.Net.Sockets;
using Raft.Verification.Parts;

namespace Raft.Tests.Transport.Tcp;

/// <summary>
/// Forwards the TCP connections to a port of the loopback interface, in both directions, and can cut them, hold them up, or make them slow.
/// It keeps its own port all the time, so that no other process takes it. Thread-safe.
/// </summary>
internal sealed class Relay : IDisposable
{
    // What a slow link carries at once, at most, and the delay of each part.
    private const int _partBytes = 2_000;
    private static readonly TimeSpan _delay = TimeSpan.FromMilliseconds(2);
    private readonly object _gate = new();
    private readonly IPEndPoint _target;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly HashSet<Socket> _open = [];
    private LinkFault? _fault;
    private TaskCompletionSource? _holding;
    private bool _isDisposed;

    /// <summary>Starts to forward.</summary>
    /// <param name="target">The port to which connections lead.</param>
    public Relay(int target)
    {
        _target = new IPEndPoint(IPAddress.Loopback, target);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _ = AcceptAsync();
    }

    /// <summary>The port that connections are made to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Begins a fault of all connections, also of those that are made later.</summary>
    public void Begin(LinkFault fault)
    {
        lock (_gate)
        {
            _fault = fault;
            if (fault == LinkFault.Cut)
            {
                CloseAll();
            }
            else if (fault == LinkFault.HalfOpen)
            {
                _holding = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Ends the fault. What was held up passes on.</summary>
    public void End()
    {
        TaskCompletionSource? holding;
        lock (_gate)
        {
            (_fault, holding, _holding) = (null, _holding, null);
        }

        holding?.SetResult();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            CloseAll();
        }

        _listener.Dispose();
        End();
    }

    private void CloseAll()
    {
        foreach (var socket in _open)
        {
            socket.Dispose();
        }

        _open.Clear();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = await _listener.AcceptAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = ForwardAsync(accepted);
        }
    }

    private async Task ForwardAsync(Socket accepted)
    {
        var connected = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // One that is made while the link is cut is refused: it ends at once.
            if (!Add(accepted) || !Add(connected))
            {
                return;
            }

            await AwaitEndOfHoldAsync();
            await connected.ConnectAsync(_target);
            accepted.NoDelay = connected.NoDelay = true;
            using var near = new NetworkStream(accepted);
            using var far = new NetworkStream(connected);
            await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The target does not listen, or the link was cut.
        }
        finally
        {
            lock (_gate)
            {
                _open.Remove(accepted);
                _open.Remove(connected);
            }

            accepted.Dispose();
            connected.Dispose();
        }
    }

    // Each end closes the whole connection at once, so one direction never outlives the other.
    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 << 10];
        var random = new Random(1);
        try
        {
            while (true)
            {
                await AwaitEndOfHoldAsync();
                var count = await from.ReadAsync(buffer.AsMemory(0, IsSlow ? random.Next(1, _partBytes) : buffer.Length));
                if (count == 0)
                {
                    return;
                }

                if (IsSlow)
                {
                    await Task.Delay(_delay);
                }

                // What comes while the link is held up waits here.
                await AwaitEndOfHoldAsync();
                await to.WriteAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The connection has ended.
        }
    }

    private bool IsSlow
    {
        get
        {
            lock (_gate)
            {
                return _fault == LinkFault.Slow;
            }
        }
    }

    private Task AwaitEndOfHoldAsync()
    {
        lock (_gate)
        {
            return _holding?.Task ?? Task.CompletedTask;
        }
    }

    // False: the link is cut.
    private bool Add(Socket socket)
    {
        lock (_gate)
        {
            return !_isDisposed && _fault != LinkFault.Cut && _open.Add(socket);
        }
    }
}
