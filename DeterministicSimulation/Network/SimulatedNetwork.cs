namespace DeterministicSimulation;

/// <summary>
/// A simulated network. Each message in flight is an operation. It may be lost, arrive twice, or overtake others, and its link may be cut.
/// A link leads from one server to another, in one direction.
/// </summary>
/// <typeparam name="TMessage">The type of a message. The network does not interpret it.</typeparam>
/// <param name="scheduler">Runs the deliveries as operations.</param>
/// <param name="faults">The faults that may strike.</param>
/// <param name="servers">The number of servers, which are numbered from 1.</param>
/// <param name="receiver">Receives the messages that arrive.</param>
public sealed class SimulatedNetwork<TMessage>(Scheduler scheduler, FaultLedger faults, int servers, IReceiver<TMessage> receiver)
    where TMessage : class
{
    // Whether the link from the first server to the second is cut.
    private readonly bool[,] _cut = new bool[servers, servers];

    // When each link will have carried the bytes of all messages that were sent.
    private readonly long[,] _busyUntil = new long[servers, servers];
    private long _sent;
    private Action<NetworkEvent<TMessage>>? _watchers;

    /// <summary>Whether any link is cut.</summary>
    public bool IsCut { get; private set; }

    /// <summary>How many bytes a second a link carries in fair time, one message after the other; zero means unlimited.</summary>
    public long BytesPerSecond { get; set; }

    /// <summary>The largest typical latency of a message in fair time, without the time that its bytes take.</summary>
    public TimeSpan MaxLatency { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Sends a message.</summary>
    /// <param name="from">The number of the server that sends it.</param>
    /// <param name="to">The number of the server that receives it.</param>
    /// <param name="message">The message.</param>
    /// <param name="bytes">Its size, for links with a bandwidth.</param>
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

    /// <summary>Cuts the link from one server to another, or opens it.</summary>
    public void SetCut(int from, int to, bool cut)
    {
        _cut[from - 1, to - 1] = cut;
        IsCut |= cut;
    }

    /// <summary>Opens all links.</summary>
    public void Heal()
    {
        Array.Clear(_cut);
        IsCut = false;
    }

    /// <summary>Loses the messages in flight that a server sent.</summary>
    public void LoseFrom(int server)
    {
        List<Delivery> lost = [];
        foreach (var operation in scheduler.Work.Span)
        {
            if (operation is Delivery delivery && delivery.From == server && delivery.IsOn(this))
            {
                lost.Add(delivery);
            }
        }

        foreach (var delivery in lost)
        {
            scheduler.Work.Remove(delivery);
            Trace(TraceEventKind.Lost, delivery, "its sender lost its files");
        }
    }

    /// <summary>Calls the watcher from now on for each event of a message.</summary>
    public void Watch(Action<NetworkEvent<TMessage>> watcher) => _watchers += watcher;

    /// <summary>Passes on an event of a message that the caller carries itself.</summary>
    public void Note(NetworkEvent<TMessage> happened) => _watchers?.Invoke(happened);

    /// <summary>Begins fair time: draws when each message in flight arrives.</summary>
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

    // A link carries the bytes of one message after the other. The latency is added to that, so that a message may overtake another.
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
        // In nondeterministic time the strategy picks any message. If no reordering is left, the oldest on the link arrives instead.
        if (OldestOnSameLink(delivery) is { } older)
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
        _watchers?.Invoke(new(kind, delivery.From, delivery.Server, delivery.Message, delivery.Order) { CopyOf = copyOf, Reason = reason });

    private bool IsLostOn(Delivery delivery)
    {
        var isCut = _cut[delivery.From - 1, delivery.Server - 1];
        if (isCut)
        {
            Trace(TraceEventKind.Lost, delivery, "the link is cut");
        }

        return isCut;
    }

    // An older message on the same link; null if the delivery is the oldest.
    private Delivery? OldestOnSameLink(Delivery delivery)
    {
        Delivery? oldest = null;
        foreach (var operation in scheduler.Work.Span)
        {
            if (operation is Delivery other && other.Order < (oldest ?? delivery).Order && other.IsOnLinkOf(delivery))
            {
                oldest = other;
            }
        }

        return oldest;
    }

    private string NameOf(int server) => receiver.NameOf(server);

    /// <summary>A message in flight.</summary>
    private sealed class Delivery(SimulatedNetwork<TMessage> network, int from, int to, TMessage message, long bytes, long order)
        : Operation
    {
        public TMessage Message => message;

        public int From => from;

        public long Bytes => bytes;

        // Its number among all messages that were sent, including duplicates.
        public long Order => order;

        public override OperationKind Kind => OperationKind.Delivery;

        public override int Server => to;

        public override OperationShape Shape => new(Kind, to, from, message.GetType());

        public bool IsOn(SimulatedNetwork<TMessage> other) => network == other;

        public bool IsOnLinkOf(Delivery other) => from == other.From && to == other.Server && other.IsOn(network);

        public Delivery Copy(long number) => new(network, from, to, message, bytes, number);

        // The same message as a new operation, which is due at once.
        public Delivery Again() => Copy(order);

        public override void Run() => network.Deliver(this);

        public override string ToString() => $"{network.NameOf(to)}: {message} arrives";
    }
}

/// <summary>Receives the messages of a network.</summary>
/// <typeparam name="TMessage">The type of a message.</typeparam>
public interface IReceiver<in TMessage>
{
    /// <summary>Whether a server runs. A message that arrives at a server that is down is lost.</summary>
    bool IsUp(int server);

    /// <summary>Called when a message arrives at a server, even if the server is down. Then the receiver must ignore it.</summary>
    void Receive(int server, TMessage message);

    /// <summary>The name of a server, for reports.</summary>
    string NameOf(int server);
}

/// <summary>An event of a message.</summary>
/// <typeparam name="TMessage">The type of a message.</typeparam>
/// <param name="Kind">The kind of event.</param>
/// <param name="From">The number of the server that sent the message.</param>
/// <param name="To">The number of the server that receives it.</param>
/// <param name="Message">The message.</param>
/// <param name="Number">The number of the message among all messages, including duplicates.</param>
public readonly record struct NetworkEvent<TMessage>(TraceEventKind Kind, int From, int To, TMessage Message, long Number)
{
    /// <summary>The number of the message that the network duplicated; null if this is not a duplicate.</summary>
    public long? CopyOf { get; init; }

    /// <summary>Why the message was lost; null if it was not lost, or was lost by chance.</summary>
    public string? Reason { get; init; }

    /// <summary>The event as a trace holds it.</summary>
    /// <param name="fields">The fields of the message, by name.</param>
    public TraceEvent ToTraceEvent(IReadOnlyDictionary<string, string> fields) => new()
    {
        Kind = Kind,
        Reason = Reason,
        Message = new TraceMessage
        {
            Id = Number,
            CopyOf = CopyOf,
            Type = Message!.GetType().Name,
            From = From,
            To = To,
            Fields = fields,
        },
    };
}
