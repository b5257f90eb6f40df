using System.Net;
using System.Net.Sockets;

namespace ThreeHosts;

/// <summary>Ports of the loopback interface.</summary>
internal static class Ports
{
    // The system gives connections, and listeners that ask for any port, the ports above: from 32768 on Linux, from 49152 elsewhere.
    // One of those could be gone before its server listens, or between two starts of the server.
    private const int _first = 20_000;
    private const int _end = 32_768;

    // Two processes begin at different ones.
    private static int _next = Random.Shared.Next(_end - _first);

    /// <summary>Ports that nothing uses, and that no connection takes. Later calls return others.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="InvalidOperationException">There are not so many.</exception>
    public static int[] Free(int count)
    {
        int[] free = [.. Enumerable.Range(0, _end - _first).Select(_ => Next()).Where(IsFree).Take(count)];
        return free.Length == count ? free : throw new InvalidOperationException($"Fewer than {count} ports are free.");
    }

    private static int Next() => _first + (int)((uint)Interlocked.Increment(ref _next) % (_end - _first));

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
