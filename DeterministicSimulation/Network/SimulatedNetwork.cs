namespace DeterministicSimulation;

/// <summary>
/// The network of a schedule. Each message in flight is an operation; it may be lost, arrive twice, overtake others, or find the way cut.
/// </summary>
/// <typeparam name="TMessage">What it carries. The network does not look into it.</typeparam>
/// <param name="scheduler">Lets messages arrive.</param>
/// <param name="faults">What may go wrong.</param>
/// <param name="servers">How many servers there are; they are numbered from 1.</param>
/// <param name="receiver">Takes what arrives.</param>
public sealed class SimulatedNetwork<TMessage>(Scheduler scheduler, FaultLedger faults, int servers, IReceiver<TMessage> receiver)
    where TMessage : class
{
    // True where messages from the first server to the second are lost.
    private readonly bool[,] _cut = new bool[servers, servers];

    // Until when each connection is busy with the bytes of what was sent.
    private readonly long[,] _busyUntil = new long[servers, servers];
    private long _sent;

    /// <summary>Called for each event of a message.</summary>
    public Action<NetworkEvent<TMessage>>? Traced { get; set; }

    /// <summary>Whether any way is cut.</summary>
    public bool IsCut { get; private set; }

    /// <summary>How many bytes a connection carries in a second, one after the other, in fair time; zero: any number at once.</summary>
    public long BytesPerSecond { get; set; }

    /// <summary>How long a message takes in fair time, at most, beside what its bytes take.</summary>
    public TimeSpan MaxLatency { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Sends a message.</summary>
    /// <param name="from">The number of the server that sends it.</param>
    /// <param name="to">The number of the server that it is for.</param>
    /// <param name="message">The message.</param>
    /// <param name="bytes">How much of the connection it takes, where connections have a bandwidth.</param>
    public void Send(int from, int to, TMessage message, long bytes = 0)
    {
        var delivery = new Delivery(this, from, to, message, bytes, _sent++);
        Trace(TraceEventKind.Sent, delivery);
        if (IsLostOn(delivery))
        {
            return;
        }

        Add(delivery);
    }

    /// <summary>Cuts the way from one server to another, or opens it.</summary>
    public void SetCut(int from, int to, bool cut)
    {
        _cut[from - 1, to - 1] = cut;
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
            if (operation is Delivery delivery && delivery.IsOn(this))
            {
                delivery.Due = Arrival(delivery);
            }
        }
    }

    private void Add(Delivery delivery)
    {
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

        ref var busyUntil = ref _busyUntil[delivery.From - 1, delivery.Server - 1];
        busyUntil = Math.Max(busyUntil, scheduler.Now) + (delivery.Bytes * TimeSpan.TicksPerSecond / BytesPerSecond);
        return busyUntil + latency;
    }

    private void Deliver(Delivery delivery)
    {
        // In unfair time the strategy picks any message. Where reordering is not allowed any more, the oldest of that way comes first.
        if (OldestOnSameWay(delivery) is { } older)
        {
            if (faults.Spend(FaultKind.Reordering))
            {
                Trace(TraceEventKind.Overtook, delivery);
            }
            else
            {
                scheduler.Work.Remove(older);
                scheduler.AddWork(delivery.Again());
                delivery = older;
            }
        }

        if (IsLostOn(delivery))
        {
            return;
        }

        if (faults.Strikes(FaultKind.Loss))
        {
            Trace(TraceEventKind.Lost, delivery);
            return;
        }

        if (faults.Strikes(FaultKind.Duplication))
        {
            var copy = delivery.Copy(_sent++);
            Trace(TraceEventKind.Duplicated, copy, copyOf: delivery.Order);
            Add(copy);
        }

        var isUp = receiver.IsUp(delivery.Server);
        Trace(isUp ? TraceEventKind.Arrived : TraceEventKind.Lost, delivery, isUp ? null : "the server is down");
        receiver.Receive(delivery.Server, delivery.Message);
    }

    private void Trace(TraceEventKind kind, Delivery delivery, string? reason = null, long? copyOf = null) =>
        Traced?.Invoke(new(kind, delivery.From, delivery.Server, delivery.Message, delivery.Order) { CopyOf = copyOf, Reason = reason });

    private bool IsLostOn(Delivery delivery)
    {
        var isCut = _cut[delivery.From - 1, delivery.Server - 1];
        if (isCut)
        {
            Trace(TraceEventKind.Lost, delivery, "the way is cut");
        }

        return isCut;
    }

    private Delivery? OldestOnSameWay(Delivery delivery)
    {
        Delivery? oldest = null;
        foreach (var operation in scheduler.Work.Span)
        {
            if (operation is Delivery other && other.Order < (oldest ?? delivery).Order && other.IsOnWayOf(delivery))
            {
                oldest = other;
            }
        }

        return oldest;
    }

    /// <summary>A message in flight.</summary>
    private sealed class Delivery(SimulatedNetwork<TMessage> network, int from, int to, TMessage message, long bytes, long order) : Operation
    {
        public TMessage Message => message;

        public int From => from;

        public long Bytes => bytes;

        // Which one it is of all that were sent, duplicates included.
        public long Order => order;

        public override OperationKind Kind => OperationKind.Delivery;

        public override int Server => to;

        public override OperationShape Shape => new(Kind, to, from, message.GetType());

        public bool IsOn(SimulatedNetwork<TMessage> other) => network == other;

        public bool IsOnWayOf(Delivery other) => from == other.From && to == other.Server && other.IsOn(network);

        public Delivery Copy(long number) => new(network, from, to, message, bytes, number);

        // The same message, as an operation that was not picked yet. It is not due later than it was.
        public Delivery Again() => Copy(order);

        public override void Run() => network.Deliver(this);

        public override string ToString() => $"{network.NameOf(to)}: {message} arrives";
    }

    private string NameOf(int server) => receiver.NameOf(server);
}

/// <summary>Takes what a network carries.</summary>
/// <typeparam name="TMessage">What the network carries.</typeparam>
public interface IReceiver<in TMessage>
{
    /// <summary>Whether a server runs, so that what arrives is not lost.</summary>
    bool IsUp(int server);

    /// <summary>A message arrives at a server; also at one that is down, which takes nothing.</summary>
    void Receive(int server, TMessage message);

    /// <summary>The name of a server, for reports.</summary>
    string NameOf(int server);
}

/// <summary>An event of a message.</summary>
/// <typeparam name="TMessage">What the network carries.</typeparam>
/// <param name="Kind">The kind of event.</param>
/// <param name="From">The number of the server that sent the message.</param>
/// <param name="To">The number of the server that it is for.</param>
/// <param name="Message">The message.</param>
/// <param name="Number">The number of the copy among all messages and copies.</param>
public readonly record struct NetworkEvent<TMessage>(TraceEventKind Kind, int From, int To, TMessage Message, long Number)
{
    /// <summary>Of a copy that the network made: the number of the message that it is a copy of.</summary>
    public long? CopyOf { get; init; }

    /// <summary>Why the message was lost; null where it was not, or where the network lost it by chance.</summary>
    public string? Reason { get; init; }
}
