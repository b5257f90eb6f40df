using Microsoft.Extensions.Time.Testing;
using Raft.Impl.Core;
using Raft.Impl.Transport.Tcp;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport.Tcp;

/// <summary>
/// While nothing waits for a connection, the call that sends a message writes it. What it cannot write at once, the loop of the connection
/// writes.
/// </summary>
public sealed class SendingCallTests : IDisposable
{
    private readonly PacedNetwork _network = new();
    private readonly IDisposable _listener;
    private readonly TcpTransport _transport;

    public SendingCallTests()
    {
        _transport = new TcpTransport(
            new TcpTransportOptions
            {
                ClusterId = LoopbackCluster.Id,
                ServerId = S1,
                Members = new Dictionary<ServerId, MemberAddress> { [S1] = new("localhost", 1), [S2] = new("localhost", 2) },
            },
            new TcpTransportDependencies { Connections = _network, TimeProvider = new FakeTimeProvider() });
        _listener = _transport.Listen(S1, static _ => { });
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_short_message_is_written_before_the_call_that_sends_it_returns()
    {
        await SendFirstAsync();
        for (var i = 1; i <= 100; i++)
        {
            _transport.Send(MessageOf(i, bytes: 10));
            Assert.Equal(FramesOf(10, 0, i), _network.Bytes);
        }

        Assert.Equal(100, _network.WritesAtOnce);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    public async Task What_the_call_cannot_write_at_once_is_written_by_the_loop_in_order(int room)
    {
        await SendFirstAsync();
        _network.Room = room;
        for (var i = 1; i <= 100; i++)
        {
            _transport.Send(MessageOf(i, bytes: 10));
        }

        var expected = FramesOf(10, 0, 100);
        await LoopbackCluster.EventuallyAsync(() => _network.Bytes.Length >= expected.Length);
        Assert.Equal(expected, _network.Bytes);

        // The loop waits again.
        await LoopbackCluster.EventuallyAsync(() => IsWrittenAtOnce(101));
    }

    [Fact]
    public async Task Calls_on_many_threads_write_whole_frames()
    {
        await SendFirstAsync();
        _network.Room = 30;
        var threads = Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                _transport.Send(MessageOf((thread * 1000) + i, bytes: 10));
            }
        })).ToArray();
        await Task.WhenAll(threads);
        await LoopbackCluster.EventuallyAsync(() => _network.Bytes.Length >= ((4 * 500) + 1) * Stranger.FrameOf(MessageOf(0, 10)).Length);
        Assert.False(_network.HasOverlapped, "Two writes were under way at once.");
        var arrived = new List<long>();
        var frames = new FrameReader(1000);
        for (var bytes = _network.Bytes.AsSpan(); !bytes.IsEmpty;)
        {
            var count = Math.Min(bytes.Length, 1000);
            bytes[..count].CopyTo(frames.Room().Span);
            frames.Take(count, message => arrived.Add(((AppendEntries)message).PrevLogIndex.Value - _firstIndex));
            bytes = bytes[count..];
        }

        Assert.Equal(2001, arrived.Count);
        for (var thread = 0; thread < 4; thread++)
        {
            var own = arrived.Skip(1).Where(number => number / 1000 == thread);
            Assert.Equal(Enumerable.Range(thread * 1000, 500).Select(number => (long)number), own);
        }
    }

    [Fact]
    public async Task A_long_message_is_left_to_the_loop()
    {
        await SendFirstAsync();
        _transport.Send(MessageOf(1, bytes: 100_000));
        await LoopbackCluster.EventuallyAsync(() => _network.Bytes.Length > 100_000);
        Assert.Equal(0, _network.WritesAtOnce);
    }

    [Fact]
    public async Task A_write_at_once_that_fails_ends_the_connection()
    {
        await SendFirstAsync();
        _network.Fails = true;
        _transport.Send(MessageOf(1, bytes: 10));
        await LoopbackCluster.EventuallyAsync(() => _network.HasEnded);
    }

    [Fact]
    public async Task A_connection_that_ends_during_a_write_at_once_ends_although_all_was_written()
    {
        await SendFirstAsync();
        _network.DuringWrite = _network.EndStream;
        _transport.Send(MessageOf(1, bytes: 10));
        await LoopbackCluster.EventuallyAsync(() => _network.HasEnded);
    }

    private const long _firstIndex = 10_000;

    private static AppendEntries MessageOf(int number, int bytes) => new(
        S1, S2, new Term(7), new LogIndex(_firstIndex + number), new Term(7),
        EntryList.Of(new LogEntry(new Term(7), new Command(new byte[bytes]))), new LogIndex(1));

    private static byte[] FramesOf(int bytes, int first, int last) =>
        [.. Enumerable.Range(first, last - first + 1).SelectMany(i => Stranger.FrameOf(MessageOf(i, bytes)))];

    // The loop writes what was sent before the connection was ready, and waits.
    private async Task SendFirstAsync()
    {
        _transport.Send(MessageOf(0, bytes: 10));
        await LoopbackCluster.EventuallyAsync(() => _network.Bytes.Length > 0);
        await LoopbackCluster.EventuallyAsync(() => IsWrittenAtOnce(null));
        _network.Reset(keep: FramesOf(10, 0, 0).Length);
    }

    private bool IsWrittenAtOnce(int? number)
    {
        var (before, room) = (_network.WritesAtOnce, _network.Room);
        _network.Room = int.MaxValue;
        _transport.Send(MessageOf(number ?? 0, bytes: 10));
        _network.Room = room;
        return _network.WritesAtOnce > before;
    }

    // A peer that answers the handshake. A write at once takes as many bytes as there is room for.
    private sealed class PacedNetwork : IConnections, IConnectionListener
    {
        private readonly List<byte> _bytes = [];
        private Connection? _connection;
        private int _writing;

        /// <summary>What was written after the handshake.</summary>
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

        public int Room { get; set; } = int.MaxValue;

        public bool Fails { get; set; }

        public Action? DuringWrite { get; set; }

        public int WritesAtOnce { get; private set; }

        public bool HasEnded { get; private set; }

        public bool HasOverlapped { get; private set; }

        /// <summary>Forgets all but the first bytes.</summary>
        public void Reset(int keep)
        {
            lock (_bytes)
            {
                _bytes.RemoveRange(keep, _bytes.Count - keep);
                WritesAtOnce = 0;
            }
        }

        public void EndStream() => _connection!.EndStream();

        public IConnectionListener Listen() => this;

        public Task<IConnection> AcceptAsync() => new TaskCompletionSource<IConnection>().Task;

        public IConnection Connect(ServerId peer) => _connection = new Connection(this);

        public void Dispose()
        {
        }

        private void FailIfBroken()
        {
            if (Fails)
            {
                throw new IOException("The connection is broken.");
            }
        }

        private void Write(ReadOnlySpan<byte> bytes)
        {
            HasOverlapped |= Interlocked.Exchange(ref _writing, 1) == 1;
            lock (_bytes)
            {
                _bytes.AddRange(bytes);
            }

            Volatile.Write(ref _writing, 0);
        }

        private sealed class Connection(PacedNetwork network) : AnsweringConnection
        {
            public override int TryWrite(ReadOnlySpan<byte> bytes)
            {
                network.FailIfBroken();
                network.DuringWrite?.Invoke();
                var count = Math.Min(bytes.Length, network.Room);
                network.Write(bytes[..count]);
                network.WritesAtOnce += count > 0 ? 1 : 0;
                return count;
            }

            protected override async ValueTask TakeAsync(ReadOnlyMemory<byte> bytes)
            {
                network.FailIfBroken();
                await Task.Yield();
                network.Write(bytes.Span);
            }

            public override void Dispose()
            {
                network.HasEnded = true;
                base.Dispose();
            }
        }
    }
}
