using System.Net;
using Microsoft.Extensions.Logging;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Service;
using Raft.Impl.Storage.Files;
using Raft.Impl.Transport.Tcp;

namespace Raft.Hosting;

/// <summary>The options of the parts of a server, from valid options of a host.</summary>
internal static class PartsOf
{
    public static RaftNodeOptions Node(RaftHostOptions options) => new()
    {
        Id = Self(options),
        Members = [.. MemberList.Read(options, []).Keys.Order()],
        HeartbeatInterval = options.HeartbeatInterval,
        MinElectionTimeout = options.MinElectionTimeout,
        MaxElectionTimeout = options.MaxElectionTimeout,
        StopTimeout = options.StopTimeout,
        Core = new CoreOptions { MaxMessageBytes = options.MaxMessageBytes, MaxUncommittedBytes = options.MaxUncommittedBytes },
        Protocol = options.Protocol switch
        {
            RaftProtocol.Figure2 => ProtocolOptions.Figure2,
            RaftProtocol.LeaseReads => ProtocolOptions.Production with { LeaderStickiness = true, LeaseReads = true },
            _ => ProtocolOptions.Production,
        },
    };

    public static ApplierOptions Applier(RaftHostOptions options) => new()
    {
        SnapshotEntries = options.SnapshotEntries,
        SnapshotBytes = options.SnapshotBytes,
    };

    public static FileStorageOptions Storage(RaftHostOptions options) => new()
    {
        ClusterId = options.ClusterId!.Value,
        ServerId = Self(options),
        SegmentBytes = options.SegmentBytes,
        LogCacheBytes = options.LogCacheBytes,
    };

    public static TcpTransportOptions Transport(RaftHostOptions options, ILogger logger)
    {
        // Twice the bytes of the entries is enough for any message.
        var defaults = new TcpTransportOptions
        {
            ClusterId = options.ClusterId!.Value,
            ServerId = Self(options),
            Members = MemberList.Read(options, []),
            Certificates = options.CertificateFiles is { } files ? new CertificateReader(files, logger).Current : options.Certificates,
            AllowPlainTextBeyondLoopback = options.AllowPlainTextBeyondLoopback,
            ListenAddress = options.ListenAddress is { } address ? IPAddress.Parse(address) : null,
        };
        return defaults with { MaxFrameBytes = Math.Max(defaults.MaxFrameBytes, 2 * options.MaxMessageBytes) };
    }

    private static ServerId Self(RaftHostOptions options) => new(options.ServerId!.Value);
}
