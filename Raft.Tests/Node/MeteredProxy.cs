using System.Net;
using System.Net.Sockets;
using Raft.Impl.Transport.Tcp;

namespace Raft.Tests.Node;

/// <summary>Passes on the connections to a server, counts what goes there, and cuts or holds the connections when a test says so.</summary>
internal sealed class MeteredProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _port;
    private long _bytes;
    private int _cuts;

    /// <summary>A proxy that listens.</summary>
    /// <param name="port">The server's port.</param>
    public MeteredProxy(int port)
    {
        _port = port;
        _listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    public MemberAddress Address => new("localhost", ((IPEndPoint)_listener.LocalEndpoint).Port);

    /// <summary>How many bytes went to the server.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The number of bytes after which the connections are cut, once.</summary>
    public long CutAfter { get; set; } = long.MaxValue;

    /// <summary>The number of bytes after which a connection that carries more waits for <see cref="Release"/>.</summary>
    public long HoldAfter { get; set; } = long.MaxValue;

    public bool HasCut => Volatile.Read(ref _cuts) > 0;

    public void Release() => _released.TrySetResult();

    public void Dispose()
    {
        Release();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = ServeAsync(client);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        try
        {
            using (client)
            {
                await server.ConnectAsync(IPAddress.Loopback, _port);
                await Task.WhenAny([PassAsync(client.GetStream(), server.GetStream(), isCounted: true),
                    PassAsync(server.GetStream(), client.GetStream(), isCounted: false)]);
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            // One of the two ends has ended it.
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, bool isCounted)
    {
        var buffer = new byte[1 << 16];
        var own = 0L;
        while (await from.ReadAsync(buffer) is > 0 and var count)
        {
            own += count;
            if (isCounted)
            {
                Interlocked.Add(ref _bytes, count);
            }

            // Heartbeats have a connection of their own, which carries little.
            if (own >= HoldAfter)
            {
                await _released.Task;
            }

            if (isCounted && Bytes >= CutAfter && Interlocked.Exchange(ref _cuts, 1) == 0)
            {
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, count));
        }
    }
}
