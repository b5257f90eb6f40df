using System.Buffers.Binary;
using System.Numerics;
using Raft.Impl.Core;
using Raft.Impl.Transport;
using Raft.Impl.Transport.Tcp;

namespace Raft.Verification.Parts;

/// <summary>
/// Feeds a <see cref="TcpTransport"/> with damaged handshakes and frames, on accepted connections and on those that it makes, of both
/// kinds. Each connection brings exactly one damaged handshake or frame, which the transport must read: to its end, or until it refuses it.
/// Everything happens on the calling thread, so that equal seeds do the same. It writes frames with code of its own, as
/// docs/reference/wire-format.md describes them.
/// </summary>
/// <param name="seed">The seed.</param>
public sealed class TransportFuzz(int seed)
{
    private const int _maxFrameBytes = 2_000;

    // The length of a handshake, and of what its checksum covers.
    private const int _handshakeBytes = 44;
    private const int _checkedBytes = 40;

    // Where it has the kind of the connection, and the kind for snapshots.
    private const int _kindAt = 36;
    private const int _snapshots = 1;
    private const int _headerBytes = 8;

    // What objects take for a connection however little it brings, with its exceptions; and what a byte takes that is decoded.
    private const long _allocatedPerConnection = 100_000;
    private const long _allocatedPerByte = 20;
    private static readonly ServerId _self = new(1);
    private static readonly ServerId _peer = new(2);
    private static readonly Guid _cluster = new("7d2cf1a4-3f3e-4c11-9f0d-0f4a3c7c5c11");
    private static readonly byte[] _sign = Frame([]);
    private static readonly InstallSnapshot _chunk =
        new(_self, _peer, new Term(7), new LogIndex(300), new Term(7), 0, new SnapshotData(new byte[10]), Done: true);

    private readonly Random _random = new(seed);
    private readonly (byte[] Frame, Message Message)[] _sound =
        [.. Messages().Select(message => MessageCodec.Encode(message)).Select(bytes => (Frame(bytes), MessageCodec.Decode(bytes)))];

    private readonly List<Message> _received = [];
    private readonly List<Message> _expected = [];
    private readonly List<byte> _bytes = [];
    private TaskCompletionSource<IConnection> _accepting = new();

    // What the transport gets when it connects next, by the kind of the connection: at most one.
    private readonly Feed?[] _answers = new Feed?[2];

    /// <summary>
    /// How many damaged handshakes and frames the transport read to their end, or until it refused them: one on each connection.
    /// </summary>
    public long Damaged { get; private set; }

    /// <summary>How many of <see cref="Damaged"/> are handshakes.</summary>
    public long DamagedHandshakes { get; private set; }

    /// <summary>How many damaged handshakes had a correct checksum, so that the damage reached what comes behind the check.</summary>
    public long CorrectedHandshakes { get; private set; }

    /// <summary>How many undamaged handshakes and frames came before the damaged ones. Those behind them are not counted.</summary>
    public long Undamaged { get; private set; }

    /// <summary>How many connections were for snapshots; the others were for messages.</summary>
    public long SnapshotConnections { get; private set; }

    /// <summary>How many messages the transport delivered.</summary>
    public long Delivered { get; private set; }

    /// <summary>How many connections the transport ended before it read the end of their stream.</summary>
    public long Ended { get; private set; }

    /// <summary>The most bytes that were allocated for a connection.</summary>
    public long MostAllocated { get; private set; }

    /// <summary>Feeds damaged handshakes and frames.</summary>
    /// <param name="damaged">How many.</param>
    /// <exception cref="TransportKitException">The transport did something else than it must.</exception>
    public void Run(long damaged) => InlineContext.Run(() =>
    {
        var time = new ManualTimeProvider();
        var transport = new TcpTransport(
            new TcpTransportOptions
            {
                ClusterId = _cluster,
                ServerId = _self,
                Members = new Dictionary<ServerId, MemberAddress> { [_self] = new("localhost", 1), [_peer] = new("localhost", 2) },
                MaxFrameBytes = _maxFrameBytes,
                ReconnectDelay = TimeSpan.FromMilliseconds(1),
                MaxReconnectDelay = TimeSpan.FromMilliseconds(1),
            },
            new TcpTransportDependencies { Connections = new Network(this), TimeProvider = time, Random = _random });
        using var listener = transport.Listen(_self, _received.Add);
        while (Damaged < damaged)
        {
            if (_random.Next(8) == 0)
            {
                FeedAnswer(transport, time);
            }
            else
            {
                FeedAccepted();
            }
        }
    });

    // An accepted connection: undamaged input, something damaged, and undamaged frames.
    private void FeedAccepted()
    {
        _expected.Clear();
        _received.Clear();
        _bytes.Clear();
        var kind = _random.Next(2);
        var hello = Handshake(_peer, _self, kind);
        var isHandshake = _random.Next(4) == 0;
        byte[] damaged;
        if (isHandshake)
        {
            damaged = DamageHandshake(hello);
        }
        else
        {
            _bytes.AddRange(hello);
            var before = _random.Next(4);
            AddFrames(before, areExpected: true);
            Undamaged += 1 + before;
            damaged = DamageFrame(_sound[_random.Next(_sound.Length)].Frame);
        }

        var begin = _bytes.Count;
        _bytes.AddRange(damaged);

        // A length that is too large takes bytes of the frames behind it. They stand where they should behind a handshake of the right
        // length only; the transport may accept it.
        AddFrames(_random.Next(3), areExpected: isHandshake && damaged.Length == _handshakeBytes);
        var feed = new Feed(_random, [.. _bytes]);
        Measure(feed, begin, damaged.Length, () =>
        {
            var accepting = _accepting;
            _accepting = new TaskCompletionSource<IConnection>();
            accepting.SetResult(feed);
        });
        CheckReceived(IsAccepted(feed.Bytes));
        Count(isHandshake, kind);
    }

    // A connection that the transport makes: an answer to its handshake, signs of life, something damaged, and signs of life.
    private void FeedAnswer(TcpTransport transport, ManualTimeProvider time)
    {
        _bytes.Clear();
        var kind = _random.Next(2);
        var answer = Handshake(_peer, _self, kind);
        var isHandshake = _random.Next(3) == 0;
        byte[] damaged;
        if (isHandshake)
        {
            damaged = DamageHandshake(answer);
        }
        else
        {
            _bytes.AddRange(answer);
            var before = _random.Next(3);
            AddSigns(before);
            Undamaged += 1 + before;
            damaged = DamageFrame(_sign);
        }

        var begin = _bytes.Count;
        _bytes.AddRange(damaged);
        AddSigns(_random.Next(3));
        var feed = new Feed(_random, [.. _bytes]);
        _answers[kind] = feed;
        Measure(feed, begin, damaged.Length, () =>
        {
            for (var i = 0; i < 8 && _answers[kind] is not null; i++)
            {
                // A connection for snapshots is made when there is one to send.
                if (kind == _snapshots)
                {
                    transport.Send(_chunk);
                }

                if (_answers[kind] is not null)
                {
                    time.Advance(TimeSpan.FromMilliseconds(50));
                }
            }

            Require(_answers[kind] is null, "The transport does not connect again.");
        });
        Require(
            feed.Read <= _handshakeBytes || IsConfirmed(feed.Bytes, kind),
            "The transport continues although the answer to its handshake is wrong.");
        Count(isHandshake, kind);
    }

    private void AddFrames(int count, bool areExpected)
    {
        for (; count > 0; count--)
        {
            var (frame, message) = _sound[_random.Next(_sound.Length)];
            _bytes.AddRange(frame);
            if (areExpected)
            {
                _expected.Add(message);
            }
        }
    }

    private void AddSigns(int count)
    {
        for (; count > 0; count--)
        {
            _bytes.AddRange(_sign);
        }
    }

    private void Count(bool isHandshake, int kind)
    {
        Damaged++;
        DamagedHandshakes += isHandshake ? 1 : 0;
        SnapshotConnections += kind == _snapshots ? 1 : 0;
    }

    // Runs the transport until it has ended the connection. The damage is at a position of the feed.
    private void Measure(Feed feed, int begin, int length, Action run)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        run();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        MostAllocated = Math.Max(MostAllocated, allocated);
        if (allocated > _allocatedPerConnection + (_allocatedPerByte * feed.Bytes.Length))
        {
            throw new TransportKitException($"The transport allocated {allocated} bytes for {feed.Bytes.Length} bytes that came.");
        }

        Require(feed.IsDisposed, "The transport did not end a connection whose stream has ended.");

        // It reads all, or it ends the connection because of the damage: nothing else on the connection is a reason.
        Require(
            feed.Read >= begin + length || (feed.Read > begin && !feed.HasReadEnd),
            "The transport ended a connection before it read what is damaged.");
        Ended += feed.HasReadEnd ? 0 : 1;
    }

    private void CheckReceived(bool isAccepted)
    {
        Delivered += _received.Count;
        if (!isAccepted)
        {
            Require(_received.Count == 0, "A message was delivered after a handshake that is wrong.");
            return;
        }

        for (var i = 0; i < _expected.Count; i++)
        {
            if (i >= _received.Count || !_received[i].Equals(_expected[i]))
            {
                throw new TransportKitException(
                    $"{_expected[i]} came, but {(i < _received.Count ? _received[i] : "nothing")} was delivered.");
            }
        }

        foreach (var message in _received)
        {
            if (message.From != _peer || message.To != _self)
            {
                throw new TransportKitException($"{message} of {message.From} to {message.To} came from {_peer} to {_self}.");
            }
        }
    }

    // Damages a handshake. In half of the cases its checksum is right, so that the damage reaches the fields behind the check: often one
    // of them only, so that no other is the reason to refuse it.
    private byte[] DamageHandshake(byte[] sound)
    {
        var isCorrected = _random.Next(2) == 0;
        byte[] handshake;
        do
        {
            handshake = (byte[])sound.Clone();
            if (isCorrected && _random.Next(2) == 0)
            {
                handshake[_random.Next(8, _checkedBytes)] = (byte)_random.Next(8);
            }
            else
            {
                Damage(ref handshake);
            }

            if (isCorrected && handshake.Length >= _handshakeBytes)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(handshake.AsSpan(_checkedBytes), Checksum(handshake.AsSpan(0, _checkedBytes)));
            }
        }
        while (!IsDamaged(handshake, sound));
        CorrectedHandshakes += isCorrected && handshake.Length >= _handshakeBytes ? 1 : 0;
        return handshake;
    }

    // Whether there is something, but not the sound bytes with others behind them.
    private static bool IsDamaged(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> sound) => !bytes.IsEmpty && !bytes.StartsWith(sound);

    // Whether a handshake is accepted (docs/reference/wire-format.md). The kind of the connection may be any.
    private static bool IsAccepted(ReadOnlySpan<byte> bytes) =>
        IsHandshake(bytes)
        && BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) <= 1 && BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]) >= 1;

    // Whether an answer confirms the handshake of a connection of a kind, in version 1.
    private static bool IsConfirmed(ReadOnlySpan<byte> bytes, int kind) =>
        IsHandshake(bytes) && bytes[_kindAt] == kind
        && BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) == 1 && BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]) == 1;

    // Everything but the versions and the kind is that of a handshake, or of an answer, of the peer to this server.
    private static bool IsHandshake(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < _handshakeBytes)
        {
            return false;
        }

        var sound = Handshake(_peer, _self, kind: 0).AsSpan();
        return bytes[..8].SequenceEqual(sound[..8]) && bytes[12..36].SequenceEqual(sound[12..36])
            && bytes[_kindAt] <= 1 && bytes[37..40].SequenceEqual(sound[37..40])
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[_checkedBytes..]) == Checksum(bytes[.._checkedBytes]);
    }

    // Damages a frame. In half of the cases its checksum is right, so that the damage reaches what comes behind the check.
    private byte[] DamageFrame(byte[] sound)
    {
        var isCorrected = _random.Next(2) == 0 && sound.Length > _headerBytes;
        byte[] frame;
        do
        {
            frame = isCorrected ? sound[_headerBytes..] : (byte[])sound.Clone();
            Damage(ref frame);
            frame = isCorrected ? Frame(frame) : frame;
        }
        while (!IsDamaged(frame, sound));
        return frame;
    }

    // Changes some bytes. In the end nothing may be changed.
    private void Damage(ref byte[] bytes)
    {
        for (var changes = _random.Next(1, 4); changes > 0; changes--)
        {
            var at = _random.Next(bytes.Length + 1);
            switch (_random.Next(7))
            {
                case 0 when at < bytes.Length:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1 when at < bytes.Length:
                    bytes[at] = (byte)_random.Next(256);
                    break;
                case 2 when at < bytes.Length:
                    bytes[at] = (byte)(_random.Next(2) * 255);
                    break;
                case 3:
                    bytes = bytes[..at];
                    break;
                case 4:
                    bytes = [.. bytes[..at], (byte)_random.Next(256), .. bytes[at..]];
                    break;
                case 5:
                    var end = at + _random.Next(bytes.Length - at + 1);
                    bytes = [.. bytes[..end], .. bytes[at..]];
                    break;
                case 6 when bytes.Length >= sizeof(uint):
                    // A length or a number that is at a limit.
                    uint[] values = [0, 1, 127, 128, _maxFrameBytes, _maxFrameBytes + 1, int.MaxValue, uint.MaxValue];
                    BinaryPrimitives.WriteUInt32LittleEndian(
                        bytes.AsSpan(_random.Next(2) == 0 ? 0 : Math.Min(at, bytes.Length - sizeof(uint))),
                        values[_random.Next(values.Length)]);
                    break;
                default:
                    break;
            }
        }
    }

    private static byte[] Handshake(ServerId from, ServerId to, int kind)
    {
        var bytes = new byte[_handshakeBytes];
        "RAFTWIRE"u8.CopyTo(bytes);
        bytes[8] = bytes[10] = 1;
        _cluster.TryWriteBytes(bytes.AsSpan(12), bigEndian: true, out _);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(28), from.Value);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), to.Value);
        bytes[_kindAt] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(_checkedBytes), Checksum(bytes.AsSpan(0, _checkedBytes)));
        return bytes;
    }

    private static byte[] Frame(byte[] message)
    {
        byte[] frame = [.. BitConverter.GetBytes(message.Length), .. new byte[4], .. message];
        byte[] covered = [.. frame[..4], .. message];
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), Checksum(covered));
        return frame;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var value in bytes)
        {
            sum = BitOperations.Crc32C(sum, value);
        }

        return ~sum;
    }

    private static IEnumerable<Message> Messages()
    {
        var (term, index) = (new Term(7), new LogIndex(300));
        EntryList Entries(int count, int bytes) => EntryList.Of(
            [.. Enumerable.Range(0, count)
                .Select(i => i % 3 == 0 ? LogEntry.NoOp(term) : new LogEntry(term, new Command(new byte[bytes])))]);
        yield return new RequestVote(_peer, _self, term, index, term, IsTransfer: true);
        yield return new RequestVoteReply(_peer, _self, term, VoteGranted: true);
        yield return new AppendEntries(_peer, _self, term, index, term, EntryList.Empty, index, Round: 3);
        yield return new AppendEntries(_peer, _self, term, index, term, Entries(4, 5), index, Round: 3);
        yield return new AppendEntries(_peer, _self, term, index, term, Entries(12, 100), index, Round: 3);
        yield return new AppendEntries(_peer, _self, term, index, term, Entries(300, 0), index);
        yield return new AppendEntriesReply(_peer, _self, term, Success: false, index, index, new Term(3), Round: 3);
        yield return new InstallSnapshot(_peer, _self, term, index, term, 5, new SnapshotData(new byte[300]), Done: true, Round: 4);
        yield return new InstallSnapshotReply(_peer, _self, term, index, Missing: 5, Round: 4);
        yield return new PreVote(_peer, _self, term, index, term);
        yield return new PreVoteReply(_peer, _self, term, VoteGranted: true);
        yield return new TimeoutNow(_peer, _self, term);
        yield return new ReadIndexRequest(_peer, _self, term, Id: 9);
        yield return new ReadIndexReply(_peer, _self, term, Id: 9, index);
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new TransportKitException(otherwise);
        }
    }

    // The network of the transport: what it accepts, and what it connects to, is fed.
    private sealed class Network(TransportFuzz fuzz) : IConnections, IConnectionListener
    {
        public IConnectionListener Listen() => this;

        public Task<IConnection> AcceptAsync() => fuzz._accepting.Task;

        public IConnection Connect(ServerId peer) => new Outgoing(fuzz);

        public void Dispose()
        {
        }
    }

    // A connection that the transport makes. The kind in the handshake that it sends decides what it gets.
    private sealed class Outgoing(TransportFuzz fuzz) : IConnection
    {
        private Feed? _feed;

        public string Remote => "fuzz";

        public string RemoteAddress => Remote;

        public Task OpenAsync() => Task.CompletedTask;

        public string? ObjectionTo(ServerId peer) => null;

        public ValueTask<int> ReadAsync(Memory<byte> buffer) => _feed!.ReadAsync(buffer);

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
        {
            if (_feed is null)
            {
                ref var answer = ref fuzz._answers[bytes.Span[_kindAt]];
                _feed = answer ?? throw new IOException("It cannot be reached.");
                answer = null;
            }

            return _feed.WriteAsync(bytes);
        }

        public void Dispose() => _feed?.Dispose();
    }

    // A connection that brings bytes in parts, and takes what it gets.
    private sealed class Feed(Random random, byte[] bytes) : IConnection
    {
        private int _at;
        private int _reads;

        public ReadOnlySpan<byte> Bytes => bytes;

        public int Read => _at;

        // Whether the transport was told that nothing comes any more.
        public bool HasReadEnd { get; private set; }

        public bool IsDisposed { get; private set; }

        public string Remote => "fuzz";

        public string RemoteAddress => Remote;

        public Task OpenAsync() => Task.CompletedTask;

        public string? ObjectionTo(ServerId peer) => null;

        public ValueTask<int> ReadAsync(Memory<byte> buffer)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            Require(++_reads <= bytes.Length + 10, "The transport reads without an end.");
            var count = Math.Min(Math.Min(buffer.Length, bytes.Length - _at), random.Next(4) == 0 ? random.Next(1, 20) : int.MaxValue);
            bytes.AsMemory(_at, count).CopyTo(buffer);
            _at += count;
            HasReadEnd |= count == 0;
            return ValueTask.FromResult(count);
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => ValueTask.CompletedTask;

        public void Dispose() => IsDisposed = true;
    }
}
