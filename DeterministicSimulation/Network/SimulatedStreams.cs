namespace DeterministicSimulation;

/// <summary>
/// Simulated streams of bytes between servers, as TCP has them. Bytes arrive in order and unchanged, in any parts and after any time, or
/// the stream breaks: both ends learn it, or one, or neither. While a link is cut, nothing arrives on it. A writer waits while too many
/// bytes are unread.
/// </summary>
/// <param name="scheduler">Runs the arrivals as operations.</param>
/// <param name="faults">The faults that may strike. A loss breaks a stream.</param>
/// <param name="servers">The number of servers, which are numbered from 1.</param>
/// <param name="nameOf">The name of a server, for reports.</param>
public sealed class SimulatedStreams(Scheduler scheduler, FaultLedger faults, int servers, Func<int, string> nameOf)
{
    /// <summary>How many bytes of a stream may be unread, in one direction, before its writer waits.</summary>
    public const int WindowBytes = 512;

    private static readonly TimeSpan _maxLatency = TimeSpan.FromMilliseconds(10);
    private readonly bool[,] _cut = new bool[servers, servers];
    private readonly StreamListener?[] _listeners = new StreamListener?[servers];

    // The streams of which an end is open.
    private readonly List<SimulatedStream> _open = [];

    internal Scheduler Scheduler => scheduler;

    internal FaultLedger Faults => faults;

    /// <summary>Starts to accept streams at a server.</summary>
    /// <exception cref="IOException">The server accepts streams already.</exception>
    public StreamListener Listen(int server)
    {
        scheduler.EnsureControlled();
        ref var listener = ref _listeners[server - 1];
        return listener is null
            ? listener = new StreamListener(this, server)
            : throw new IOException($"{nameOf(server)} listens already.");
    }

    /// <summary>Makes an end of a stream to another server. <see cref="SimulatedStream.OpenAsync"/> connects it.</summary>
    public SimulatedStream Connect(int from, int to)
    {
        var stream = new SimulatedStream(this, from, to);
        _open.Add(stream);
        return stream;
    }

    /// <summary>Cuts the link from one server to another.</summary>
    public void Cut(int from, int to)
    {
        _cut[from - 1, to - 1] = true;
        foreach (var stream in _open)
        {
            stream.Schedule();
        }
    }

    /// <summary>Opens all links.</summary>
    public void Heal()
    {
        Array.Clear(_cut);
        foreach (var stream in _open)
        {
            stream.Schedule();
        }
    }

    /// <summary>A server stops at once. The other end of each of its streams learns it, or not.</summary>
    public void Crash(int server)
    {
        _listeners[server - 1] = null;
        foreach (var stream in _open.ToArray())
        {
            if (stream.Server == server)
            {
                stream.Crash(isTold: scheduler.Choices.Number(2) == 0);
            }
        }
    }

    /// <summary>
    /// Begins fair time: draws when what is in flight arrives. Streams that are broken stay so, and an end that has not learned it must
    /// find out.
    /// </summary>
    public void BeginFairTime()
    {
        foreach (var stream in _open)
        {
            stream.BeginFairTime();
        }
    }

    internal bool IsCut(int from, int to) => _cut[from - 1, to - 1];

    internal string NameOf(int server) => nameOf(server);

    internal StreamListener? ListenerOf(int server) => _listeners[server - 1];

    internal void Add(SimulatedStream stream) => _open.Add(stream);

    internal void Remove(SimulatedStream stream) => _open.Remove(stream);

    internal void Remove(StreamListener listener)
    {
        if (_listeners[listener.Server - 1] == listener)
        {
            _listeners[listener.Server - 1] = null;
        }
    }

    internal long DueOf(Operation operation) => scheduler.Now + (scheduler.IsFair ? faults.Latency(operation, _maxLatency).Ticks : 0);
}

/// <summary>Accepts the streams to a server, until it is disposed of.</summary>
public sealed class StreamListener : IDisposable
{
    private readonly SimulatedStreams _streams;
    private readonly Queue<SimulatedStream> _waiting = new();
    private TaskCompletionSource<SimulatedStream>? _accepting;
    private bool _isDisposed;

    internal StreamListener(SimulatedStreams streams, int server) => (_streams, Server) = (streams, server);

    internal int Server { get; }

    /// <summary>Waits for the next stream.</summary>
    /// <exception cref="IOException">The listener is disposed of.</exception>
    public async Task<SimulatedStream> AcceptAsync()
    {
        _streams.Scheduler.EnsureControlled();
        if (_isDisposed)
        {
            throw new IOException("The listener is closed.");
        }

        if (_waiting.TryDequeue(out var stream))
        {
            return stream;
        }

        _accepting = new TaskCompletionSource<SimulatedStream>(this, TaskCreationOptions.RunContinuationsAsynchronously);
        return await _accepting.Task;
    }

    /// <summary>Accepts no more streams. Those that wait are closed.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _streams.Remove(this);
        while (_waiting.TryDequeue(out var stream))
        {
            stream.Dispose();
        }

        SimulatedStream.Take(ref _accepting)?.SetException(new IOException("The listener is closed."));
    }

    /// <summary>The name of its tasks in reports.</summary>
    public override string ToString() => $"a stream to {_streams.NameOf(Server)}";

    internal void Add(SimulatedStream stream)
    {
        if (SimulatedStream.Take(ref _accepting) is { } accepting)
        {
            accepting.SetResult(stream);
        }
        else
        {
            _waiting.Enqueue(stream);
        }
    }
}

/// <summary>One end of a stream of bytes in both directions. One read and one write may be under way at a time.</summary>
public sealed class SimulatedStream : IDisposable
{
    private readonly SimulatedStreams _streams;

    // What the other end has sent, and has not arrived; and what has arrived, and was not read.
    private readonly Queue<byte> _inFlight = new();
    private readonly Queue<byte> _arrived = new();
    private SimulatedStream? _other;
    private Arrival? _operation;
    private TaskCompletionSource? _opening;
    private TaskCompletionSource? _reading;
    private TaskCompletionSource? _writing;
    private bool _endIsInFlight;
    private bool _hasEnded;
    private bool _isDisposed;

    // The stream is broken: what is sent vanishes. The end that learned it fails.
    private bool _isBroken;
    private string? _failure;

    internal SimulatedStream(SimulatedStreams streams, int server, int peer) => (_streams, Server, Peer) = (streams, server, peer);

    /// <summary>The server of this end.</summary>
    public int Server { get; }

    /// <summary>The server of the other end.</summary>
    public int Peer { get; }

    /// <summary>Connects the stream. An accepted one is connected.</summary>
    /// <exception cref="IOException">The other server does not accept streams.</exception>
    public async Task OpenAsync()
    {
        Check();
        if (_other is null)
        {
            _opening = Completion();
            Schedule();
            await _opening.Task;
        }
    }

    /// <summary>Reads some bytes.</summary>
    /// <returns>How many; zero at the end of the stream.</returns>
    /// <exception cref="IOException">The stream is broken or closed.</exception>
    public async Task<int> ReadAsync(Memory<byte> buffer)
    {
        while (true)
        {
            Check();
            if (_arrived.Count > 0)
            {
                break;
            }

            if (_hasEnded)
            {
                return 0;
            }

            _reading = Completion();
            await _reading.Task;
        }

        var count = Math.Min(buffer.Length, _arrived.Count);
        for (var i = 0; i < count; i++)
        {
            buffer.Span[i] = _arrived.Dequeue();
        }

        if (_other is { } other)
        {
            Take(ref other._writing)?.SetResult();
        }

        return count;
    }

    /// <summary>Writes bytes. Completes when the other end has room for all of them.</summary>
    /// <exception cref="IOException">The stream is broken or closed.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (true)
        {
            Check();
            if (_isBroken || _other is not { } other || other._isDisposed)
            {
                // They vanish, for as long as the window is open.
                return;
            }

            var room = Math.Min(bytes.Length, SimulatedStreams.WindowBytes - other._inFlight.Count - other._arrived.Count);
            for (var i = 0; i < room; i++)
            {
                other._inFlight.Enqueue(bytes.Span[i]);
            }

            bytes = bytes[room..];
            other.Schedule();
            if (bytes.Length == 0)
            {
                return;
            }

            _writing = Completion();
            await _writing.Task;
        }
    }

    /// <summary>Closes this end. The other reads what is in flight, and then the end of the stream.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        Close("The stream is closed.");
        if (_other is { } other && !_isBroken)
        {
            other._endIsInFlight = true;
            other.Schedule();
        }
    }

    /// <summary>The name of its tasks in reports.</summary>
    public override string ToString() => $"a stream of {_streams.NameOf(Server)} with {_streams.NameOf(Peer)}";

    internal void Crash(bool isTold)
    {
        var other = _other;
        Close("The server has crashed.");
        if (other is not null)
        {
            (other._isBroken, _isBroken) = (true, true);
            other.Cancel();
            if (isTold)
            {
                other.Fail("The connection was reset.");
            }
        }
    }

    internal void BeginFairTime()
    {
        if (_operation is not null)
        {
            _operation.Due = _streams.DueOf(_operation);
        }
    }

    // Something is to arrive at this end, if the link is open.
    internal void Schedule(bool atOnce = false)
    {
        var connects = _opening is not null;
        var isDue = !_isDisposed && !_isBroken && (connects || _inFlight.Count > 0 || _endIsInFlight)
            && !_streams.IsCut(Peer, Server) && !(connects && _streams.IsCut(Server, Peer));
        if (!isDue)
        {
            Cancel();
        }
        else if (_operation is null)
        {
            _operation = new Arrival(this);
            _operation.Due = atOnce ? _streams.Scheduler.Now : _streams.DueOf(_operation);
            _streams.Scheduler.AddWork(_operation);
        }
    }

    private void Arrive()
    {
        _operation = null;
        if (_opening is not null)
        {
            Connect();
            return;
        }

        if (_streams.Faults.Strikes(FaultKind.Loss))
        {
            Break();
            return;
        }

        // All that is in flight arrives, or in one case of four only a part of it.
        var count = _inFlight.Count;
        if (count > 1 && _streams.Scheduler.Choices.Number(4) == 3)
        {
            count = 1 + _streams.Scheduler.Choices.Number(count - 1);
        }

        for (; count > 0; count--)
        {
            _arrived.Enqueue(_inFlight.Dequeue());
        }

        if (_inFlight.Count == 0 && _endIsInFlight)
        {
            (_endIsInFlight, _hasEnded) = (false, true);
        }

        Take(ref _reading)?.SetResult();
        Schedule(atOnce: true);
    }

    private void Connect()
    {
        if (_streams.ListenerOf(Peer) is not { } listener)
        {
            Fail("The connection was refused.");
            return;
        }

        _other = new SimulatedStream(_streams, Peer, Server) { _other = this };
        _streams.Add(_other);
        listener.Add(_other);
        Take(ref _opening)?.SetResult();
    }

    // Both ends learn it, or one, or neither.
    private void Break()
    {
        var other = _other!;
        (other._isBroken, _isBroken) = (true, true);
        var who = _streams.Scheduler.Choices.Number(4);
        other.Cancel();
        _inFlight.Clear();
        other._inFlight.Clear();
        if (who is 0 or 1)
        {
            Fail("The connection was reset.");
        }

        if (who is 0 or 2)
        {
            other.Fail("The connection was reset.");
        }
    }

    private void Close(string why)
    {
        _isDisposed = true;
        Cancel();
        _streams.Remove(this);
        Fail(why);
        if (_other is { } other)
        {
            // What it still writes has nowhere to go.
            Take(ref other._writing)?.SetResult();
        }
    }

    private void Fail(string why)
    {
        _failure ??= why;
        Cancel();
        Take(ref _opening)?.SetException(new IOException(_failure));
        Take(ref _reading)?.SetException(new IOException(_failure));
        Take(ref _writing)?.SetException(new IOException(_failure));
    }

    private void Check()
    {
        _streams.Scheduler.EnsureControlled();
        if (_failure is not null)
        {
            throw new IOException(_failure);
        }
    }

    private void Cancel()
    {
        if (_operation is not null)
        {
            _streams.Scheduler.Work.Remove(_operation);
            _operation = null;
        }
    }

    // Coyote may run other code in the middle of a completion: a crash, for instance, which completes what it finds. So a task is taken
    // first, and only the code that took it completes it.
    internal static T? Take<T>(ref T? waiting)
        where T : class
    {
        var taken = waiting;
        waiting = null;
        return taken;
    }

    private TaskCompletionSource Completion() => new(this, TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Arrival(SimulatedStream stream) : Operation
    {
        public override OperationKind Kind => OperationKind.Delivery;

        public override int Server => stream.Server;

        public override void Run() => stream.Arrive();

        public override string ToString() =>
            $"{stream._streams.NameOf(stream.Server)}: bytes of {stream._streams.NameOf(stream.Peer)} arrive";
    }
}
