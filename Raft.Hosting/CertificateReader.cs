using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Raft.Impl.Transport.Tcp;

namespace Raft.Hosting;

/// <summary>
/// Reads the files of certificates, for each connection. New contents make new certificates. Files that cannot be read, because they are
/// being replaced, leave the certificates as they are. Thread-safe.
/// </summary>
/// <remarks>
/// The contents are compared, not the times: a file that is moved here, or a link that changes its target, may bring an older time, and two
/// writes may have the same.
/// </remarks>
internal sealed partial class CertificateReader(RaftCertificateFiles files, ILogger logger)
{
    private readonly object _gate = new();
    private TransportCertificates? _certificates;
    private byte[]? _digest;
    private string? _problem;

    /// <summary>The certificates as they are now.</summary>
    /// <exception cref="InvalidDataException">The files could not be read yet. The message names the file.</exception>
    public TransportCertificates Current()
    {
        lock (_gate)
        {
            try
            {
                var contents = Contents.Of(files);
                var digest = contents.Digest();
                if (_certificates is null || !digest.AsSpan().SequenceEqual(_digest))
                {
                    _certificates = Parse(files, contents);
                    _digest = digest;
                }

                _problem = null;
            }
            catch (InvalidDataException exception) when (_certificates is not null)
            {
                // The next connection tries again. One line for each problem is enough.
                if (exception.Message != _problem)
                {
                    _problem = exception.Message;
                    LogNotRenewed(logger, exception.Message);
                }
            }

            return _certificates;
        }
    }

    /// <summary>Reads the files once.</summary>
    /// <exception cref="InvalidDataException">A file is missing or cannot be read. The message names it.</exception>
    public static TransportCertificates Read(RaftCertificateFiles files) => Parse(files, Contents.Of(files));

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

    private static TransportCertificates Parse(RaftCertificateFiles files, Contents contents)
    {
        var authorities = Guard(files.AuthorityPath!, () => FromPem(TextOf(contents.Authority)));
        var (own, intermediates) = ParseOwn(files, contents);
        if (!own.HasPrivateKey)
        {
            throw WithoutKey(files.Path!);
        }

        return new TransportCertificates { Own = own, Authorities = authorities, Intermediates = intermediates };
    }

    private static (X509Certificate2 Own, X509Certificate2Collection Intermediates) ParseOwn(
        RaftCertificateFiles files, Contents contents)
    {
        var path = files.Path!;
        if (IsPkcs12(path))
        {
            return (Guard(path, () => X509CertificateLoader.LoadPkcs12(contents.Own, files.Password)), []);
        }

        return Guard(path, () =>
        {
            var pem = TextOf(contents.Own);
            if (contents.Key is null && HasCertificateOnly(pem))
            {
                throw WithoutKey(path);
            }

            var key = contents.Key is { } bytes ? TextOf(bytes) : pem;
            var own = files.Password is { } password
                ? X509Certificate2.CreateFromEncryptedPem(pem, key, password)
                : X509Certificate2.CreateFromPem(pem, key);
            var intermediates = FromPem(pem);
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

    private static X509Certificate2Collection FromPem(string pem)
    {
        X509Certificate2Collection read = [];
        read.ImportFromPem(pem);
        return read.Count > 0 ? read : throw new CryptographicException("it has no certificate in PEM");
    }

    // A mark of the encoding is no part of the text.
    private static string TextOf(byte[] bytes)
    {
        using var reader = new StreamReader(new MemoryStream(bytes));
        return reader.ReadToEnd();
    }

    private static byte[] BytesOf(string path) =>
        File.Exists(path)
            ? Guard(path, () => File.ReadAllBytes(path))
            : throw new InvalidDataException($"The file {path} does not exist.");

    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"The certificate in {path} cannot be read: {exception.Message.TrimEnd('.')}.", exception);
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The certificates stay as they are: {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string reason);

    /// <summary>The bytes of the files, each read once, so that what is compared is what is parsed.</summary>
    private sealed record Contents(byte[] Own, byte[]? Key, byte[] Authority)
    {
        public static Contents Of(RaftCertificateFiles files) => new(
            BytesOf(files.Path!),
            files.KeyPath is { } key && !IsPkcs12(files.Path!) ? BytesOf(key) : null,
            BytesOf(files.AuthorityPath!));

        /// <summary>Equal for equal contents. It reveals nothing of the key.</summary>
        public byte[] Digest() =>
            SHA256.HashData([.. SHA256.HashData(Own), .. SHA256.HashData(Key ?? []), .. SHA256.HashData(Authority)]);
    }
}
