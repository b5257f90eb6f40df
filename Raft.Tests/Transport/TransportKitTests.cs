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
    // The checks of links with faults.
    private const string _cut = "a link that was cut carries messages again, in both directions";
    private const string _cutElsewhere = "while a link is cut, sending does not wait, and the other servers are reached";
    private const string _cutBound = "nothing is kept without bound for a server whose link is cut";
    private const string _halfOpen = "a half-open link holds up neither the sender nor other links, and carries messages again";
    private const string _slow = "what arrives over a slow link is what was sent";
    private static readonly string[] _ofLinks = [_cut, _cutElsewhere, _cutBound, _halfOpen, _slow];

    public static TheoryData<string> Names => [.. TransportKit.Names];

    public static TheoryData<string> OfLinks => [.. _ofLinks];

    // It has no links that could be cut: it calls the receiver.
    [Theory]
    [MemberData(nameof(Names))]
    public Task InMemoryTransport_passes(string check) => PassesAsync(check, new InMemory(new InMemoryTransport()), _ofLinks);

    // Its connections lead from server to server. Nothing between them can cut one.
    [Theory]
    [MemberData(nameof(Names))]
    public async Task TcpTransport_passes(string check)
    {
        using var subject = new OverSockets { HasRelays = false };
        await PassesAsync(check, subject, _ofLinks);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task TcpTransport_through_relays_passes(string check)
    {
        using var subject = new OverSockets();
        await PassesAsync(check, subject);
    }

    // It notices a half-open link while it is half open, and connects again in vain.
    [Theory]
    [MemberData(nameof(OfLinks))]
    public async Task TcpTransport_with_short_timeouts_passes(string check)
    {
        using var subject = new OverSockets
        {
            Change = options => options with
            {
                SignInterval = TimeSpan.FromMilliseconds(50),
                IdleTimeout = TimeSpan.FromMilliseconds(250),
                HandshakeTimeout = TimeSpan.FromMilliseconds(250),
            },
        };
        await PassesAsync(check, subject);
        if (check == _halfOpen)
        {
            Assert.Contains(subject.Lines, line => line.Contains("Nothing has arrived for 0.25 s", StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task TcpTransport_with_certificates_passes(string check)
    {
        using var certificates = new MemberCertificates();
        using var subject = OverTls(certificates);
        await PassesAsync(check, subject);
    }

    [Theory]
    [MemberData(nameof(OfLinks))]
    public Task A_network_whose_links_recover_passes(string check) => PassesAsync(check, new LinkNetwork());

    // Otherwise a test that cannot cause a fault would pass what it has not checked.
    [Theory]
    [InlineData(_cut, "Cut")]
    [InlineData(_cutElsewhere, "Cut")]
    [InlineData(_cutBound, "Cut")]
    [InlineData(_halfOpen, "HalfOpen")]
    [InlineData(_slow, "Slow")]
    public async Task A_check_whose_fault_is_not_possible_is_left_out_and_stops_the_listeners(string check, string fault)
    {
        var transport = new InMemoryTransport();
        var leftOut = await Assert.ThrowsAsync<TransportKitLeftOutException>(() => TransportKit.RunAsync(check, new InMemory(transport)));
        Assert.Contains($"BeginFault returns null: the fault {fault} cannot be caused", leftOut.Message, StringComparison.Ordinal);
        Assert.All([S1, S2, S3], server => transport.Listen(server, static _ => { }).Dispose());
    }

    [Fact]
    public Task A_transport_that_never_connects_again_after_a_cut_does_not_pass() => FailsAsync(
        _cut,
        new LinkNetwork { NeverConnectsAgain = true, MaxRecovery = TimeSpan.FromSeconds(1) },
        "over a link that was cut, after 1 s");

    [Fact]
    public Task A_transport_that_delivers_a_damaged_message_after_a_cut_does_not_pass() =>
        FailsAsync(_cut, new LinkNetwork { DamagesAfterCut = true }, "was not sent");

    [Theory]
    [InlineData(_cut)]
    [InlineData(_cutBound)]
    [InlineData(_halfOpen)]
    public Task A_link_whose_fault_has_no_effect_does_not_pass(string check) =>
        FailsAsync(check, new LinkNetwork { IgnoresFaults = true }, "a message passed a link while it was");

    [Fact]
    public Task A_transport_that_throws_while_a_link_is_cut_does_not_pass() =>
        FailsAsync(_cutElsewhere, new LinkNetwork { ThrowsWhileCut = true }, "Send throws IOException: It is cut.");

    [Fact]
    public Task A_transport_that_keeps_all_that_is_sent_over_a_cut_link_does_not_pass() =>
        FailsAsync(_cutBound, new LinkNetwork { KeepsAll = true }, "bytes of messages are in memory for S2, whose link is cut");

    [Fact]
    public Task A_transport_that_never_forgets_what_was_sent_over_a_cut_link_does_not_pass() =>
        FailsAsync(_cutBound, new LinkNetwork { ForgetsNothing = true }, "bytes of messages are in memory for S2, whose link is cut");

    [Fact]
    public Task A_transport_that_keeps_copies_of_all_that_is_sent_over_a_cut_link_does_not_pass() => FailsAsync(
        _cutBound, new LinkNetwork { KeepsAll = true, Copies = true }, "bytes of messages were kept for S2 while its link was cut");

    [Fact]
    public Task A_transport_that_waits_for_a_half_open_link_does_not_pass() =>
        FailsAsync(_halfOpen, new LinkNetwork { WaitsWhileHalfOpen = true }, "a call of Send has not returned after 5 s");

    [Fact]
    public Task A_transport_that_keeps_all_that_is_sent_over_a_half_open_link_does_not_pass() =>
        FailsAsync(_halfOpen, new LinkNetwork { KeepsAll = true }, "bytes of messages are in memory for S2, whose link is half open");

    // The connection never ends for being idle: with its end, what it keeps would be lost before the check counts it. With a low bound, a
    // busy machine delivers all that is kept in time.
    [Fact]
    public async Task TcpTransport_with_a_queue_beyond_the_bound_does_not_pass()
    {
        using var subject = new OverSockets
        {
            MaxWaitingBytes = 4 << 20,
            Change = options => options with { MaxQueuedBytes = int.MaxValue, IdleTimeout = TimeSpan.FromHours(1) },
        };
        var failure = await Assert.ThrowsAsync<TransportKitException>(() => TransportKit.RunAsync(_halfOpen, subject));
        Assert.Contains("bytes of messages were kept for S2 while its link was half open", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task A_transport_that_delivers_a_damaged_message_after_a_half_open_link_does_not_pass() =>
        FailsAsync(_halfOpen, new LinkNetwork { DamagesAfterHalfOpen = true }, "was not sent");

    [Theory]
    [InlineData(_cutElsewhere, "while the link of S1 and S2 is cut")]
    [InlineData(_halfOpen, "while the link of S1 and S2 is half open")]
    public Task A_transport_whose_other_links_wait_for_one_with_a_fault_does_not_pass(string check, string when) =>
        FailsAsync(check, new LinkNetwork { HoldsUpOthers = true }, when);

    [Fact]
    public Task A_transport_that_delivers_a_damaged_message_over_a_slow_link_does_not_pass() =>
        FailsAsync(_slow, new LinkNetwork { DamagesWhileSlow = true }, "was not sent");

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

    private static async Task FailsAsync(string check, LinkNetwork network, string message)
    {
        var failure = await Assert.ThrowsAsync<TransportKitException>(() => TransportKit.RunAsync(check, network));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    // A check that is left out does not pass: it must be one of those that are expected to be.
    private static async Task PassesAsync(string check, ITransportUnderTest subject, params string[] leftOut)
    {
        if (leftOut.Contains(check))
        {
            await Assert.ThrowsAsync<TransportKitLeftOutException>(() => TransportKit.RunAsync(check, subject));
        }
        else
        {
            await TransportKit.RunAsync(check, subject);
        }
    }

    // Each member has a certificate of its own, under one authority.
    private static OverSockets OverTls(MemberCertificates certificates)
    {
        var authority = certificates.Authority();
        var subject = new OverSockets();
        var ofMembers = subject.Members.ToDictionary(
            member => member.Key,
            member => new TransportCertificates
            {
                Own = certificates.Issue(authority, member.Value.CertificateName),
                Authorities = [authority],
            });
        subject.Change = options => options with { Certificates = () => ofMembers[options.ServerId] };
        return subject;
    }

    private sealed class InMemory(IRaftTransport transport) : ITransportUnderTest
    {
        public IReadOnlyList<ServerId> Servers => [S1, S2, S3];

        public long? MaxWaitingBytes => null;

        public IRaftTransport Create(ServerId server) => transport;
    }

    private sealed class OverSockets : ITransportUnderTest, IDisposable
    {
        private readonly LoopbackCluster _cluster = new();
        private readonly Dictionary<(ServerId From, ServerId To), Relay> _relays = [];

        public bool HasRelays { get; init; } = true;

        public Func<TcpTransportOptions, TcpTransportOptions> Change { get; set; } = options => options;

        public IReadOnlyDictionary<ServerId, MemberAddress> Members => _cluster.Members;

        public string[] Lines => _cluster.Lines;

        public IReadOnlyList<ServerId> Servers => [S1, S2, S3];

        // The queue, what TLS holds, and generous buffers of the operating system.
        public long? MaxWaitingBytes { get; init; } = 32 << 20;

        public IRaftTransport Create(ServerId server)
        {
            var options = _cluster.OptionsOf(server);
            return _cluster.Create(Change(HasRelays
                ? options with
                {
                    Members = _cluster.Members.ToDictionary(
                        member => member.Key,
                        member => member.Key == server ? member.Value : member.Value with { Port = RelayOf(server, member.Key).Port }),
                }
                : options));
        }

        public IDisposable? BeginFault(ServerId first, ServerId second, LinkFault fault)
        {
            if (!HasRelays)
            {
                return null;
            }

            Relay[] relays = [RelayOf(first, second), RelayOf(second, first)];
            Array.ForEach(relays, relay => relay.Begin(fault));
            return new Ending(() => Array.ForEach(relays, relay => relay.End()));
        }

        public void Dispose()
        {
            foreach (var relay in _relays.Values)
            {
                relay.Dispose();
            }
        }

        // The one through which a server connects to another.
        private Relay RelayOf(ServerId from, ServerId to)
        {
            if (!_relays.TryGetValue((from, to), out var relay))
            {
                relay = _relays[(from, to)] = new Relay(_cluster.Members[to].Port);
            }

            return relay;
        }
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
            return new Ending(() =>
            {
                if (!IgnoresEnd)
                {
                    _listeners.RemoveAll(one => one.Server == server);
                }
            });
        }
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
