using Microsoft.Extensions.Time.Testing;
using Raft.Impl.Core;
using Raft.Impl.Transport.Tcp;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport.Tcp;

/// <summary>
/// What waits for a receiver that reads nothing is at most <see cref="TcpTransportOptions.MaxQueuedBytes"/>. The rest is dropped and
/// counted.
/// </summary>
public sealed class QueueBoundTests : IDisposable
{
    private const int _bound = 10_000;
    private readonly StalledNetwork _network = new();

    public void Dispose() => _network.Dispose();

    [Fact]
    public async Task Messages_beyond_the_bound_are_dropped_and_those_within_it_arrive_once_the_receiver_reads()
    {
        var transport = Transport(_bound);
        using var listener = transport.Listen(S1, static _ => { });
        var frame = Stranger.FrameOf(MessageOf(1)).Length;
        for (var i = 1; i <= 100; i++)
        {
            transport.Send(MessageOf(i));
        }

        // Eight wait, and another one might take the queue beyond the bound: a message is taken by Message.Size, which its frame never
        // exceeds.
        Assert.Equal((1109, 1184L), (frame, MessageOf(1).Size));
        Assert.Equal(100 - 8, transport.Counters.DroppedMessages);

        // Smaller ones still fit, up to the bound.
        var small = new TimeoutNow(S1, S2, new Term(7));
        var (left, smallFrame) = (_bound - (8 * frame), Stranger.FrameOf(small).Length);
        for (var i = 0; i < 1_000; i++)
        {
            transport.Send(small);
        }

        var taken = (int)(((left - small.Size) / smallFrame) + 1);
        Assert.Equal(100 - 8 + 1_000 - taken, transport.Counters.DroppedMessages);

        await LoopbackCluster.EventuallyAsync(() => _network.Written > 0);
        Assert.InRange(_network.Written, 1, _bound);
        _network.Resume();
        var queued = (8 * frame) + (taken * smallFrame);
        await LoopbackCluster.EventuallyAsync(() => _network.Written >= queued);
        byte[] expected =
        [
            .. Enumerable.Range(1, 8).SelectMany(i => Stranger.FrameOf(MessageOf(i))),
            .. Enumerable.Range(0, taken).SelectMany(_ => Stranger.FrameOf(small)),
        ];
        Assert.Equal(expected, _network.Bytes);
        Assert.InRange(queued, _bound - 64, _bound);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 1)]
    public void A_message_is_taken_if_the_queue_with_it_is_exactly_at_the_bound_and_not_beyond(int difference, int dropped)
    {
        var transport = Transport(Stranger.FrameOf(MessageOf(1)).Length + (int)MessageOf(2).Size + difference);
        using var listener = transport.Listen(S1, static _ => { });
        transport.Send(MessageOf(1));
        transport.Send(MessageOf(2));
        Assert.Equal(dropped, transport.Counters.DroppedMessages);
    }

    // Otherwise it could never be sent.
    [Fact]
    public void A_single_message_beyond_the_bound_is_taken_and_the_next_one_is_dropped()
    {
        var transport = Transport(1);
        using var listener = transport.Listen(S1, static _ => { });
        transport.Send(MessageOf(1));
        Assert.Equal(0, transport.Counters.DroppedMessages);
        transport.Send(MessageOf(2));
        Assert.Equal(1, transport.Counters.DroppedMessages);
    }

    [Fact]
    public async Task What_has_been_written_leaves_room_for_as_much_again()
    {
        var transport = Transport(_bound);
        using var listener = transport.Listen(S1, static _ => { });
        for (var i = 1; i <= 100; i++)
        {
            transport.Send(MessageOf(i));
        }

        var queued = 8 * Stranger.FrameOf(MessageOf(1)).Length;
        await LoopbackCluster.EventuallyAsync(() => _network.Written > 0);
        _network.Resume();
        await LoopbackCluster.EventuallyAsync(() => _network.Written >= queued);
        _network.Stall();

        // What was written leaves the queue before the next is written. Until then this one is dropped.
        await LoopbackCluster.EventuallyAsync(() =>
        {
            var before = transport.Counters.DroppedMessages;
            transport.Send(new TimeoutNow(S1, S2, new Term(7)));
            return transport.Counters.DroppedMessages == before;
        });
        await LoopbackCluster.EventuallyAsync(() => _network.Written > queued);
        var dropped = transport.Counters.DroppedMessages;
        for (var i = 101; i <= 200; i++)
        {
            transport.Send(MessageOf(i));
        }

        Assert.Equal(dropped + 100 - 8, transport.Counters.DroppedMessages);
    }

    private static AppendEntries MessageOf(int number) => new(
        S1, S2, new Term(7), new LogIndex(1_000 + number), new Term(7),
        EntryList.Of(new LogEntry(new Term(7), new Command(new byte[1_088]))), new LogIndex(1));

    private TcpTransport Transport(int bound) => new(
        new TcpTransportOptions
        {
            ClusterId = LoopbackCluster.Id,
            ServerId = S1,
            Members = new Dictionary<ServerId, MemberAddress> { [S1] = new("localhost", 1), [S2] = new("localhost", 2) },
            MaxQueuedBytes = bound,
        },
        new TcpTransportDependencies { Connections = _network, TimeProvider = new FakeTimeProvider() });

    // A peer that answers the handshake, and takes bytes only once it resumes. It connects to no server.
    private sealed class StalledNetwork : IConnections, IConnectionListener
    {
        private readonly List<byte> _bytes = [];
        private TaskCompletionSource _resumed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>What was written after the handshake, also if the write is not complete.</summary>
        public byte[] Bytes
        {
            get
            {
                lock (_bytes)
                {
                    return [.. _bytes];
                }
            }
        }

        public int Written => Bytes.Length;

        public void Resume() => _resumed.SetResult();

        public void Stall()
        {
            lock (_bytes)
            {
                _resumed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public IConnectionListener Listen() => this;

        public Task<IConnection> AcceptAsync() => new TaskCompletionSource<IConnection>().Task;

        public IConnection Connect(ServerId peer) => new Connection(this);

        public void Dispose()
        {
        }

        private async ValueTask TakeAsync(ReadOnlyMemory<byte> bytes)
        {
            Task resumed;
            lock (_bytes)
            {
                _bytes.AddRange(bytes.Span);
                resumed = _resumed.Task;
            }

            await resumed;
        }

        private sealed class Connection(StalledNetwork network) : AnsweringConnection
        {
            protected override ValueTask TakeAsync(ReadOnlyMemory<byte> bytes) => network.TakeAsync(bytes);
        }
    }
}
