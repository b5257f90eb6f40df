using Raft.Impl.Core;
using Raft.Verification.Exploration;

namespace Raft.Verification.Simulation;

/// <summary>
/// The network of a schedule. Each message in flight is an operation; it may be lost, arrive twice, overtake others, or find the way cut.
/// </summary>
internal sealed class SimulatedNetwork(Scheduler scheduler, FaultLedger faults, int servers, Func<ServerId, SimulatedServer> server)
{
    // True where messages from the first server to the second are lost.
    private readonly bool[,] _cut = new bool[servers, servers];

    // Until when each connection is busy with the bytes of what was sent.
    private readonly long[,] _busyUntil = new long[servers, servers];

    /// <summary>Called for what happens to messages; null: nobody listens.</summary>
    public NetworkListener? Traced { get; set; }

    /// <summary>Whether any way is cut.</summary>
    public bool IsCut { get; private set; }

    /// <summary>How many bytes a connection carries in a second, one after the other, in fair time; zero: any number at once.</summary>
    public long BytesPerSecond { get; set; }

    /// <summary>How long a message takes in fair time, at most, beside what its bytes take.</summary>
    public TimeSpan MaxLatency { get; init; } = TimeSpan.FromMilliseconds(10);

    public void Send(Message message)
    {
        var order = _sent++;
        Traced?.Invoke(TraceEventKind.Sent, "sent", message, order);
        if (_cut[message.From.Value - 1, message.To.Value - 1])
        {
            Traced?.Invoke(TraceEventKind.Lost, "lost: the way is cut", message, order);
            return;
        }

        Add(message, order);
    }

    /// <summary>Cuts the way from one server to another, or opens it.</summary>
    public void SetCut(ServerId from, ServerId to, bool cut)
    {
        _cut[from.Value - 1, to.Value - 1] = cut;
        IsCut |= cut;
    }

    /// <summary>Opens every way.</summary>
    public void Heal()
    {
        Array.Clear(_cut);
        IsCut = false;
    }

    /// <summary>Gives everything in flight a time to arrive, as fair time begins.</summary>
    public void BeginFairTime()
    {
        Array.Clear(_busyUntil);
        foreach (var operation in scheduler.Work.Span)
        {
            if (operation is Delivery delivery)
            {
                delivery.Due = Arrival(delivery);
            }
        }
    }

    private void Add(Message message, long order)
    {
        var delivery = new Delivery(this, message, order);
        delivery.Due = scheduler.IsFair ? Arrival(delivery) : 0;
        scheduler.AddWork(delivery);
    }

    // The bytes go one after the other; then each message takes its time, so that one may still overtake another.
    private long Arrival(Delivery delivery)
    {
        var latency = faults.Latency(delivery, MaxLatency).Ticks;
        if (BytesPerSecond == 0)
        {
            return scheduler.Now + latency;
        }

        ref var busyUntil = ref _busyUntil[delivery.Message.From.Value - 1, delivery.Message.To.Value - 1];
        busyUntil = Math.Max(busyUntil, scheduler.Now) + (delivery.Message.Size * TimeSpan.TicksPerSecond / BytesPerSecond);
        return busyUntil + latency;
    }

    private void Deliver(Message message)
    {
        var order = _delivering;

        // In unfair time the strategy picks any message. Where reordering is not allowed any more, the oldest of that way comes first.
        if (OldestOnSameWay(message) is { } older)
        {
            if (faults.Spend(FaultKind.Reordering))
            {
                Traced?.Invoke(TraceEventKind.Overtook, "overtakes an older one", message, order);
            }
            else
            {
                scheduler.Work.Remove(older);
                scheduler.AddWork(new Delivery(this, message, _delivering));
                (message, order) = (older.Message, older.Order);
            }
        }

        if (_cut[message.From.Value - 1, message.To.Value - 1])
        {
            Traced?.Invoke(TraceEventKind.Lost, "lost: the way is cut", message, order);
            return;
        }

        if (faults.Strikes(FaultKind.Loss))
        {
            Traced?.Invoke(TraceEventKind.Lost, "lost", message, order);
            return;
        }

        if (faults.Strikes(FaultKind.Duplication))
        {
            var copy = _sent++;
            Traced?.Invoke(TraceEventKind.Duplicated, "duplicated", message, copy, order);
            Add(message, copy);
        }

        var to = server(message.To);
        Traced?.Invoke(to.IsUp ? TraceEventKind.Arrived : TraceEventKind.Lost, to.IsUp ? "arrived" : "lost: the server is down", message, order);
        to.Receive(message);
    }

    private Delivery? OldestOnSameWay(Message message)
    {
        Delivery? oldest = null;
        foreach (var operation in scheduler.Work.Span)
        {
            if (operation is Delivery other && other.Order < (oldest?.Order ?? _delivering)
                && other.Message.From == message.From && other.Message.To == message.To)
            {
                oldest = other;
            }
        }

        return oldest;
    }

    private long _sent;
    private long _delivering;

    /// <summary>A message in flight.</summary>
    internal sealed class Delivery(SimulatedNetwork network, Message message, long order) : Operation
    {
        public Message Message => message;

        /// <summary>Which one it is of all that were sent, duplicates included.</summary>
        public long Order => order;

        public override OperationKind Kind => OperationKind.Delivery;

        public override int Server => message.To.Value;

        internal override OperationShape Shape => new(Kind, Server, message.From.Value, message.GetType());

        internal override void Run()
        {
            network._delivering = Order;
            network.Deliver(message);
        }

        public override string ToString() => $"{message.To}: {message} arrives";
    }
}

/// <summary>Is told what happens to messages.</summary>
/// <param name="kind">What.</param>
/// <param name="what">The same in words.</param>
/// <param name="message">The message.</param>
/// <param name="order">Which copy of all that were sent.</param>
/// <param name="copyOf">Of a new copy: which one it is a copy of.</param>
internal delegate void NetworkListener(TraceEventKind kind, string what, Message message, long order, long? copyOf = null);
