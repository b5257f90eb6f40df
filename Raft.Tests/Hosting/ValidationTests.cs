using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Raft.Hosting;
using ThreeHosts;

namespace Raft.Tests.Hosting;

/// <summary>Each mistake in the options has a message of its own, before anything starts.</summary>
public sealed class ValidationTests : IAsyncLifetime
{
    private static readonly X509Certificate2 _authority = Certificates.NewAuthority();
    private readonly HostedServers _servers = new(3);

    public static TheoryData<string, Action<RaftHostOptions>> Mistakes => new()
    {
        { "ServerId is missing", options => options.ServerId = null },
        { "ServerId is 4, but Members has only S1, S2, S3.", options => options.ServerId = 4 },
        { "ClusterId is missing", options => options.ClusterId = null },
        { "ClusterId is missing", options => options.ClusterId = Guid.Empty },
        { "Members is empty", options => options.Members.Clear() },
        { "Members has the key 'one': a key is the number of a server.", options => options.Members["one"] = "localhost:4001" },
        { "Members has S1 twice.", options => options.Members["01"] = "localhost:4001" },
        { "The address of S4 is 'localhost': it must be host:port", options => options.Members["4"] = "localhost" },
        { "The address of S4 is 'localhost:0'", options => options.Members["4"] = "localhost:0" },
        { "The address of S4 is 'localhost:65536'", options => options.Members["4"] = "localhost:65536" },
        { "The address of S4 is ':4001'", options => options.Members["4"] = ":4001" },
        { "The address of S4 is 'http://host:4001'", options => options.Members["4"] = "http://host:4001" },
        { "The address of S4 is '::1:4001'", options => options.Members["4"] = "::1:4001" },
        { "The address of S4 is '0.0.0.0:4001': no other server can connect", options => options.Members["4"] = "0.0.0.0:4001" },
        { "The address of S4 is '[::]:4001': no other server can connect", options => options.Members["4"] = "[::]:4001" },
        { "The address of S4 is '[::ffff:0.0.0.0]:4001': no other", options => options.Members["4"] = "[::ffff:0.0.0.0]:4001" },
        { "The address of S4 is '': it must be host:port", options => options.Members["4"] = null! },
        { "S1 and S3 have the same address, ", options => options.Members["3"] = options.Members["1"] },
        { "CertificateNames has the key '4', which is not one of Members.", options => options.CertificateNames["4"] = "four" },
        { "The name of S1 in CertificateNames is '': it must be a DNS name", options => SetName(options, 1, string.Empty) },
        { "The name of S1 in CertificateNames is '': it must be a DNS name", options => SetName(options, 1, null) },
        { "The name of S1 in CertificateNames is 'bad name': it must be a DNS name", options => SetName(options, 1, "bad name") },
        { "The name of S2 in CertificateNames is '*.x': it must be a DNS name", options => SetName(options, 2, "*.x") },
        { "The name of S2 in CertificateNames is '': it must be a DNS name", options => SetName(options, 2, null) },
        { "The name of S3 in CertificateNames is 'a..b': it must be", options => options.CertificateNames["3"] = "a..b" },
        { "DataDirectory is missing", options => options.DataDirectory = " " },
        { "file is not a directory.", options => options.DataDirectory = FileIn(options) },
        { "file is not a directory.", options => options.DataDirectory = Path.Combine(FileIn(options), "data", "server-1") },
        { "cannot be used: ", options => options.DataDirectory = "data\0" },
        { "ListenAddress is 'localhost': it must be an IP address", options => options.ListenAddress = "localhost" },
        {
            "Without certificates, servers can talk on the loopback interface only, not to S4 at raft-4.example.com:4001.",
            options => options.Members["4"] = "raft-4.example.com:4001"
        },
        { "not to ListenAddress 0.0.0.0. Set CertificateFiles, or", options => options.ListenAddress = "0.0.0.0" },
        { "Protocol is 7: it must be Production or LeaseReads or Figure2.", options => options.Protocol = (RaftProtocol)7 },
        { "HeartbeatInterval must be between 1 ms and 10 days, not 00:00:00.", options => options.HeartbeatInterval = TimeSpan.Zero },
        {
            "MinElectionTimeout (00:00:00.1000000) must be longer than HeartbeatInterval (00:00:00.1000000)",
            options => options.MinElectionTimeout = TimeSpan.FromMilliseconds(100)
        },
        {
            "MaxElectionTimeout (00:00:00.4000000) must be longer than MinElectionTimeout",
            options => options.MaxElectionTimeout = TimeSpan.FromMilliseconds(400)
        },
        { "TransferTimeout must be between", options => options.TransferTimeout = TimeSpan.FromSeconds(-1) },
        { "StopTimeout must be between", options => options.StopTimeout = TimeSpan.FromDays(11) },
        { "Health is null: leave it out", options => options.Health = null! },
        { "Health.MaxTimeWithoutLeader must be between", options => options.Health.MaxTimeWithoutLeader = TimeSpan.Zero },
        { "Health.MaxWriteTime must be between", options => options.Health.MaxWriteTime = TimeSpan.Zero },
        { "Health.MaxLag must be at least 0, not -1.", options => options.Health.MaxLag = -1 },
        { "MaxMessageBytes must be from 1 to 536870912, not 0.", options => options.MaxMessageBytes = 0 },
        { "MaxUncommittedBytes must be at least 1, not 0.", options => options.MaxUncommittedBytes = 0 },
        { "SnapshotEntries must be at least 1, not 0.", options => options.SnapshotEntries = 0 },
        { "SnapshotBytes must be at least 1, not 0.", options => options.SnapshotBytes = 0 },
        { "LogCacheBytes must be at least 0, not -1.", options => options.LogCacheBytes = -1 },
        { "SegmentBytes must be a multiple of 4096, from 8192 to 1073741824, not 5000.", options => options.SegmentBytes = 5000 },
        { "S1 and S2 and S3 have the same name in their certificates, 127.0.0.1", options => options.Certificates = () => null! },
        { "CertificateFiles needs a Path", options => options.CertificateFiles = Names(options, new RaftCertificateFiles()) },
        { "missing.pem does not exist.", options => Files(options).Path = "missing.pem" },
        { "missing.key does not exist.", options => Files(options).KeyPath = "missing.key" },
        { "authority.pem does not exist.", options => File.Delete(Files(options).AuthorityPath!) },
        { "own.pem has no private key: name the file of the key as KeyPath.", options => Files(options).KeyPath = null },
        { "own.pem cannot be read: ", options => File.WriteAllText(Files(options).Path!, "not a certificate") },
        { "own.pfx cannot be read: ", options => WritePkcs12(Files(options), password: "wrong") },
        { "does not have the name of S1, one, among its DNS names", options => Files(options, name: "two") },
        { "is not valid under the authorities in ", options => Files(options, authority: Certificates.NewAuthority()) },
        { "Set CertificateFiles or Certificates, not both.", options => AndCertificates(options) },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_has_one_message_and_the_host_does_not_start(string message, Action<RaftHostOptions> mistake)
    {
        var host = _servers.Build(1, mistake);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains(message, Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_mistakes_are_reported_at_once()
    {
        var host = _servers.Build(1, options => (options.ClusterId, options.DataDirectory, options.SnapshotBytes) = (null, null, 0));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(3, error.Failures.Count());
    }

    [Fact]
    public async Task A_name_or_a_null_that_cannot_be_checked_hides_no_other_mistake()
    {
        var host = _servers.Build(1, options =>
        {
            SetName(options, 1, "bad name");
            SetName(options, 2, null);
            (options.Members["3"], options.CertificateNames["3"]) = ("0.0.0.0:4001", "*.x");
            (options.Health, options.SnapshotBytes) = (null!, 0);
        });
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(
            ["Health", "SnapshotBytes", "The address of S3", "The name of S1", "The name of S2", "The name of S3"],
            error.Failures.Order(StringComparer.Ordinal).Select(failure => failure.Split([" is ", " in ", " must "], default)[0]));
    }

    // So the storage sees that the directory is new, and makes its name durable.
    [Fact]
    public async Task The_check_makes_no_directory_and_the_start_makes_it()
    {
        var directory = Path.Combine(_servers.Directory, "data", "server-1");
        var host = _servers.Build(1, options => options.DataDirectory = directory);
        Assert.Equal(directory, host.Services.GetRequiredService<IOptions<RaftHostOptions>>().Value.DataDirectory);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_servers.Directory));
        await host.StartAsync();
        Assert.True(Directory.Exists(directory));
    }

    [Fact]
    public async Task A_directory_that_turns_out_unusable_when_it_is_opened_is_an_error_that_names_it()
    {
        var directory = Path.Combine(_servers.Directory, new string('a', 300));
        var host = _servers.Build(1, options => options.DataDirectory = directory);
        var error = await Assert.ThrowsAsync<IOException>(() => host.StartAsync());
        Assert.StartsWith(
            $"The files of the server cannot be opened, with the DataDirectory {directory}: ", error.Message, StringComparison.Ordinal);
        Assert.IsAssignableFrom<IOException>(error.InnerException);
    }

    [Fact]
    public async Task Without_a_state_machine_the_host_does_not_start()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddRaft(options => _servers.Set(options, 1));
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.StartsWith("No IStateMachine is registered", Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".pem", null)]
    [InlineData(".pem", "secret")]
    [InlineData(".pfx", null)]
    [InlineData(".pfx", "secret")]
    public async Task Certificates_in_files_are_read_with_and_without_a_password(string kind, string? password)
    {
        var host = _servers.Build(
            1,
            options =>
            {
                var files = Files(options, password: password);
                if (kind == ".pfx")
                {
                    WritePkcs12(files, password);
                    files.Password = password;
                }
            });
        await host.StartAsync();
    }

    [Theory]
    [InlineData("[::1]:4001")]
    [InlineData("localhost:4001")]
    public async Task An_address_of_the_loopback_interface_needs_no_certificate(string address) =>
        await _servers.StartAsync(1, options => options.Members["4"] = address);

    [Fact]
    public async Task Plain_text_leaves_the_machine_if_the_options_say_so() =>
        await _servers.StartAsync(1, options =>
        {
            options.Members["4"] = "192.0.2.1:4001";
            options.AllowPlainTextBeyondLoopback = true;
        });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _servers.DisposeAsync();

    private static string FileIn(RaftHostOptions options)
    {
        var path = Path.Combine(Path.GetDirectoryName(options.DataDirectory)!, "file");
        File.WriteAllText(path, string.Empty);
        return path;
    }

    private static RaftCertificateFiles Names(RaftHostOptions options, RaftCertificateFiles files)
    {
        (options.CertificateNames["1"], options.CertificateNames["2"], options.CertificateNames["3"]) = ("one", "two", "three");
        return files;
    }

    // With certificates that are valid for the names one, two and three.
    private static void SetName(RaftHostOptions options, int server, string? name)
    {
        if (options.CertificateFiles is null)
        {
            Files(options);
        }

        options.CertificateNames[$"{server}"] = name!;
    }

    // Valid files: own.pem and own.key, authority.pem.
    private static RaftCertificateFiles Files(
        RaftHostOptions options, string name = "one", string? password = null, X509Certificate2? authority = null)
    {
        var folder = Path.GetDirectoryName(options.DataDirectory)!;
        using var own = Certificates.Issue(authority ?? _authority, name);
        using var key = own.GetECDsaPrivateKey()!;
        var files = new RaftCertificateFiles
        {
            Path = Path.Combine(folder, "own.pem"),
            KeyPath = Path.Combine(folder, "own.key"),
            AuthorityPath = Path.Combine(folder, "authority.pem"),
            Password = password,
        };
        File.WriteAllText(files.Path, own.ExportCertificatePem());
        File.WriteAllText(
            files.KeyPath,
            password is null
                ? key.ExportPkcs8PrivateKeyPem()
                : key.ExportEncryptedPkcs8PrivateKeyPem(
                    password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        File.WriteAllText(files.AuthorityPath, _authority.ExportCertificatePem());
        return options.CertificateFiles = Names(options, files);
    }

    private static void WritePkcs12(RaftCertificateFiles files, string? password)
    {
        using var own = files.Password is { } old
            ? X509Certificate2.CreateFromEncryptedPemFile(files.Path!, old, files.KeyPath)
            : X509Certificate2.CreateFromPemFile(files.Path!, files.KeyPath);
        (files.Path, files.KeyPath) = (System.IO.Path.ChangeExtension(files.Path!, ".pfx"), null);
        File.WriteAllBytes(files.Path!, own.Export(X509ContentType.Pkcs12, password));
    }

    private static void AndCertificates(RaftHostOptions options)
    {
        Files(options);
        options.Certificates = () => throw new InvalidOperationException("No connection is made.");
    }
}
