using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Transport;
using Raft.Impl.Transport.Tcp;

namespace Raft.Verification.Cluster;

/// <summary>
/// The transports of a cluster: for each incarnation of a server a <see cref="TcpTransport"/> on simulated streams. It checks what they
/// deliver: messages that were sent and not yet delivered, unchanged and, of one kind of connection, in order.
/// </summary>
/// <param name="scheduler">The engine.</param>
/// <param name="streams">The streams.</param>
/// <param name="network">Its watchers see the messages.</param>
/// <param name="members">All servers.</param>
internal sealed class StreamTransport(
    Scheduler scheduler, SimulatedStreams streams, SimulatedNetwork<Message> network, IReadOnlyList<ServerId> members)
{
    /// <summary>The property that a transport violates which delivers anything else.</summary>
    public const string Property = "Transport";

    // What is on its way from one server to another, by the kind of its connection, in the order of sending.
    private readonly object _gate = new();
    private readonly Dictionary<(ServerId From, ServerId To, bool HasData), List<(Message Message, long Number)>> _sent = [];
    private long _messages;

    /// <summary>Makes the transport of an incarnation of a server.</summary>
    public IRaftTransport Create(ServerId server, TimeProvider time) => new Checked(this, new TcpTransport(
        new TcpTransportOptions
        {
            ClusterId = Guid.Empty,
            ServerId = server,
            Members = members.ToDictionary(member => member, member => new MemberAddress("localhost", 1)),
            MaxQueuedBytes = 2_000,
            MaxFrameBytes = 100_000,
            HandshakeTimeout = TimeSpan.FromMilliseconds(500),
            SignInterval = TimeSpan.FromMilliseconds(200),
            IdleTimeout = TimeSpan.FromMilliseconds(600),
            ReconnectDelay = TimeSpan.FromMilliseconds(50),
            MaxReconnectDelay = TimeSpan.FromMilliseconds(200),
        },
        new TcpTransportDependencies
        {
            Connections = new SimulatedConnections(streams, server),
            TimeProvider = time,
            Random = new SimulatedRandom(scheduler.Choices),
        }));

    private List<(Message Message, long Number)> SentLike(Message message)
    {
        var key = (message.From, message.To, message is InstallSnapshot { Data.Length: > 0 });
        if (!_sent.TryGetValue(key, out var sent))
        {
            _sent.Add(key, sent = []);
        }

        return sent;
    }

    private void Note(TraceEventKind kind, Message message, long number) =>
        network.Note(new(kind, message.From.Value, message.To.Value, message, number));

    private void Send(Message message)
    {
        var number = ++_messages;
        SentLike(message).Add((message, number));
        Note(TraceEventKind.Sent, message, number);
    }

    // A message arrives: those before it, which came on the same kind of connection, are lost.
    private void Arrive(ServerId server, Message message)
    {
        var sent = SentLike(message);
        var at = message.To == server ? sent.FindIndex(one => one.Message.Equals(message)) : -1;
        if (at < 0)
        {
            scheduler.Violate(
                Property, $"{server} receives {message} of {message.From}, which was not sent to it, or has arrived, or was overtaken.");
            return;
        }

        for (var i = 0; i < at; i++)
        {
            Note(TraceEventKind.Lost, sent[i].Message, sent[i].Number);
        }

        Note(TraceEventKind.Arrived, sent[at].Message, sent[at].Number);
        sent.RemoveRange(0, at + 1);
    }

    private sealed class Checked(StreamTransport transport, TcpTransport inner) : IRaftTransport
    {
        public void Send(Message message)
        {
            lock (transport._gate)
            {
                transport.Send(message);
            }

            inner.Send(message);
        }

        // Under the gate, so that the watchers see messages in the order in which the node gets them: under Coyote, two connections may
        // deliver at once.
        public IDisposable Listen(ServerId server, Action<Message> receive) => inner.Listen(server, message =>
        {
            lock (transport._gate)
            {
                transport.Arrive(server, message);
                receive(message);
            }
        });
    }
}
