using Microsoft.Extensions.Logging;
using Raft.Impl.Core;
using Raft.Impl.Logging;

namespace Raft.Impl.Transport.Tcp;

/// <summary>
/// The log lines of a <see cref="TcpTransport"/>. It writes at most ten lines a second about connections that it accepts or cannot accept
/// and about messages that are too long: others must not be able to fill the log. It never throws. Thread-safe.
/// </summary>
/// <param name="logger">Gets the lines.</param>
/// <param name="counts">Counts the lines that are lost because the logger throws.</param>
internal sealed partial class TransportLog(ILogger logger, TransportCounts counts)
{
    private const int _mostPerSecond = 10;
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private readonly GuardedLogger _logger = new(logger, counts.LoggerFailure);
    private readonly object _gate = new();
    private TimeSpan _since;
    private int _lines;

    public void Connected(ServerId server, ServerId peer, LinkKind kind, string remote) =>
        LogConnected(_logger, server, kind, peer, remote);

    public void Disconnected(ServerId server, ServerId peer, LinkKind kind, string reason, bool isNews) =>
        LogDisconnected(_logger, isNews ? LogLevel.Warning : LogLevel.Debug, server, kind, peer, reason);

    public void MessageTooLong(ServerId server, string type, ServerId peer, int most)
    {
        if (HasRoom())
        {
            LogTooLong(_logger, server, type, peer, most);
        }
    }

    public void AcceptFailed(ServerId server, string reason)
    {
        if (HasRoom())
        {
            LogAcceptFailed(_logger, server, reason);
        }
    }

    public void Accepted(ServerId server, ServerId peer, LinkKind kind, string remote)
    {
        if (HasRoom())
        {
            LogAccepted(_logger, server, kind, peer, remote);
        }
    }

    public void Lost(ServerId server, ServerId peer, string reason)
    {
        if (HasRoom())
        {
            LogLost(_logger, server, peer, reason);
        }
    }

    public void Refused(ServerId server, string remote, string reason)
    {
        if (HasRoom())
        {
            LogRefused(_logger, server, remote, reason);
        }
    }

    /// <summary>Time passes: further lines are written.</summary>
    public void Tick(TimeSpan now)
    {
        lock (_gate)
        {
            if (now - _since >= _second)
            {
                (_since, _lines) = (now, 0);
            }
        }
    }

    // Whether another of the limited lines may be written. If so, it is counted.
    private bool HasRoom()
    {
        lock (_gate)
        {
            return ++_lines <= _mostPerSecond;
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Server} sends {Kind} to {Peer} at {Remote}")]
    private static partial void LogConnected(ILogger logger, ServerId server, LinkKind kind, ServerId peer, string remote);

    [LoggerMessage(EventId = 2, Message = "{Server} cannot send {Kind} to {Peer}: {Reason}")]
    private static partial void LogDisconnected(
        ILogger logger, LogLevel level, ServerId server, LinkKind kind, ServerId peer, string reason);

    [LoggerMessage(
        EventId = 3,
        Level = LogLevel.Error,
        Message = "{Server} does not send a message to {Peer} ({Type}): it has more than {Most} bytes (MaxFrameBytes)")]
    private static partial void LogTooLong(ILogger logger, ServerId server, string type, ServerId peer, int most);

    [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "{Server} cannot accept connections: {Reason}")]
    private static partial void LogAcceptFailed(ILogger logger, ServerId server, string reason);

    [LoggerMessage(EventId = 5, Level = LogLevel.Information, Message = "{Server} receives {Kind} of {Peer} at {Remote}")]
    private static partial void LogAccepted(ILogger logger, ServerId server, LinkKind kind, ServerId peer, string remote);

    [LoggerMessage(EventId = 6, Level = LogLevel.Warning, Message = "{Server} receives nothing more from {Peer}: {Reason}")]
    private static partial void LogLost(ILogger logger, ServerId server, ServerId peer, string reason);

    [LoggerMessage(EventId = 7, Level = LogLevel.Warning, Message = "{Server} refused a connection from {Remote}: {Reason}")]
    private static partial void LogRefused(ILogger logger, ServerId server, string remote, string reason);
}
