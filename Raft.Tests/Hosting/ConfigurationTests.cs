using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Raft.Hosting;
using Raft.Tests.Docs;
using ThreeHosts;

namespace Raft.Tests.Hosting;

/// <summary>Options from the configuration.</summary>
public sealed partial class ConfigurationTests
{
    [Fact]
    public async Task The_file_in_the_guide_is_valid()
    {
        await using var servers = new HostedServers(3);
        using var host = Build(
            Guide(),
            options =>
            {
                // What the file says of other machines' files is made here.
                Assert.Equal("/etc/raft/server.pem", options.CertificateFiles!.Path);
                Assert.Equal("/var/lib/raft", options.DataDirectory);
                options.DataDirectory = Path.Combine(servers.Directory, "data");
                options.CertificateFiles = FilesIn(servers.Directory, "raft-1.example.com");
            });

        var options = host.Services.GetRequiredService<IOptions<RaftHostOptions>>().Value;

        Assert.Equal((1, 3), (options.ServerId, options.Members.Count));
        Assert.Equal("raft-2.example.com:4001", options.Members["2"]);
        Assert.Equal(RaftProtocol.Production, options.Protocol);
        Assert.Equal(TimeSpan.FromMilliseconds(100), options.HeartbeatInterval);
        Assert.Equal(10_000, options.Health.MaxLag);
    }

    [Fact]
    public async Task The_guide_names_every_option()
    {
        var page = await File.ReadAllTextAsync(Repository.File("docs/guides/hosting.md"));
        Assert.All(
            new[] { typeof(RaftHostOptions), typeof(RaftHealthLimits), typeof(RaftCertificateFiles) }
                .SelectMany(type => type.GetProperties())
                .Where(property => property.Name != nameof(RaftHostOptions.Health)),
            property => Assert.Matches($"[`.]{property.Name}`", page));
    }

    [Theory]
    [InlineData("""{ "Raft": { "DataDirectroy": "/var/lib/raft" } }""", "DataDirectroy")]
    [InlineData("""{ "Raft": { "Health": { "MaxLagg": 1 } } }""", "MaxLagg")]
    [InlineData("""{ "Raft": { "ServerId": "one" } }""", "Failed to convert configuration value 'one' at 'Raft:ServerId'")]
    [InlineData("""{ "Raft": { "Protocol": "Newest" } }""", "Failed to convert configuration value 'Newest' at 'Raft:Protocol'")]
    public async Task A_key_or_a_value_that_means_nothing_stops_the_start(string json, string message)
    {
        using var host = Build(json, _ => { });
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_is_read_again_when_its_file_has_changed_and_kept_while_the_file_is_damaged()
    {
        await using var servers = new HostedServers(1);
        var log = new LogLines();
        var files = FilesIn(servers.Directory, "first");
        var reader = new CertificateReader(files, log);
        var first = reader.Current();
        Assert.Same(first, reader.Current());

        await File.WriteAllTextAsync(files.Path!, "half of it");
        File.SetLastWriteTimeUtc(files.Path!, DateTime.UtcNow.AddSeconds(10));
        Assert.Same(first, reader.Current());
        Assert.True(log.Has("Warning: The certificates stay as they are", "server.pem cannot be read"));

        FilesIn(servers.Directory, "second");
        File.SetLastWriteTimeUtc(files.Path!, DateTime.UtcNow.AddSeconds(20));
        Assert.Equal("CN=second", reader.Current().Own.Subject);
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

    private static IHost Build(string json, Action<RaftHostOptions> change)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json)));
        builder.Services.AddRaft<Counter>(builder.Configuration.GetSection("Raft"));
        builder.Services.Configure(change);
        return builder.Build();
    }

    private static RaftCertificateFiles FilesIn(string directory, string name)
    {
        using var authority = Certificates.NewAuthority();
        using var own = Certificates.Issue(authority, name);
        using var key = own.GetECDsaPrivateKey()!;
        var files = new RaftCertificateFiles
        {
            Path = Path.Combine(directory, "server.pem"),
            AuthorityPath = Path.Combine(directory, "authority.pem"),
        };
        File.WriteAllText(files.Path, $"{own.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        File.WriteAllText(files.AuthorityPath, authority.ExportCertificatePem());
        return files;
    }

    private static string Guide() =>
        Json().Match(File.ReadAllText(Repository.File("docs/guides/hosting.md")).ReplaceLineEndings("\n")).Groups["json"].Value;

    [GeneratedRegex(@"^```json\n(?<json>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Json();
}
