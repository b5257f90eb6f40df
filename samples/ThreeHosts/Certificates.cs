using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ThreeHosts;

/// <summary>Makes certificates that are valid for a day. A real cluster has an authority of its own that makes them.</summary>
public static class Certificates
{
    private static readonly DateTimeOffset _from = DateTimeOffset.UtcNow.AddHours(-1);
    private static readonly DateTimeOffset _to = _from.AddDays(1);

    public static X509Certificate2 NewAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(_from, _to);
    }

    public static X509Certificate2 Issue(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(authority, _from, _to, RandomNumberGenerator.GetBytes(8));
        return ForTls(issued.CopyWithPrivateKey(key));
    }

    // TLS on Windows refuses a key that is in memory only; one that was read from PKCS#12 is in a file.
    private static X509Certificate2 ForTls(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(
                certificate.Export(X509ContentType.Pkcs12), password: null, X509KeyStorageFlags.Exportable);
        }
    }
}
