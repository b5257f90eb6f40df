using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using Raft.Impl.Transport.Tcp;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport.Tcp;

/// <summary>Members are authenticated by their certificates, which are made here. Everything else is refused and logged.</summary>
public sealed class MutualTlsTests : IDisposable
{
    private readonly LoopbackCluster _cluster = new();
    private readonly ConcurrentQueue<Message> _received = [];
    private readonly List<IDisposable> _disposables = [];
    private readonly MemberCertificates _certificates = new();
    private readonly X509Certificate2 _authority;

    public MutualTlsTests() => _authority = _certificates.Authority();

    public void Dispose()
    {
        _disposables.ForEach(one => one.Dispose());
        _certificates.Dispose();
    }

    [Fact]
    public async Task Members_with_their_certificates_reach_each_other()
    {
        Listen(S1, CertificateOf(S1));
        var sender = Listen(S2, CertificateOf(S2));
        await ArrivesAsync(sender);
    }

    [Fact]
    public async Task A_cluster_of_nodes_commits_over_TLS()
    {
        var nodes = new List<RaftNode>();
        foreach (var server in new[] { S1, S2, S3 })
        {
            nodes.Add(await RaftNode.StartAsync(
                new RaftNodeOptions { Id = server, Members = [S1, S2, S3] },
                new RaftNodeDependencies { Storage = new InMemoryStorage(), Transport = Transport(server, CertificateOf(server)) }));
        }

        await LoopbackCluster.EventuallyAsync(() => nodes.Exists(node => node.Status.Role == Role.Leader));
        await LoopbackCluster.EventuallyAsync(() =>
            nodes.Find(node => node.Status.Role == Role.Leader)?.ProposeAsync(Command.FromText("x")) is not null
            && nodes.TrueForAll(node => node.Status.CommitIndex > new LogIndex(2)));
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_member_without_a_certificate_is_refused()
    {
        Listen(S1, CertificateOf(S1));
        using var client = await _cluster.ConnectAsync(S1);
        await using var tls = new SslStream(client.GetStream(), false, (_, certificate, _, _) => certificate is not null);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await tls.AuthenticateAsClientAsync("s1.raft.test");
            await tls.WriteAsync(Stranger.Hello.ToArray());
            Assert.Equal(0, await tls.ReadAsync(new byte[1]));
            throw new IOException("It was closed.");
        });
        await RefusedAsync("The other end has no certificate");
    }

    [Fact]
    public async Task A_member_that_does_not_speak_TLS_is_refused()
    {
        Listen(S1, CertificateOf(S1));
        using var stranger = await Stranger.ConnectAsync(_cluster);
        await stranger.SendAsync(Stranger.Hello.ToArray());
        await stranger.ReadToEndAsync();
        await RefusedAsync();
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused_by_the_server()
    {
        Listen(S1, CertificateOf(S1));
        var other = _certificates.Authority();

        // It trusts S1, but S1 does not trust it.
        Listen(S2, _certificates.Issue(other, "s2.raft.test"), [_authority, other]);
        await RefusedAsync("The certificate CN=s2.raft.test is not valid");
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused_by_the_client()
    {
        var other = _certificates.Authority();
        Listen(S1, _certificates.Issue(other, "s1.raft.test"), [_authority, other]);
        Listen(S2, CertificateOf(S2));
        await _cluster.LogsAsync("Warning: S2 cannot send Messages to S1", "The certificate CN=s1.raft.test is not valid");
        Assert.Empty(_received);
    }

    [Fact]
    public async Task A_member_with_the_certificate_of_another_member_is_refused()
    {
        Listen(S1, CertificateOf(S1));
        Listen(S2, CertificateOf(S3));
        await RefusedAsync("The certificate CN=s3.raft.test is not that of S2: it does not have the name s2.raft.test");
        await _cluster.LogsAsync("S2 cannot send Messages to S1", "OtherCertificate");
    }

    [Fact]
    public async Task A_server_with_the_certificate_of_another_member_gets_no_message()
    {
        Listen(S1, CertificateOf(S3));
        Listen(S2, CertificateOf(S2));
        await _cluster.LogsAsync("Warning: S2 cannot send Messages to S1", "is not that of S1: it does not have the name s1.raft.test");
        Assert.Empty(_received);
    }

    [Fact]
    public async Task A_certificate_that_has_expired_is_refused()
    {
        Listen(S1, CertificateOf(S1));
        Listen(S2, _certificates.Issue(_authority, "s2.raft.test", ended: true));
        await RefusedAsync("The certificate CN=s2.raft.test is not valid");
    }

    [Theory]
    [InlineData("s2.raft.test", "*.raft.test")]
    [InlineData("s2.raft.test", null)]
    public async Task Neither_a_wildcard_nor_a_common_name_is_the_name_of_a_member(string commonName, string? alternative)
    {
        Listen(S1, CertificateOf(S1));
        Listen(S2, _certificates.Issue(_authority, commonName, alternative));
        await RefusedAsync("is not that of S2: it does not have the name s2.raft.test");
    }

    [Fact]
    public async Task A_certificate_for_servers_only_is_refused_from_a_client()
    {
        Listen(S1, CertificateOf(S1));
        Listen(S2, _certificates.Issue(_authority, "s2.raft.test", usage: "1.3.6.1.5.5.7.3.1"));
        await RefusedAsync("The certificate CN=s2.raft.test is not valid");
    }

    [Fact]
    public async Task A_renewed_certificate_is_used_without_a_restart()
    {
        var own = _certificates.Issue(_authority, "s2.raft.test", ended: true);
        Listen(S1, CertificateOf(S1));
        var sender = Listen(S2, () => new TransportCertificates { Own = own, Authorities = [_authority] });
        await RefusedAsync();
        own = CertificateOf(S2);
        await ArrivesAsync(sender);
    }

    [Fact]
    public async Task A_certificate_under_an_intermediate_authority_is_accepted()
    {
        var intermediate = _certificates.Issue(_authority, "Intermediate", alternative: null, isAuthority: true);
        Listen(S1, CertificateOf(S1));
        var own = _certificates.Issue(intermediate, "s2.raft.test");
        var sender = Listen(
            S2, () => new TransportCertificates { Own = own, Authorities = [_authority], Intermediates = [intermediate] });
        await ArrivesAsync(sender);
    }

    [Fact]
    public void Two_members_with_the_same_name_are_refused()
    {
        var options = _cluster.OptionsOf(S1) with
        {
            Members = new Dictionary<ServerId, MemberAddress> { [S1] = new("10.0.0.1", 4000), [S2] = new("10.0.0.1", 4001) },
            Certificates = () => throw new InvalidOperationException("No connection is made."),
        };
        var error = Assert.Throws<ArgumentException>(() => new TcpTransport(options));
        Assert.Contains(
            "S1 and S2 have the same name in their certificates, 10.0.0.1: each could be the other", error.Message,
            StringComparison.Ordinal);
    }

    private static TimeoutNow Vote { get; } = new(S2, S1, new Term(5));

    private Task ArrivesAsync(TcpTransport sender) => LoopbackCluster.EventuallyAsync(
        () =>
        {
            sender.Send(Vote);
            return _received.Contains(Vote);
        },
        () => string.Join('\n', _cluster.Lines));

    private async Task RefusedAsync(string reason = "")
    {
        await _cluster.LogsAsync("Warning: S1 refused a connection", reason);
        Assert.Empty(_received);
    }

    private TcpTransport Listen(ServerId server, X509Certificate2 own, X509Certificate2Collection? authorities = null) =>
        Listen(server, () => new TransportCertificates { Own = own, Authorities = authorities ?? [_authority] });

    private TcpTransport Listen(ServerId server, Func<TransportCertificates> certificates)
    {
        var transport = Transport(server, certificates);
        _disposables.Add(transport.Listen(server, _received.Enqueue));
        return transport;
    }

    private TcpTransport Transport(ServerId server, X509Certificate2 own) =>
        Transport(server, () => new TransportCertificates { Own = own, Authorities = [_authority] });

    private TcpTransport Transport(ServerId server, Func<TransportCertificates> certificates) =>
        _cluster.Create(_cluster.OptionsOf(server) with { Certificates = certificates });

    private X509Certificate2 CertificateOf(ServerId server) => _certificates.Issue(_authority, _cluster.Members[server].CertificateName);
}
