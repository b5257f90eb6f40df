using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Raft.Hosting;

namespace Raft.Tests.Transport.Tcp;

/// <summary>Makes the certificates of a test, and disposes of them.</summary>
internal sealed class MemberCertificates : IDisposable
{
    private readonly List<X509Certificate2> _made = [];

    /// <summary>One moment for all certificates of a test: none may outlive its issuer, not by a second.</summary>
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    public X509Certificate2 Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var authority = request.CreateSelfSigned(_now.AddDays(-10), _now.AddDays(10));
        _made.Add(authority);
        return authority;
    }

    /// <summary>The certificate of a member.</summary>
    public X509Certificate2 Issue(X509Certificate2 issuer, string name, bool ended = false, string? usage = null) =>
        Issue(issuer, name, name, ended, usage);

    public X509Certificate2 Issue(
        X509Certificate2 issuer, string name, string? alternative, bool ended = false, string? usage = null, bool isAuthority = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        if (alternative is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(alternative);
            request.CertificateExtensions.Add(names.Build());
        }

        if (usage is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        }

        if (isAuthority)
        {
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        }

        var (begin, end) = ended ? (-9, -1) : (-1, 9);
        using var issued = request.Create(
            issuer, _now.AddDays(begin), _now.AddDays(end), RandomNumberGenerator.GetBytes(8));
        var certificate = issued.CopyWithPrivateKey(key);
        certificate = OperatingSystem.IsWindows() ? CertificateReader.WithStoredKey(certificate) : certificate;
        _made.Add(certificate);
        return certificate;
    }

    public void Dispose() => _made.ForEach(certificate => certificate.Dispose());
}
