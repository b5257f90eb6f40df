using System.Net;
using Raft.Impl.Core;

namespace Raft.Impl.Transport.Tcp;

/// <summary>The server of a <see cref="TcpTransport"/>, its cluster, and the limits of its connections.</summary>
public sealed record TcpTransportOptions
{
    /// <summary>The cluster. Servers of other clusters are refused.</summary>
    public required Guid ClusterId { get; init; }

    /// <summary>The server.</summary>
    public required ServerId ServerId { get; init; }

    /// <summary>Where each member of the cluster can be reached, the server itself too. Others are refused.</summary>
    public required IReadOnlyDictionary<ServerId, MemberAddress> Members { get; init; }

    /// <summary>
    /// The certificates for mutual TLS; null: plain TCP, on the loopback interface only. It is called for each new connection, so that a
    /// certificate can be renewed while the server runs.
    /// </summary>
    public Func<TransportCertificates>? Certificates { get; init; }

    /// <summary>
    /// Whether plain TCP may leave the machine. Then anybody who reaches the port can be any member, and read and change everything. It is
    /// for networks that authenticate and encrypt by themselves.
    /// </summary>
    public bool AllowPlainTextBeyondLoopback { get; init; }

    /// <summary>
    /// The local address to listen at; null: that of the server among <see cref="Members"/>, or all addresses if that is a host name other
    /// than <c>localhost</c>.
    /// </summary>
    public IPAddress? ListenAddress { get; init; }

    /// <summary>
    /// The most bytes of an encoded message. It must be larger than <see cref="CoreOptions.MaxMessageBytes"/> by what the message adds to
    /// its entries: twice that is always enough. Longer messages are not sent, and a peer that announces one is disconnected.
    /// </summary>
    public int MaxFrameBytes { get; init; } = 4 << 20;

    /// <summary>
    /// The most bytes of messages that wait for a connection. Further messages are dropped; the node sends them again. A single message is
    /// always taken.
    /// </summary>
    public int MaxQueuedBytes { get; init; } = 8 << 20;

    /// <summary>The longest time to connect, to authenticate and to exchange handshakes.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many accepted connections may be without a complete handshake. Beyond it, the address that has the most of them loses its oldest
    /// one. So a stranger that opens many connections from one address closes its own only.
    /// </summary>
    public int MaxPendingConnections { get; init; } = 64;

    /// <summary>A connection on which nothing else is sent for this long carries a sign of life.</summary>
    public TimeSpan SignInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A connection on which nothing arrives for this long is closed: more than two <see cref="SignInterval"/>.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The time until the first new attempt to connect, on average. It doubles with each attempt that fails, up to <see
    /// cref="MaxReconnectDelay"/>. Each delay is drawn from half to one and a half times that.
    /// </summary>
    public TimeSpan ReconnectDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest average time between two attempts to connect.</summary>
    public TimeSpan MaxReconnectDelay { get; init; } = TimeSpan.FromSeconds(2);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Members);
        if (!Members.TryGetValue(ServerId, out var own))
        {
            throw new ArgumentException($"The members must include {ServerId} itself.");
        }

        foreach (var (member, address) in Members)
        {
            if (address is null || string.IsNullOrWhiteSpace(address.Host) || address.Port is < 1 or > 65535)
            {
                throw new ArgumentException($"The address of {member} must be a host and a port from 1 to 65535, not {address}.");
            }

            if (Certificates is null && !AllowPlainTextBeyondLoopback && !address.IsLoopback)
            {
                throw new ArgumentException(
                    $"Without certificates, {member} cannot be reached at {address}: plain TCP is for the loopback interface only. Set "
                    + $"{nameof(Certificates)}, or {nameof(AllowPlainTextBeyondLoopback)} if the network itself is secure.");
            }
        }

        if (Certificates is not null
            && Members.GroupBy(member => member.Value.CertificateName, StringComparer.OrdinalIgnoreCase)
                .FirstOrDefault(group => group.Skip(1).Any()) is { } shared)
        {
            throw new ArgumentException(
                $"The members {string.Join(" and ", shared.Select(member => member.Key))} have the same name in their certificates, "
                + $"{shared.Key}: each could be the other. Set {nameof(MemberAddress.CertificateName)}.");
        }

        if (Certificates is null && !AllowPlainTextBeyondLoopback && ListenAddress is { } local && !IPAddress.IsLoopback(local))
        {
            throw new ArgumentException(
                $"Without certificates, {ServerId} cannot listen at {local}: plain TCP is for the loopback interface only.");
        }

        AtLeast(MaxFrameBytes, 64, nameof(MaxFrameBytes));
        AtLeast(MaxQueuedBytes, 1, nameof(MaxQueuedBytes));
        AtLeast(MaxPendingConnections, 1, nameof(MaxPendingConnections));
        Positive(HandshakeTimeout, nameof(HandshakeTimeout));
        Positive(SignInterval, nameof(SignInterval));
        Positive(ReconnectDelay, nameof(ReconnectDelay));
        if (IdleTimeout <= 2 * SignInterval)
        {
            throw new ArgumentException($"{nameof(IdleTimeout)} must be more than two {nameof(SignInterval)}, not {IdleTimeout}.");
        }

        if (MaxReconnectDelay < ReconnectDelay)
        {
            throw new ArgumentException(
                $"{nameof(MaxReconnectDelay)} must not be shorter than {nameof(ReconnectDelay)}, but is {MaxReconnectDelay}.");
        }
    }

    private static void AtLeast(int value, int least, string name)
    {
        if (value < least)
        {
            throw new ArgumentException($"{name} must be at least {least}, not {value}.");
        }
    }

    private static void Positive(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
        {
            throw new ArgumentException($"{name} must be longer than zero, and at most a day, not {value}.");
        }
    }
}
