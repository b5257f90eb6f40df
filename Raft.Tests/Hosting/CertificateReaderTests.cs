using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Raft.Hosting;
using ThreeHosts;

namespace Raft.Tests.Hosting;

/// <summary>Certificates are renewed while a server runs, in the ways in which tools replace files.</summary>
public sealed class CertificateReaderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-certificates-").FullName;
    private readonly LogLines _log = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_certificate_is_read_again_when_its_file_has_changed_and_kept_while_the_file_is_damaged()
    {
        var files = FilesIn(_directory, "first");
        var reader = new CertificateReader(files, _log);
        var first = reader.Current();
        Assert.Same(first, reader.Current());

        File.WriteAllText(files.Path!, "half of it");
        Assert.Same(first, reader.Current());
        Assert.Same(first, reader.Current());
        Assert.Equal(1, _log.Count("Warning: The certificates stay as they are", "server.pem cannot be read"));
        File.Delete(files.Path!);
        Assert.Same(first, reader.Current());
        Assert.True(_log.Has("Warning: The certificates stay as they are", "server.pem does not exist"));

        FilesIn(_directory, "second");
        Assert.Equal("CN=second", reader.Current().Own.Subject);
    }

    [Fact]
    public void A_file_that_is_read_while_it_is_written_is_read_again_when_it_is_complete_in_the_same_tick()
    {
        var files = FilesIn(_directory, "first");
        var reader = new CertificateReader(files, _log);
        reader.Current();
        FilesIn(_directory, "second");
        var complete = File.ReadAllBytes(files.Path!);
        var tick = DateTime.UtcNow.AddSeconds(10);

        File.WriteAllBytes(files.Path!, complete[..(complete.Length / 2)]);
        File.SetLastWriteTimeUtc(files.Path!, tick);
        Assert.Equal("CN=first", reader.Current().Own.Subject);
        File.WriteAllBytes(files.Path!, complete);
        File.SetLastWriteTimeUtc(files.Path!, tick);
        Assert.Equal("CN=second", reader.Current().Own.Subject);
    }

    [Fact]
    public void A_certificate_with_an_older_time_that_is_moved_into_the_place_of_another_is_read()
    {
        var files = FilesIn(_directory, "first");
        var reader = new CertificateReader(files, _log);
        reader.Current();
        var second = FilesIn(Directory.CreateDirectory(Path.Combine(_directory, "second")).FullName, "second");
        File.SetLastWriteTimeUtc(second.Path!, DateTime.UtcNow.AddDays(-1));
        File.Move(second.Path!, files.Path!, overwrite: true);
        Assert.Equal("CN=second", reader.Current().Own.Subject);
    }

    // Kubernetes renews the files of a secret in this way. The second directory has the older files, as after a roll-back.
    [Fact]
    public void A_certificate_behind_a_link_to_another_directory_is_read()
    {
        if (OperatingSystem.IsWindows())
        {
            // To make links there needs a right.
            return;
        }

        var second = FilesIn(Directory.CreateDirectory(Path.Combine(_directory, "..second")).FullName, "second");
        File.SetLastWriteTimeUtc(second.Path!, DateTime.UtcNow.AddDays(-1));
        File.SetLastWriteTimeUtc(second.AuthorityPath!, DateTime.UtcNow.AddDays(-1));
        FilesIn(Directory.CreateDirectory(Path.Combine(_directory, "..first")).FullName, "first");
        var data = Path.Combine(_directory, "..data");
        Directory.CreateSymbolicLink(data, "..first");
        var files = FilesOf(_directory);
        File.CreateSymbolicLink(files.Path!, Path.Combine("..data", "server.pem"));
        File.CreateSymbolicLink(files.AuthorityPath!, Path.Combine("..data", "authority.pem"));
        var reader = new CertificateReader(files, _log);
        Assert.Equal("CN=first", reader.Current().Own.Subject);

        Directory.Delete(data);
        Assert.Equal("CN=first", reader.Current().Own.Subject);
        Directory.CreateSymbolicLink(data, "..second");

        var current = reader.Current();
        Assert.Equal("CN=second", current.Own.Subject);
        using var authority = X509CertificateLoader.LoadCertificateFromFile(second.AuthorityPath!);
        Assert.Equal(authority, Assert.Single(current.Authorities));
    }

    // Windows needs this for TLS. It works the same elsewhere, as far as the certificate and its key go.
    [Fact]
    public void A_certificate_whose_key_is_stored_is_the_same_and_signs_with_the_same_key()
    {
        using var authority = Certificates.NewAuthority();
        using var issued = Certificates.Issue(authority, "first");
        var bytes = issued.RawData;
        using var signer = issued.GetECDsaPublicKey()!;

        using var stored = CertificateReader.WithStoredKey(issued);

        Assert.Equal(bytes, stored.RawData);
        using var key = stored.GetECDsaPrivateKey()!;
        Assert.True(signer.VerifyData(bytes, key.SignData(bytes, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256));
    }

    /// <summary>Writes valid files: a certificate with its key, and an authority.</summary>
    internal static RaftCertificateFiles FilesIn(string directory, string name)
    {
        using var authority = Certificates.NewAuthority();
        using var own = Certificates.Issue(authority, name);
        using var key = own.GetECDsaPrivateKey()!;
        var files = FilesOf(directory);
        File.WriteAllText(files.Path!, $"{own.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        File.WriteAllText(files.AuthorityPath!, authority.ExportCertificatePem());
        return files;
    }

    private static RaftCertificateFiles FilesOf(string directory) => new()
    {
        Path = Path.Combine(directory, "server.pem"),
        AuthorityPath = Path.Combine(directory, "authority.pem"),
    };
}
