using Raft.Impl.Core;
using Raft.Impl.Transport;
using Raft.Impl.Transport.Tcp;
using Raft.Tests.Transport.Tcp;
using Raft.Verification.Parts;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport;

/// <summary>The transports of this project pass the kit, and transports with bugs do not.</summary>
public sealed class TransportKitTests
{
    public static TheoryData<string> Names => [.. TransportKit.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public Task InMemoryTransport_passes(string check) => TransportKit.RunAsync(check, new InMemory(new InMemoryTransport()));

    [Theory]
    [MemberData(nameof(Names))]
    public Task TcpTransport_passes(string check) => TransportKit.RunAsync(check, new OverSockets());

    [Theory]
    [MemberData(nameof(Names))]
    public async Task TcpTransport_with_certificates_passes(string check)
    {
        using var certificates = new MemberCertificates();
        await TransportKit.RunAsync(check, new OverTls(certificates));
    }

    [Theory]
    [InlineData("a message of each kind arrives as it was sent")]
    [InlineData("a message of a megabyte arrives as it was sent")]
    public Task A_transport_that_changes_a_message_does_not_pass(string check) =>
        FailsAsync(check, new Faulty { Change = message => message is AppendEntries request ? request with { Round = 99 } : message });

    [Fact]
    public Task A_transport_that_sends_to_every_server_does_not_pass() =>
        FailsAsync("a message arrives at the server that it is for, and at no other", new Faulty { Broadcasts = true });

    [Fact]
    public Task A_transport_that_delivers_after_the_end_does_not_pass() =>
        FailsAsync("nothing arrives at a server that has stopped listening", new Faulty { IgnoresEnd = true });

    [Fact]
    public Task A_transport_that_takes_two_listeners_does_not_pass() =>
        FailsAsync("a second listener is refused until the first stops", new Faulty { IgnoresEnd = true });

    [Fact]
    public Task A_transport_that_keeps_messages_without_naming_a_bound_does_not_pass() =>
        FailsAsync(
            "sending does not wait for a slow receiver, and nothing is kept for it without bound", new Faulty { DelaysMessages = true });

    private static Task<TransportKitException> FailsAsync(string check, IRaftTransport transport) =>
        Assert.ThrowsAsync<TransportKitException>(() => TransportKit.RunAsync(check, new InMemory(transport)));

    private sealed class InMemory(IRaftTransport transport) : ITransportUnderTest
    {
        public IReadOnlyList<ServerId> Servers => [S1, S2, S3];

        public long? MaxWaitingBytes => null;

        public IRaftTransport Create(ServerId server) => transport;
    }

    private sealed class OverSockets : ITransportUnderTest
    {
        private readonly LoopbackCluster _cluster = new();

        public IReadOnlyList<ServerId> Servers => [S1, S2, S3];

        // The queue, and generous buffers of the operating system.
        public long? MaxWaitingBytes => 32 << 20;

        public IRaftTransport Create(ServerId server) => _cluster.TransportOf(server);
    }

    // Each member has a certificate of its own, under one authority.
    private sealed class OverTls : ITransportUnderTest
    {
        private readonly LoopbackCluster _cluster = new();
        private readonly Dictionary<ServerId, TransportCertificates> _certificates;

        public OverTls(MemberCertificates certificates)
        {
            var authority = certificates.Authority();
            _certificates = _cluster.Members.ToDictionary(
                member => member.Key,
                member => new TransportCertificates
                {
                    Own = certificates.Issue(authority, member.Value.CertificateName),
                    Authorities = [authority],
                });
        }

        public IReadOnlyList<ServerId> Servers => [S1, S2, S3];

        // As without TLS, and what TLS holds.
        public long? MaxWaitingBytes => 32 << 20;

        public IRaftTransport Create(ServerId server) =>
            _cluster.Create(_cluster.OptionsOf(server) with { Certificates = () => _certificates[server] });
    }

    private sealed class Faulty : IRaftTransport
    {
        private readonly List<(ServerId Server, Action<Message> Receive)> _listeners = [];

        public Func<Message, Message> Change { get; init; } = message => message;

        public bool Broadcasts { get; init; }

        public bool IgnoresEnd { get; init; }

        public bool DelaysMessages { get; init; }

        public void Send(Message message)
        {
            foreach (var (server, receive) in _listeners.ToArray())
            {
                if (server == message.To || Broadcasts)
                {
                    Deliver(receive, Change(message));
                }
            }
        }

        private async void Deliver(Action<Message> receive, Message message)
        {
            if (DelaysMessages)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20));
            }

            receive(message);
        }

        public IDisposable Listen(ServerId server, Action<Message> receive)
        {
            _listeners.Add((server, receive));
            return new Listener(() =>
            {
                if (!IgnoresEnd)
                {
                    _listeners.RemoveAll(one => one.Server == server);
                }
            });
        }

        private sealed class Listener(Action end) : IDisposable
        {
            public void Dispose() => end();
        }
    }
}
