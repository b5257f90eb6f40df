using System.Collections.Concurrent;
using System.Threading.Channels;
using Raft.Impl.Core;
using Raft.Impl.Transport;
using Raft.Verification.Parts;

namespace Samples;

/// <summary>Carries messages as bytes within a process. Each server has a queue with a bound; what does not fit is lost.</summary>
public sealed class QueueTransport : IRaftTransport
{
    public const int MaxQueuedBytes = 8 << 20;

    private readonly ConcurrentDictionary<ServerId, Queue> _queues = new();

    public void Send(Message message)
    {
        if (_queues.TryGetValue(message.To, out var queue))
        {
            queue.Add(MessageCodec.Encode(message));
        }
    }

    public IDisposable Listen(ServerId server, Action<Message> receive)
    {
        var queue = new Queue(receive, ended => _queues.TryRemove(new(server, ended)));
        if (!_queues.TryAdd(server, queue))
        {
            throw new InvalidOperationException($"{server} listens already.");
        }

        _ = Task.Run(queue.DeliverAsync);
        return queue;
    }

    private sealed class Queue(Action<Message> receive, Action<Queue> end) : IDisposable
    {
        private readonly Channel<byte[]> _waiting = Channel.CreateUnbounded<byte[]>();
        private int _bytes;
        private volatile bool _hasEnded;

        public void Add(byte[] message)
        {
            if (Interlocked.Add(ref _bytes, message.Length) > MaxQueuedBytes || !_waiting.Writer.TryWrite(message))
            {
                Interlocked.Add(ref _bytes, -message.Length);
            }
        }

        public async Task DeliverAsync()
        {
            await foreach (var message in _waiting.Reader.ReadAllAsync())
            {
                Interlocked.Add(ref _bytes, -message.Length);
                if (!_hasEnded)
                {
                    receive(MessageCodec.Decode(message));
                }
            }
        }

        public void Dispose()
        {
            _hasEnded = true;
            end(this);
            _waiting.Writer.TryComplete();
        }
    }
}

public sealed class OwnTransportTests
{
    public static TheoryData<string> Names => [.. TransportKit.Names];

    // What does not apply: nothing lies between two servers of one process that could be cut, half open or slow.
    private static readonly string[] _leftOut =
    [
        "a link that was cut carries messages again, in both directions",
        "while a link is cut, sending does not wait, and the other servers are reached",
        "nothing is kept without bound for a server whose link is cut",
        "a half-open link holds up neither the sender nor other links, and carries messages again",
        "what arrives over a slow link is what was sent",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task QueueTransport_passes(string check)
    {
        if (_leftOut.Contains(check))
        {
            await Assert.ThrowsAsync<TransportKitLeftOutException>(() => TransportKit.RunAsync(check, new Subject()));
        }
        else
        {
            await TransportKit.RunAsync(check, new Subject());
        }
    }

    // One transport carries the messages of all three servers. One over a network has an instance for each, and BeginFault.
    private sealed class Subject : ITransportUnderTest
    {
        private readonly QueueTransport _transport = new();

        public IReadOnlyList<ServerId> Servers { get; } = [new(1), new(2), new(3)];

        public long? MaxWaitingBytes => QueueTransport.MaxQueuedBytes;

        public IRaftTransport Create(ServerId server) => _transport;
    }
}
