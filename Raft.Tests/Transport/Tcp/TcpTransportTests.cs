using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Raft.Impl.Core;
using Raft.Impl.Transport.Tcp;
using Raft.Verification.Parts;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport.Tcp;

public sealed class TcpTransportTests : IDisposable
{
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(300);
    private readonly LoopbackCluster _cluster = new();
    private readonly ConcurrentQueue<Message> _received = [];
    private readonly List<IDisposable> _listeners = [];

    private static TimeoutNow Vote { get; } = new(S2, S1, new Term(5));

    public void Dispose() => _listeners.ForEach(listener => listener.Dispose());

    private TcpTransport Listen(TcpTransportOptions options)
    {
        var transport = _cluster.Create(options);
        _listeners.Add(transport.Listen(options.ServerId, _received.Enqueue));
        return transport;
    }

    // Handshakes.
    [Fact]
    public async Task A_stranger_with_the_handshake_of_a_member_is_that_member_over_plain_TCP()
    {
        Listen(_cluster.OptionsOf(S1));
        using var stranger = await Stranger.AcceptedAsync(_cluster);
        await stranger.SendAsync(Vote);
        await LoopbackCluster.EventuallyAsync(() => _received.Contains(Vote));
    }

    [Fact]
    public async Task A_server_of_another_cluster_is_refused_and_logged_at_both_ends()
    {
        Listen(_cluster.OptionsOf(S1));
        Listen(_cluster.OptionsOf(S2) with { ClusterId = Guid.Empty });
        await _cluster.LogsAsync("Warning: S1 refused a connection", "It is of cluster 00000000-0000-0000-0000-000000000000");
        await _cluster.LogsAsync("Warning: S2 cannot send Messages to S1", "refuses the connection: OtherCluster");
        Assert.Empty(_received);
    }

    [Theory]
    [InlineData(2, 9, "OtherVersion", "It speaks the versions 2 to 9 of the protocol, not 1")]
    public async Task A_server_that_speaks_no_known_version_is_refused(int lowest, int highest, string status, string reason)
    {
        var transport = Listen(_cluster.OptionsOf(S1));
        using var stranger = await Stranger.ConnectAsync(_cluster);
        var answer = await stranger.ShakeHandsAsync(Stranger.Hello with { LowestVersion = lowest, HighestVersion = highest });
        Assert.Equal(status, $"{answer.Status}");
        Assert.Equal((1, Guid.Empty), (answer.HighestVersion, answer.ClusterId));
        Assert.Equal(0, await stranger.ReadToEndAsync());
        await _cluster.LogsAsync("S1 refused a connection", reason);
        Assert.Equal(1, transport.Counters.RefusedConnections);
    }

    [Fact]
    public async Task A_server_that_speaks_a_later_version_too_is_accepted_with_the_common_one()
    {
        Listen(_cluster.OptionsOf(S1));
        using var stranger = await Stranger.ConnectAsync(_cluster);
        var answer = await stranger.ShakeHandsAsync(Stranger.Hello with { HighestVersion = 9 });
        Assert.Equal((1, 1, HandshakeStatus.Accepted), (answer.LowestVersion, answer.HighestVersion, answer.Status));
    }

    [Theory]
    [InlineData(7, 1, "NoMember", "S7 is no other member of the cluster")]
    [InlineData(1, 1, "NoMember", "S1 is no other member of the cluster")]
    [InlineData(2, 3, "OtherServer", "It is for S3")]
    public async Task A_handshake_of_no_member_or_for_another_server_is_refused(int from, int to, string status, string reason)
    {
        Listen(_cluster.OptionsOf(S1));
        using var stranger = await Stranger.ConnectAsync(_cluster);
        var answer = await stranger.ShakeHandsAsync(Stranger.Hello with { From = new ServerId(from), To = new ServerId(to) });
        Assert.Equal(status, $"{answer.Status}");
        Assert.Equal(0, await stranger.ReadToEndAsync());
        await _cluster.LogsAsync("S1 refused a connection", reason);
    }

    [Fact]
    public async Task What_is_no_handshake_is_refused_without_an_answer()
    {
        Listen(_cluster.OptionsOf(S1));
        using var stranger = await Stranger.ConnectAsync(_cluster);
        await stranger.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"u8.ToArray());
        Assert.Equal(0, await stranger.ReadToEndAsync());
        await _cluster.LogsAsync("S1 refused a connection", "does not speak the protocol");
    }

    // The server that connects knows nothing yet: only an answer has a status.
    [Fact]
    public async Task A_connection_that_begins_with_an_answer_is_refused_without_an_answer()
    {
        Listen(_cluster.OptionsOf(S1));
        using var stranger = await Stranger.ConnectAsync(_cluster);
        await stranger.SendAsync((Stranger.Hello with { Status = HandshakeStatus.OtherServer }).ToArray());
        Assert.Equal(0, await stranger.ReadToEndAsync());
        await _cluster.LogsAsync("S1 refused a connection", "It begins with a handshake of the status OtherServer, which is an answer.");
    }

    [Fact]
    public async Task A_damaged_handshake_is_refused()
    {
        Listen(_cluster.OptionsOf(S1));
        using var stranger = await Stranger.ConnectAsync(_cluster);
        var hello = Stranger.Hello.ToArray();
        hello[13] ^= 1;
        await stranger.SendAsync(hello);
        Assert.Equal(0, await stranger.ReadToEndAsync());
        await _cluster.LogsAsync("S1 refused a connection", "The handshake is damaged: its checksum does not match.");
    }

    // Messages.
    [Theory]
    [InlineData(3, 1)]
    [InlineData(2, 3)]
    public async Task A_message_that_is_not_of_the_peer_or_not_for_this_server_ends_the_connection(int from, int to)
    {
        Listen(_cluster.OptionsOf(S1));
        using var stranger = await Stranger.AcceptedAsync(_cluster);
        await stranger.SendAsync(Vote with { From = new ServerId(from), To = new ServerId(to) });
        Assert.Equal(0, await stranger.ReadToEndAsync());
        await _cluster.LogsAsync("Warning: S1 receives nothing more from S2", $"S2 sent a message of S{from} to S{to}.");
        Assert.Empty(_received);
    }

    [Fact]
    public async Task A_damaged_frame_ends_the_connection()
    {
        Listen(_cluster.OptionsOf(S1));
        using var stranger = await Stranger.AcceptedAsync(_cluster);
        var frame = Stranger.FrameOf(Vote);
        frame[^1] ^= 0x40;
        await stranger.SendAsync(frame);
        Assert.Equal(0, await stranger.ReadToEndAsync());
        await _cluster.LogsAsync("S1 receives nothing more from S2", "its checksum does not match");
        Assert.Empty(_received);
    }

    [Fact]
    public async Task A_frame_that_is_too_long_ends_the_connection_at_its_header()
    {
        Listen(_cluster.OptionsOf(S1) with { MaxFrameBytes = 1000 });
        using var stranger = await Stranger.AcceptedAsync(_cluster);
        await stranger.SendAsync([0xE9, 0x03, 0, 0, 1, 2, 3, 4]);
        Assert.Equal(0, await stranger.ReadToEndAsync());
        await _cluster.LogsAsync("S1 receives nothing more from S2", "announces a message of 1001 bytes; 1000 are allowed");
    }

    [Fact]
    public async Task A_message_that_is_too_long_is_not_sent_and_logged_and_the_connection_stays()
    {
        var sender = Listen(_cluster.OptionsOf(S2) with { MaxFrameBytes = 100 });
        Listen(_cluster.OptionsOf(S1));
        await _cluster.LogsAsync("S2 sends Messages to S1");
        var entry = new LogEntry(new Term(5), new Command(new byte[200]));
        sender.Send(new AppendEntries(S2, S1, new Term(5), LogIndex.Zero, Term.Zero, EntryList.Of(entry), LogIndex.Zero));
        sender.Send(Vote);
        await LoopbackCluster.EventuallyAsync(() => _received.Contains(Vote));
        await _cluster.LogsAsync("Error: S2 does not send a message to S1 (AppendEntries): it has more than 100 bytes");
        Assert.Equal(1, sender.Counters.DroppedMessages);
        Assert.Single(_received);
    }

    [Fact]
    public void A_message_of_another_server_is_not_sent()
    {
        var transport = Listen(_cluster.OptionsOf(S1));
        var error = Assert.Throws<ArgumentException>(() => transport.Send(Vote));
        Assert.Contains("The transport of S1 does not send messages of S2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_transport_receives_for_its_own_server_only()
    {
        var error = Assert.Throws<ArgumentException>(() => _cluster.TransportOf(S1).Listen(S2, _received.Enqueue));
        Assert.Contains("The transport of S1 does not receive for S2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_does_not_hold_up_other_messages()
    {
        // S1 is a program that accepts both connections, and does not read that of the snapshot.
        using var listener = new TcpListener(IPAddress.Loopback, _cluster.Members[S1].Port);
        listener.Start();
        var sender = Listen(_cluster.OptionsOf(S2));
        using var messages = await AcceptAsync(listener, LinkKind.Messages);
        var chunk = new InstallSnapshot(
            S2, S1, new Term(5), new LogIndex(3), new Term(5), Offset: 0, new SnapshotData(new byte[1 << 20]), Done: false);
        for (var i = 0; i < 8; i++)
        {
            sender.Send(chunk);
        }

        using var snapshots = await AcceptAsync(listener, LinkKind.Snapshots);
        var heartbeat = chunk with { Data = default };
        var expected = Stranger.FrameOf(heartbeat);
        sender.Send(heartbeat);
        var arrived = new byte[expected.Length];
        await messages.GetStream().ReadExactlyAsync(arrived).AsTask().WaitAsync(LoopbackCluster.Patience);
        Assert.Equal(expected, arrived);
    }

    [Fact]
    public async Task What_was_queued_for_a_connection_that_ended_is_discarded()
    {
        using var listener = new TcpListener(IPAddress.Loopback, _cluster.Members[S1].Port);
        listener.Start();
        var sender = Listen(_cluster.OptionsOf(S2));
        using (await AcceptAsync(listener, LinkKind.Messages))
        {
            // More than the operating system takes, so that a part of a message is sent.
            var entry = new LogEntry(new Term(5), new Command(new byte[3 << 20]));
            for (var i = 0; i < 3; i++)
            {
                sender.Send(new AppendEntries(S2, S1, new Term(5), LogIndex.Zero, Term.Zero, EntryList.Of(entry), LogIndex.Zero));
            }
        }

        using var second = await AcceptAsync(listener, LinkKind.Messages);
        await LoopbackCluster.EventuallyAsync(() => _cluster.Lines.Count(line => line.Contains("S2 sends Messages to S1")) == 2);
        sender.Send(new TimeoutNow(S2, S1, new Term(7)));
        var expected = Stranger.FrameOf(new TimeoutNow(S2, S1, new Term(7)));
        var arrived = new byte[expected.Length];
        await second.GetStream().ReadExactlyAsync(arrived).AsTask().WaitAsync(LoopbackCluster.Patience);
        Assert.Equal(expected, arrived);
    }

    // Time.
    // Frames arrive in small parts, which begin and end anywhere.
    [Fact]
    public async Task Messages_over_a_slow_link_arrive_once_and_in_order()
    {
        using var relay = new Relay(_cluster.Members[S1].Port);
        relay.Begin(LinkFault.Slow);
        Listen(_cluster.OptionsOf(S1));
        var sender = Listen(_cluster.OptionsOf(S2) with
        {
            Members = new Dictionary<ServerId, MemberAddress>(_cluster.Members)
            {
                [S1] = _cluster.Members[S1] with { Port = relay.Port },
            },
        });
        await LoopbackCluster.EventuallyAsync(() =>
        {
            sender.Send(Vote);
            return !_received.IsEmpty;
        });
        Message[] messages = [.. Enumerable.Range(1, 300).Select(term => new TimeoutNow(S2, S1, new Term(100 + term)))];
        Array.ForEach(messages, sender.Send);
        Message[] Arrived() => [.. _received.Where(message => message != Vote)];
        await LoopbackCluster.EventuallyAsync(() => Arrived().Length >= messages.Length);
        await Task.Delay(50);
        Assert.Equal(messages, Arrived());
    }

    [Fact]
    public async Task A_connection_without_a_handshake_is_closed_in_time()
    {
        Listen(_cluster.OptionsOf(S1) with { HandshakeTimeout = _short });
        using var stranger = await Stranger.ConnectAsync(_cluster);
        await stranger.SendAsync(Stranger.Hello.ToArray()[..20]);
        Assert.Equal(0, await stranger.ReadToEndAsync());
        await _cluster.LogsAsync("S1 refused a connection", "The handshake was not complete after 0.3 s");
    }

    [Fact]
    public async Task Beyond_the_limit_of_connections_without_a_handshake_the_oldest_is_closed()
    {
        Listen(_cluster.OptionsOf(S1) with { MaxPendingConnections = 2 });
        using var first = await Stranger.ConnectAsync(_cluster);
        await Task.Delay(50);
        using var second = await Stranger.ConnectAsync(_cluster);
        await Task.Delay(50);
        using var third = await Stranger.ConnectAsync(_cluster);
        Assert.Equal(0, await first.ReadToEndAsync());
        await _cluster.LogsAsync("S1 refused a connection", "More than 2 connections have no handshake");
        Assert.Equal(HandshakeStatus.Accepted, (await second.ShakeHandsAsync(Stranger.Hello)).Status);
        Assert.Equal(HandshakeStatus.Accepted, (await third.ShakeHandsAsync(Stranger.Hello)).Status);
    }

    [Fact]
    public async Task A_stranger_that_opens_more_connections_than_the_limit_does_not_displace_the_handshake_of_a_member()
    {
        var transport = Listen(_cluster.OptionsOf(S1) with { MaxPendingConnections = 4 });
        using var member = await Stranger.ConnectAsync(_cluster);
        var hello = Stranger.Hello.ToArray();
        await member.SendAsync(hello[..20]);
        var strangers = new List<Stranger>();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                strangers.Add(await Stranger.ConnectAsync(_cluster, from: IPAddress.Parse("127.0.0.2")));
            }

            // Besides the member, three have room. The oldest of the others were closed.
            await LoopbackCluster.EventuallyAsync(() => transport.Counters.RefusedConnections == 17);
            foreach (var stranger in strangers[..17])
            {
                Assert.Equal(0, await stranger.ReadToEndAsync());
            }

            await _cluster.LogsAsync("S1 refused a connection from 127.0.0.2:", "it is the oldest from the address with the most");
            Assert.Equal(HandshakeStatus.Accepted, (await member.ShakeHandsAsync(hello[20..])).Status);
        }
        finally
        {
            strangers.ForEach(stranger => stranger.Dispose());
        }
    }

    [Fact]
    public async Task A_member_has_one_connection_of_each_kind_and_a_new_one_replaces_it()
    {
        Listen(_cluster.OptionsOf(S1));
        using var first = await Stranger.AcceptedAsync(_cluster);
        using var second = await Stranger.AcceptedAsync(_cluster);
        Assert.Equal(0, await first.ReadToEndAsync());
        await _cluster.LogsAsync("S1 receives nothing more from S2", "A newer connection replaces it");
        await second.SendAsync(Vote);
        await LoopbackCluster.EventuallyAsync(() => _received.Contains(Vote));
    }

    [Fact]
    public async Task A_silent_connection_is_closed()
    {
        Listen(Impatient(S1));
        using var stranger = await Stranger.AcceptedAsync(_cluster);
        Assert.Equal(0, await stranger.ReadToEndAsync());
        await _cluster.LogsAsync("S1 receives nothing more from S2", "Nothing has arrived for 0.3 s");
    }

    [Fact]
    public async Task A_sender_connects_again_when_its_peer_is_silent()
    {
        // S1 accepts, and then neither answers nor closes, as a machine that was cut off.
        using var listener = new TcpListener(IPAddress.Loopback, _cluster.Members[S1].Port);
        listener.Start();
        Listen(Impatient(S2));
        using var first = await AcceptAsync(listener, LinkKind.Messages);
        using var second = await AcceptAsync(listener, LinkKind.Messages);
        await _cluster.LogsAsync("Warning: S2 cannot send Messages to S1", "Nothing has arrived for 0.3 s");
    }

    // Places.
    [Fact]
    public void An_address_that_is_taken_is_named()
    {
        Listen(_cluster.OptionsOf(S1));
        var error = Assert.Throws<IOException>(() => _cluster.TransportOf(S1).Listen(S1, _received.Enqueue));
        Assert.Contains($"S1 cannot listen at 127.0.0.1, port {_cluster.Members[S1].Port}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("raft-2.example.com")]
    [InlineData("::ffff:10.0.0.1")]
    public void Plain_TCP_beyond_the_loopback_interface_must_be_asked_for_by_name(string host)
    {
        var options = _cluster.OptionsOf(S1) with
        {
            Members = new Dictionary<ServerId, MemberAddress>(_cluster.Members) { [S2] = new MemberAddress(host, 4000) },
        };
        var error = Assert.Throws<ArgumentException>(() => new TcpTransport(options));
        Assert.Contains("plain TCP is for the loopback interface only", error.Message, StringComparison.Ordinal);
        _ = new TcpTransport(options with { AllowPlainTextBeyondLoopback = true });
    }

    [Fact]
    public void Plain_TCP_does_not_listen_at_all_addresses_unless_asked_for_by_name()
    {
        var options = _cluster.OptionsOf(S1) with { ListenAddress = IPAddress.Any };
        var error = Assert.Throws<ArgumentException>(() => new TcpTransport(options));
        Assert.Contains("S1 cannot listen at 0.0.0.0", error.Message, StringComparison.Ordinal);
        _ = new TcpTransport(options with { AllowPlainTextBeyondLoopback = true });
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.2")]
    [InlineData("::1")]
    public void Plain_TCP_is_allowed_on_the_loopback_interface(string host) => _ = new TcpTransport(_cluster.OptionsOf(S1) with
    {
        Members = new Dictionary<ServerId, MemberAddress>(_cluster.Members) { [S2] = new MemberAddress(host, 4000) },
    });

    public static TheoryData<string, Func<TcpTransportOptions, TcpTransportOptions>> Mistakes => new()
    {
        { "The members must include S7 itself", options => options with { ServerId = new ServerId(7) } },
        { "MaxFrameBytes must be at least 64, not 63", options => options with { MaxFrameBytes = 63 } },
        { "MaxQueuedBytes must be at least 1, not 0", options => options with { MaxQueuedBytes = 0 } },
        { "MaxPendingConnections must be at least 1, not 0", options => options with { MaxPendingConnections = 0 } },
        { "HandshakeTimeout must be longer than zero", options => options with { HandshakeTimeout = TimeSpan.Zero } },
        { "SignInterval must be longer than zero", options => options with { SignInterval = TimeSpan.Zero } },
        { "IdleTimeout must be more than two SignInterval", options => options with { IdleTimeout = 2 * options.SignInterval } },
        { "ReconnectDelay must be longer than zero", options => options with { ReconnectDelay = TimeSpan.Zero } },
        { "MaxReconnectDelay must not be shorter", options => options with { MaxReconnectDelay = TimeSpan.FromMilliseconds(1) } },
    };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_its_range_is_named(string told, Func<TcpTransportOptions, TcpTransportOptions> mistake)
    {
        var error = Assert.Throws<ArgumentException>(() => new TcpTransport(mistake(_cluster.OptionsOf(S1))));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    // The log.
    [Fact]
    public async Task A_logger_that_throws_costs_its_lines_only()
    {
        var sender = new TcpTransport(_cluster.OptionsOf(S2), new TcpTransportDependencies { Logger = new Throwing() });
        _listeners.Add(sender.Listen(S2, _received.Enqueue));
        Listen(_cluster.OptionsOf(S1));
        await LoopbackCluster.EventuallyAsync(() =>
        {
            sender.Send(Vote);
            return !_received.IsEmpty;
        });
        Assert.True(sender.Counters.LoggerFailures > 0);
    }

    [Fact]
    public async Task Strangers_cannot_fill_the_log()
    {
        var transport = Listen(_cluster.OptionsOf(S1));
        for (var i = 0; i < 60; i++)
        {
            using var stranger = await Stranger.ConnectAsync(_cluster);
            await stranger.SendAsync(new byte[Handshake.Bytes]);
            await stranger.ReadToEndAsync();
        }

        await LoopbackCluster.EventuallyAsync(() => transport.Counters.RefusedConnections == 60);
        Assert.InRange(_cluster.Lines.Count(line => line.Contains("refused a connection", StringComparison.Ordinal)), 1, 50);
    }

    private TcpTransportOptions Impatient(ServerId server) => _cluster.OptionsOf(server) with
    {
        IdleTimeout = _short,
        SignInterval = TimeSpan.FromMilliseconds(50),
    };

    // Accepts a connection of S2 to S1, and answers its handshake.
    private static async Task<TcpClient> AcceptAsync(TcpListener listener, LinkKind kind)
    {
        var client = await listener.AcceptTcpClientAsync().WaitAsync(LoopbackCluster.Patience);
        var hello = new byte[Handshake.Bytes];
        await client.GetStream().ReadExactlyAsync(hello).AsTask().WaitAsync(LoopbackCluster.Patience);
        var parsed = Handshake.Parse(hello);
        Assert.Equal((S2, S1, kind), (parsed.From, parsed.To, parsed.Kind));
        await client.GetStream().WriteAsync(parsed.Accepted().ToArray());
        return client;
    }

    private sealed class Throwing : ILogger
    {
        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("The logger fails.");

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;
    }
}
