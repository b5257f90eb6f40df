namespace Raft.Impl.Transport.Tcp;

/// <summary>What a <see cref="TcpTransport"/> has dropped and refused since it was made.</summary>
/// <param name="DroppedMessages">Messages that were not sent: the queue was full, or the receiver cannot be reached or is unknown.</param>
/// <param name="RefusedConnections">Accepted connections that ended before their handshake was complete, or were refused by it.</param>
/// <param name="LoggerFailures">Lines that were lost because the logger threw.</param>
public sealed record TcpTransportCounters(long DroppedMessages, long RefusedConnections, long LoggerFailures);

/// <summary>Counts what <see cref="TcpTransportCounters"/> reports. Thread-safe.</summary>
internal sealed class TransportCounts
{
    private long _dropped;
    private long _refused;
    private long _loggerFailures;

    public void Dropped() => Interlocked.Increment(ref _dropped);

    public void Refused() => Interlocked.Increment(ref _refused);

    public void LoggerFailure() => Interlocked.Increment(ref _loggerFailures);

    public TcpTransportCounters Read() =>
        new(Interlocked.Read(ref _dropped), Interlocked.Read(ref _refused), Interlocked.Read(ref _loggerFailures));
}
