using System.Diagnostics;
using System.Diagnostics.Metrics;
using Raft.Impl.Core;

namespace Raft.Impl.Transport.Tcp;

/// <summary>What a <see cref="TcpTransport"/> has dropped and refused since it was made.</summary>
/// <param name="DroppedMessages">Messages that were not sent: the queue was full, or the receiver cannot be reached or is unknown.</param>
/// <param name="RefusedConnections">Accepted connections that ended before their handshake was complete, or were refused by it.</param>
/// <param name="LoggerFailures">Lines that were lost because the logger threw.</param>
public sealed record TcpTransportCounters(long DroppedMessages, long RefusedConnections, long LoggerFailures);

/// <summary>
/// Counts what <see cref="TcpTransportCounters"/> reports, and measures it, on a meter of the name that the nodes' meter has. Thread-safe.
/// </summary>
/// <param name="server">The server's name, for the metrics.</param>
internal sealed class TransportCounts(ServerId server)
{
    private static readonly Meter _meter = new("Raft");
    private static readonly Counter<long> _droppedMessages = _meter.CreateCounter<long>(
        "raft.transport.messages.dropped", null, "Messages that were not sent: the queue was full, or the receiver cannot be reached.");

    private static readonly Counter<long> _refusedConnections = _meter.CreateCounter<long>(
        "raft.transport.connections.refused", null, "Connections that were refused, or ended before their handshake was complete.");

    private readonly TagList _tags = [new("raft.server", server.Value)];
    private long _dropped;
    private long _refused;
    private long _loggerFailures;

    public void Dropped() => Count(ref _dropped, _droppedMessages);

    public void Refused() => Count(ref _refused, _refusedConnections);

    public void LoggerFailure() => Interlocked.Increment(ref _loggerFailures);

    public TcpTransportCounters Read() =>
        new(Interlocked.Read(ref _dropped), Interlocked.Read(ref _refused), Interlocked.Read(ref _loggerFailures));

    private void Count(ref long count, Counter<long> counter)
    {
        Interlocked.Increment(ref count);
        if (counter.Enabled)
        {
            counter.Add(1, _tags);
        }
    }
}
