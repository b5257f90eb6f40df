using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Raft.Impl.Transport.Tcp;

namespace Raft.Hosting;

/// <summary>
/// Reads the files of certificates, again whenever one of them has changed. Files that cannot be read, because they are being replaced,
/// leave the certificates as they are. Thread-safe.
/// </summary>
internal sealed partial class CertificateReader(RaftCertificateFiles files, ILogger logger)
{
    private readonly object _gate = new();
    private TransportCertificates? _certificates;
    private DateTime _changed;

    /// <summary>The certificates as they are now.</summary>
    public TransportCertificates Current()
    {
        lock (_gate)
        {
            var changed = new[] { files.Path, files.KeyPath, files.AuthorityPath }.OfType<string>().Max(File.GetLastWriteTimeUtc);
            if (_certificates is null || changed != _changed)
            {
                _certificates = Renew();
                _changed = changed;
            }

            return _certificates;
        }
    }

    /// <summary>Reads the files once.</summary>
    /// <exception cref="InvalidDataException">A file is missing or cannot be read. The message names it.</exception>
    public static TransportCertificates Read(RaftCertificateFiles files)
    {
        var (own, intermediates) = ReadOwn(files);
        if (!own.HasPrivateKey)
        {
            throw WithoutKey(files.Path!);
        }

        var authorities = Guard(files.AuthorityPath!, () => FromPem(files.AuthorityPath!));
        return new TransportCertificates { Own = own, Authorities = authorities, Intermediates = intermediates };
    }

    /// <summary>The same certificate, read from PKCS#12, as TLS on Windows needs it. The one that is given is disposed of.</summary>
    /// <remarks>
    /// Keys from PEM are in memory only. Schannel refuses such keys (dotnet/runtime issues 23749 and 103101). On Windows the key of a
    /// certificate from PKCS#12 is in a file of the user's profile, until the certificate is disposed of or finalized.
    /// </remarks>
    internal static X509Certificate2 WithStoredKey(X509Certificate2 certificate)
    {
        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
        }
    }

    private static (X509Certificate2 Own, X509Certificate2Collection Intermediates) ReadOwn(RaftCertificateFiles files)
    {
        var path = files.Path!;
        if (IsPkcs12(path))
        {
            return (Guard(path, () => X509CertificateLoader.LoadPkcs12FromFile(path, files.Password)), []);
        }

        if (files.KeyPath is { } key && !File.Exists(key))
        {
            throw new InvalidDataException($"The file {key} does not exist.");
        }

        return Guard(path, () =>
        {
            if (files.KeyPath is null && HasCertificateOnly(File.ReadAllText(path)))
            {
                throw WithoutKey(path);
            }

            var own = files.Password is { } password
                ? X509Certificate2.CreateFromEncryptedPemFile(path, password, files.KeyPath)
                : X509Certificate2.CreateFromPemFile(path, files.KeyPath);
            var intermediates = FromPem(path);
            intermediates.RemoveAt(0);
            return (OperatingSystem.IsWindows() ? WithStoredKey(own) : own, intermediates);
        });
    }

    private static bool HasCertificateOnly(string pem) =>
        pem.Contains("BEGIN CERTIFICATE-----", StringComparison.Ordinal)
        && !pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal);

    private static InvalidDataException WithoutKey(string path) => new(
        $"The certificate in {path} has no private key: name the file of the key as {nameof(RaftCertificateFiles.KeyPath)}.");

    private static bool IsPkcs12(string path) =>
        Path.GetExtension(path).ToUpperInvariant() is ".PFX" or ".P12";

    private static X509Certificate2Collection FromPem(string path)
    {
        X509Certificate2Collection read = [];
        read.ImportFromPemFile(path);
        return read.Count > 0 ? read : throw new CryptographicException("it has no certificate in PEM");
    }

    private static T Guard<T>(string path, Func<T> read)
    {
        if (!File.Exists(path))
        {
            throw new InvalidDataException($"The file {path} does not exist.");
        }

        try
        {
            return read();
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"The certificate in {path} cannot be read: {exception.Message.TrimEnd('.')}.", exception);
        }
    }

    private TransportCertificates Renew()
    {
        try
        {
            return Read(files);
        }
        catch (InvalidDataException exception) when (_certificates is not null)
        {
            LogNotRenewed(logger, exception.Message);
            return _certificates;
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The certificates stay as they are: {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string reason);
}
