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
                options.CertificateFiles = CertificateReaderTests.FilesIn(servers.Directory, "raft-1.example.com");
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

    [Theory]
    [InlineData("""{ "Raft": { "CertificateNames": { "1": null } } }""", "The name of S1 in CertificateNames is ''")]
    [InlineData("""{ "Raft": { "Members": { "4": null } } }""", "The address of S4 is ''")]
    public async Task A_null_where_a_value_is_needed_is_a_mistake(string json, string message)
    {
        await using var servers = new HostedServers(3);
        using var host = Build(json, options => servers.Set(options, 1));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.StartsWith(message, Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    private static IHost Build(string json, Action<RaftHostOptions> change)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json)));
        builder.Services.AddRaft<Counter>(builder.Configuration.GetSection("Raft"));
        builder.Services.Configure(change);
        return builder.Build();
    }

    private static string Guide() =>
        Json().Match(File.ReadAllText(Repository.File("docs/guides/hosting.md")).ReplaceLineEndings("\n")).Groups["json"].Value;

    [GeneratedRegex(@"^```json\n(?<json>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Json();
}
