using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Service;
using Raft.Impl.Storage.Files;
using Raft.Impl.Transport.Tcp;

namespace Raft.Hosting;

/// <summary>
/// The server that a host runs, its cluster and its limits. A section of the configuration can be bound to it. All values are checked when
/// the host starts; each mistake has a message of its own.
/// </summary>
public sealed class RaftHostOptions
{
    /// <summary>The number of the server, one of <see cref="Members"/>. It is required.</summary>
    public int? ServerId { get; set; }

    /// <summary>The cluster: any UUID but the empty one, the same on all servers. It is required.</summary>
    public Guid? ClusterId { get; set; }

    /// <summary>
    /// The members of the cluster, the server itself too: the number of each, and where it can be reached, as <c>host:port</c>. An IPv6
    /// address stands in brackets. It is the same on all servers.
    /// </summary>
    public IDictionary<string, string> Members { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// The names in the certificates of members, by number, where they differ from the host in <see cref="Members"/>
    /// (<see cref="MemberAddress.CertificateName"/>).
    /// </summary>
    public IDictionary<string, string> CertificateNames { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The directory of the server's files, of this server only. It is made if it does not exist. It is required.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>The files of the certificates for mutual TLS; null: see <see cref="Certificates"/>.</summary>
    public RaftCertificateFiles? CertificateFiles { get; set; }

    /// <summary>
    /// The certificates for mutual TLS, if they are not in files (<see cref="TcpTransportOptions.Certificates"/>). Without these and <see
    /// cref="CertificateFiles"/>, servers talk in plain text, on the loopback interface only.
    /// </summary>
    public Func<TransportCertificates>? Certificates { get; set; }

    /// <summary>
    /// Whether servers may talk in plain text beyond the loopback interface (<see
    /// cref="TcpTransportOptions.AllowPlainTextBeyondLoopback"/>). Then anybody who reaches the port can read and change everything.
    /// </summary>
    public bool AllowPlainTextBeyondLoopback { get; set; }

    /// <summary>The IP address to listen at; null: as <see cref="TcpTransportOptions.ListenAddress"/>.</summary>
    public string? ListenAddress { get; set; }

    /// <summary>The extensions of Figure 2; the same on all servers.</summary>
    public RaftProtocol Protocol { get; set; } = RaftProtocol.Production;

    /// <summary>How often a leader sends heartbeats (<see cref="RaftNodeOptions.HeartbeatInterval"/>).</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The shortest election timeout: longer than <see cref="HeartbeatInterval"/>.</summary>
    public TimeSpan MinElectionTimeout { get; set; } = TimeSpan.FromMilliseconds(400);

    /// <summary>The longest election timeout: longer than <see cref="MinElectionTimeout"/>.</summary>
    public TimeSpan MaxElectionTimeout { get; set; } = TimeSpan.FromMilliseconds(800);

    /// <summary>
    /// How long a leader that stops waits at most for another server to take over. A transfer takes two round trips; the node gives it up
    /// after an election timeout.
    /// </summary>
    public TimeSpan TransferTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long the node waits for its writes when it stops (<see cref="RaftNodeOptions.StopTimeout"/>). Together with <see
    /// cref="TransferTimeout"/> it should be shorter than the time that the host has to stop, which is 30 s by default.
    /// </summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The most bytes of a command, and of entries in a message (<see cref="CoreOptions.MaxMessageBytes"/>).</summary>
    public int MaxMessageBytes { get; set; } = 1 << 20;

    /// <summary>
    /// The most bytes of entries that are not applied; beyond it, proposals are refused (<see cref="CoreOptions.MaxUncommittedBytes"/>).
    /// </summary>
    public long MaxUncommittedBytes { get; set; } = 64 << 20;

    /// <summary>A snapshot is taken after this many entries (<see cref="ApplierOptions.SnapshotEntries"/>).</summary>
    public long SnapshotEntries { get; set; } = 100_000;

    /// <summary>A snapshot is taken after this many bytes of entries (<see cref="ApplierOptions.SnapshotBytes"/>).</summary>
    public long SnapshotBytes { get; set; } = 16 << 20;

    /// <summary>
    /// The bytes of a file of the log; the directory holds two at least (<see cref="FileStorageOptions.SegmentBytes"/>).
    /// </summary>
    public int SegmentBytes { get; set; } = 64 << 20;

    /// <summary>
    /// The most bytes of committed entries that stay in memory; others are read back (<see cref="FileStorageOptions.LogCacheBytes"/>).
    /// </summary>
    public long LogCacheBytes { get; set; } = 64 << 20;

    /// <summary>When the health checks report that something is wrong.</summary>
    public RaftHealthLimits Health { get; set; } = new();
}

/// <summary>A set of extensions of Figure 2 (<see cref="ProtocolOptions"/>).</summary>
public enum RaftProtocol
{
    /// <summary>What a service needs (<see cref="ProtocolOptions.Production"/>).</summary>
    Production,

    /// <summary>
    /// The same, and a leader answers reads without asking the others while it holds a lease. It is only safe if the clocks of all servers
    /// run at nearly the same rate (<see cref="ProtocolOptions.LeaseReads"/>).
    /// </summary>
    LeaseReads,

    /// <summary>
    /// The paper and nothing else (<see cref="ProtocolOptions.Figure2"/>). A leader that stops cannot transfer its leadership, and <see
    /// cref="IRaft.ReadBarrierAsync"/> is refused.
    /// </summary>
    Figure2,
}

/// <summary>
/// The files of the certificates for mutual TLS. They are read again when one of them changes, so a certificate can be renewed while the
/// server runs.
/// </summary>
public sealed class RaftCertificateFiles
{
    /// <summary>
    /// The server's own certificate: PKCS #12 with its key if the name ends in <c>.pfx</c> or <c>.p12</c>; otherwise PEM, with the
    /// intermediate authorities after it, if there are any. It is required.
    /// </summary>
    public string? Path { get; set; }

    /// <summary>The private key in PEM; null: it is in <see cref="Path"/>.</summary>
    public string? KeyPath { get; set; }

    /// <summary>The password of the private key; null: it has none.</summary>
    public string? Password { get; set; }

    /// <summary>The authorities of the cluster in PEM, one at least. No others are trusted. It is required.</summary>
    public string? AuthorityPath { get; set; }
}

/// <summary>The limits of the health checks.</summary>
public sealed class RaftHealthLimits
{
    /// <summary>
    /// How long a server may be without a leader. Until then it is degraded, because an election takes a moment; then it is unhealthy.
    /// </summary>
    public TimeSpan MaxTimeWithoutLeader { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many committed entries may wait to be applied on this server.</summary>
    public long MaxLag { get; set; } = 10_000;

    /// <summary>How long a write may take to become durable.</summary>
    public TimeSpan MaxWriteTime { get; set; } = TimeSpan.FromSeconds(10);
}
