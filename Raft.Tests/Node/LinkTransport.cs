using System.Diagnostics;
using Raft.Impl.Core;
using Raft.Impl.Transport;

namespace Raft.Tests.Node;

/// <summary>
/// A network in real time. Each link between two servers takes time by bytes, and carries one message after the other. What has left a link
/// takes the latency, and a delay of its own, drawn at random.
/// </summary>
internal sealed class LinkTransport : IRaftTransport, IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly PriorityQueue<Message, (long Due, long Order)> _underWay = new();
    private readonly Dictionary<(ServerId From, ServerId To), long> _busyUntil = [];
    private readonly Dictionary<ServerId, Action<Message>> _receivers = [];
    private readonly List<Message> _delivered = [];
    private readonly Random _random = new(1);
    private readonly double _ticksPerByte;
    private readonly long _latency;
    private readonly long _maxDelay;
    private readonly Thread _carrier;
    private long _order;
    private bool _ended;

    /// <summary>A network whose carrier runs until it is disposed of.</summary>
    /// <param name="bytesPerSecond">What each link carries; infinite: it takes no time.</param>
    /// <param name="latency">How long a message takes beside that. Those of a link stay in order.</param>
    /// <param name="maxDelay">The longest of the random delays. Messages overtake each other by it.</param>
    public LinkTransport(double bytesPerSecond = double.PositiveInfinity, TimeSpan latency = default, TimeSpan maxDelay = default)
    {
        _ticksPerByte = Stopwatch.Frequency / bytesPerSecond;
        _latency = (long)(latency.TotalSeconds * Stopwatch.Frequency);
        _maxDelay = (long)(maxDelay.TotalSeconds * Stopwatch.Frequency);
        _carrier = new Thread(Carry) { IsBackground = true, Name = nameof(LinkTransport) };
        _carrier.Start();
    }

    /// <summary>Who is cut off from the others; null: no server is.</summary>
    public ServerId? Isolated { get; set; }

    /// <summary>Called with each message that is sent.</summary>
    public Action<Message>? Sending { get; set; }

    public void Send(Message message)
    {
        lock (_gate)
        {
            Sending?.Invoke(message);
            var link = (message.From, message.To);
            var now = Stopwatch.GetTimestamp();
            var sent = Math.Max(now, _busyUntil.GetValueOrDefault(link)) + (long)(message.Size * _ticksPerByte);
            _busyUntil[link] = sent;
            _underWay.Enqueue(message, (sent + _latency + _random.NextInt64(_maxDelay + 1), _order++));
            Monitor.Pulse(_gate);
        }
    }

    public IDisposable Listen(ServerId server, Action<Message> receive)
    {
        lock (_gate)
        {
            _receivers.Add(server, receive);
            return new Listener(this, server);
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _ended = true;
            Monitor.Pulse(_gate);
        }

        _carrier.Join();
        return ValueTask.CompletedTask;
    }

    private void Carry()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_ended)
                {
                    return;
                }

                var now = Stopwatch.GetTimestamp();
                while (_underWay.TryPeek(out var message, out var priority) && priority.Due <= now)
                {
                    _delivered.Add(_underWay.Dequeue());
                }

                if (_delivered.Count == 0)
                {
                    var ticks = _underWay.TryPeek(out _, out var next) ? next.Due - now : Stopwatch.Frequency;
                    Monitor.Wait(_gate, (int)Math.Ceiling(Math.Min(ticks * 1000.0 / Stopwatch.Frequency, 1000)));
                    continue;
                }
            }

            foreach (var message in _delivered)
            {
                Deliver(message);
            }

            _delivered.Clear();
        }
    }

    private void Deliver(Message message)
    {
        Action<Message>? receive;
        lock (_gate)
        {
            receive = message.From == Isolated || message.To == Isolated ? null : _receivers.GetValueOrDefault(message.To);
        }

        receive?.Invoke(message);
    }

    private sealed class Listener(LinkTransport transport, ServerId server) : IDisposable
    {
        public void Dispose()
        {
            lock (transport._gate)
            {
                transport._receivers.Remove(server);
            }
        }
    }
}
