using Raft.Impl.Core;
using Raft.Impl.Transport.Tcp;
using Raft.Tests.Node;
using Raft.Verification.Parts;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport.Tcp;

/// <summary>
/// How long connections last over which little is sent, on a clock that the test advances and a network within the process. The longest
/// silence is a second, and a sign of life is due each 200 ms.
/// </summary>
public sealed class IdleConnectionTests : IDisposable
{
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);
    private static readonly InstallSnapshot _snapshot = new(
        S2, S1, new Term(5), new LogIndex(1), new Term(5), 0, SnapshotData.FromText("state"), Done: true);

    private readonly ManualTimeProvider _time = new();
    private readonly RecordingLogger _log = new();
    private readonly PairNetwork _network = new();
    private readonly List<Message> _received = [];
    private readonly List<IDisposable> _listeners = [];

    public void Dispose() => _listeners.ForEach(listener => listener.Dispose());

    [Fact]
    public void A_connection_without_messages_stays_open()
    {
        Listen(S1);
        Listen(S2);
        _time.Advance(_hour);
        Assert.Equal(
            [
                "Information: S1 receives Messages of S2 at S2", "Information: S1 sends Messages to S2 at S2",
                "Information: S2 receives Messages of S1 at S1", "Information: S2 sends Messages to S1 at S1",
            ],
            _log.Lines.Where(line => !line.Contains("cannot", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void A_connection_ends_at_both_ends_when_the_network_delivers_nothing_for_the_longest_silence()
    {
        Listen(S1);
        Listen(S2);
        _time.Advance(_hour);
        _network.IsCut = true;
        _time.Advance(0.5 * _idle);
        Assert.DoesNotContain(_log.Lines, line => line.Contains("Nothing has arrived", StringComparison.Ordinal));
        _time.Advance(0.5 * _idle);
        Assert.Contains("Warning: S1 cannot send Messages to S2: Nothing has arrived for 1 s.", _log.Lines);
        Assert.Contains("Warning: S1 receives nothing more from S2: Nothing has arrived for 1 s.", _log.Lines);
        Assert.Contains("Warning: S2 cannot send Messages to S1: Nothing has arrived for 1 s.", _log.Lines);
        Assert.Contains("Warning: S2 receives nothing more from S1: Nothing has arrived for 1 s.", _log.Lines);
    }

    [Fact]
    public void The_connection_for_snapshots_ends_when_it_is_not_needed_and_is_made_again()
    {
        Listen(S1);
        var sender = Listen(S2);
        _time.Advance(_hour);
        Assert.DoesNotContain(_log.Lines, line => line.Contains("Snapshots", StringComparison.Ordinal));
        for (var round = 1; round <= 3; round++)
        {
            sender.Send(_snapshot);
            Assert.Equal(round, _received.Count);
            _time.Advance(0.9 * _idle);
            Assert.Equal(round - 1, TimesUnused());
            _time.Advance(_hour);
            Assert.Equal(round, TimesUnused());
            Assert.Equal(round, _log.Lines.Count(line => line == "Information: S2 sends Snapshots to S1 at S1"));
        }
    }

    [Fact]
    public void The_connection_for_snapshots_lasts_while_chunks_follow_each_other()
    {
        Listen(S1);
        var sender = Listen(S2);
        for (var chunk = 1; chunk <= 1_000; chunk++)
        {
            sender.Send(_snapshot);
            _time.Advance(0.9 * _idle);
            Assert.Equal((chunk, 0), (_received.Count, TimesUnused()));
        }
    }

    [Fact]
    public void Who_sends_only_signs_of_life_stays_connected_and_gets_as_many()
    {
        Listen(S1);
        var stranger = _network.Connect(S2, S1)!;
        stranger.Write(Stranger.Hello.ToArray());
        Assert.Equal(Stranger.Hello.Accepted().ToArray(), stranger.TakeArrived());
        for (var sign = 1; sign <= 1_000; sign++)
        {
            stranger.Write(Frame.Sign.Span);
            _time.Advance(0.9 * _idle);
            Assert.Equal(Frame.Sign.ToArray(), stranger.TakeArrived());
        }

        _time.Advance(0.2 * _idle);
        Assert.True(stranger.HasEnded);
    }

    private int TimesUnused() => _log.Lines.Count(line => line == "Debug: S2 cannot send Snapshots to S1: It is not needed for now.");

    private TcpTransport Listen(ServerId server)
    {
        var options = new TcpTransportOptions
        {
            ClusterId = LoopbackCluster.Id,
            ServerId = server,
            Members = new Dictionary<ServerId, MemberAddress> { [S1] = new("localhost", 1), [S2] = new("localhost", 2) },
            IdleTimeout = _idle,
            SignInterval = 0.2 * _idle,
        };
        var transport = new TcpTransport(
            options, new TcpTransportDependencies { Connections = _network.Of(server), TimeProvider = _time, Logger = _log });
        _listeners.Add(InlineContext.Run(() => transport.Listen(server, _received.Add)));
        return transport;
    }

    // A network within the process. What one end writes arrives at the other within the call.
    private sealed class PairNetwork
    {
        private readonly Dictionary<ServerId, Listener> _listeners = [];

        /// <summary>Whether everything that is written is lost, and connections cannot be made.</summary>
        public bool IsCut { get; set; }

        public IConnections Of(ServerId server) => new Connections(this, server);

        public End? Connect(ServerId from, ServerId to)
        {
            if (IsCut || !_listeners.TryGetValue(to, out var listener))
            {
                return null;
            }

            var (near, far) = (new End(this, to), new End(this, from));
            (near.Other, far.Other) = (far, near);
            listener.Accept(far);
            return near;
        }

        private sealed class Connections(PairNetwork network, ServerId server) : IConnections
        {
            public IConnectionListener Listen() => network._listeners[server] = new Listener();

            public IConnection Connect(ServerId peer) =>
                network.Connect(server, peer) ?? throw new IOException($"{peer} cannot be reached.");
        }

        private sealed class Listener : IConnectionListener
        {
            private TaskCompletionSource<IConnection> _next = new();

            public Task<IConnection> AcceptAsync() => _next.Task;

            public void Accept(End end)
            {
                var accepted = _next;
                _next = new TaskCompletionSource<IConnection>();
                accepted.SetResult(end);
            }

            public void Dispose() => _next.TrySetException(new IOException("The listener is closed."));
        }

        internal sealed class End(PairNetwork network, ServerId peer) : IConnection
        {
            private readonly List<byte> _arrived = [];
            private TaskCompletionSource<int>? _reading;
            private Memory<byte> _room;

            public End? Other { get; set; }

            public bool HasEnded { get; private set; }

            public string Remote => $"{peer}";

            public string RemoteAddress => Remote;

            public Task OpenAsync() => Task.CompletedTask;

            public string? ObjectionTo(ServerId server) => null;

            public ValueTask<int> ReadAsync(Memory<byte> buffer)
            {
                if (HasEnded || _arrived.Count > 0)
                {
                    return ValueTask.FromResult(Take(buffer.Span));
                }

                (_room, _reading) = (buffer, new TaskCompletionSource<int>());
                return new ValueTask<int>(_reading.Task);
            }

            public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
            {
                Write(bytes.Span);
                return ValueTask.CompletedTask;
            }

            public void Write(ReadOnlySpan<byte> bytes)
            {
                if (HasEnded)
                {
                    throw new IOException("The connection has ended.");
                }

                if (!network.IsCut)
                {
                    Other!._arrived.AddRange(bytes);
                    Other.Continue();
                }
            }

            public byte[] TakeArrived()
            {
                byte[] arrived = [.. _arrived];
                _arrived.Clear();
                return arrived;
            }

            // As a socket that is closed: what waits at the other end is still read there.
            public void Dispose()
            {
                if (!HasEnded)
                {
                    HasEnded = true;
                    Continue();
                    if (!network.IsCut)
                    {
                        Other!.HasEnded = true;
                        Other.Continue();
                    }
                }
            }

            private int Take(Span<byte> room)
            {
                var count = Math.Min(room.Length, _arrived.Count);
                _arrived.GetRange(0, count).CopyTo(room);
                _arrived.RemoveRange(0, count);
                return count;
            }

            private void Continue()
            {
                if (_reading is { } reading)
                {
                    _reading = null;
                    reading.SetResult(Take(_room.Span));
                }
            }
        }
    }
}
