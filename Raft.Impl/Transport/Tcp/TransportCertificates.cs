using System.Security.Cryptography.X509Certificates;

namespace Raft.Impl.Transport.Tcp;

/// <summary>The certificates of a server for mutual TLS.</summary>
public sealed record TransportCertificates
{
    /// <summary>
    /// The server's own certificate, with its private key. One of its DNS names must be the member's <see
    /// cref="MemberAddress.CertificateName"/>. If it restricts its use, it must allow both server and client authentication.
    /// On Windows the key must not be in memory only, as one from PEM is: load the certificate from PKCS#12, without
    /// <see cref="X509KeyStorageFlags.EphemeralKeySet"/>.
    /// </summary>
    public required X509Certificate2 Own { get; init; }

    /// <summary>
    /// The authorities that issue the certificates of this cluster, and no others: any certificate of theirs with the name of a member is
    /// accepted. The operating system's authorities are not trusted.
    /// </summary>
    public required X509Certificate2Collection Authorities { get; init; }

    /// <summary>Certificates between <see cref="Own"/> and an authority, which are sent with it.</summary>
    public X509Certificate2Collection Intermediates { get; init; } = [];
}
