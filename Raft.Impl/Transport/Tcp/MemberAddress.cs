using System.Net;

namespace Raft.Impl.Transport.Tcp;

/// <summary>Where a member of the cluster can be reached.</summary>
/// <param name="Host">A host name or an IP address. A name is looked up anew for each connection.</param>
/// <param name="Port">The TCP port.</param>
public sealed record MemberAddress(string Host, int Port)
{
    /// <summary>
    /// The name in the member's certificate: a DNS name among its subject alternative names. Without a value, it is <see cref="Host"/>. No
    /// two members may have the same.
    /// </summary>
    public string CertificateName { get; init; } = Host;

    /// <summary>Whether the address is one of the loopback interface for certain, without a look-up.</summary>
    public bool IsLoopback =>
        IPAddress.TryParse(Host, out var address)
            ? IPAddress.IsLoopback(address)
            : string.Equals(Host, "localhost", StringComparison.OrdinalIgnoreCase);

    /// <summary>The address as <c>host:port</c>.</summary>
    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
