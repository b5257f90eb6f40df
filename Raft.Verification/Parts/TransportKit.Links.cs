using System.Collections.Concurrent;
using System.Diagnostics;
using Raft.Impl.Core;
using Raft.Impl.Transport;

namespace Raft.Verification.Parts;

// The checks of links that are cut, half open or slow. A message may be lost while a link has a fault. Nothing may arrive that was not
// sent. The order is not checked: IRaftTransport promises none.
public static partial class TransportKit
{
    // While a link has a fault, one call of Send takes no longer than this on a busy machine, and neither does a message over another link.
    private static readonly TimeSpan _faultPatience = TimeSpan.FromSeconds(5);

    // How long a link stays half open after the sender is done. A transport with short timeouts notices it.
    private static readonly TimeSpan _halfOpen = TimeSpan.FromSeconds(1);

    private static async Task CutAsync(ITransportUnderTest subject)
    {
        using var mesh = await Mesh.ConnectedAsync(subject);
        var (first, second) = (mesh.First, mesh.Second);
        for (var round = 1; round <= 2; round++)
        {
            // They are on their way when the link is cut, so that it may be cut within one.
            await mesh.PostAsync(first, second, 100, 20_000);
            await mesh.PostAsync(second, first, 100, 20_000);
            using (Begin(subject, LinkFault.Cut))
            {
                var before = mesh.LastNumber;
                await mesh.PostAsync(first, second, 10, 100);
                await mesh.PostAsync(second, first, 10, 100);
                await Task.Delay(_moment);
                Require(mesh.ArrivedSince(before) == 0, "a message passed a link while it was cut");
            }

            await mesh.RecoverAsync("cut");
            await mesh.PostAsync(first, second, 20, 20_000);
            await mesh.PostAsync(second, first, 20, 20_000);
            await mesh.RecoverAsync("cut");
        }
    }

    private static async Task CutElsewhereAsync(ITransportUnderTest subject)
    {
        using var mesh = await Mesh.ConnectedAsync(subject);
        using var cut = Begin(subject, LinkFault.Cut);
        for (var i = 0; i < 10; i++)
        {
            await mesh.PostAsync(mesh.First, mesh.Second, 100, 100);
            await mesh.PostAsync(mesh.Second, mesh.First, 100, 100);
            await mesh.ReachOthersAsync("cut");
        }
    }

    private static async Task CutBoundAsync(ITransportUnderTest subject)
    {
        using var mesh = await Mesh.ConnectedAsync(subject);
        await FloodAsync(subject, mesh, LinkFault.Cut, "cut", TimeSpan.Zero);
    }

    private static async Task HalfOpenAsync(ITransportUnderTest subject)
    {
        using var mesh = await Mesh.ConnectedAsync(subject);
        await mesh.PostAsync(mesh.First, mesh.Second, 100, 20_000);
        await mesh.PostAsync(mesh.Second, mesh.First, 100, 20_000);
        await FloodAsync(subject, mesh, LinkFault.HalfOpen, "half open", _halfOpen);
        await mesh.PostAsync(mesh.First, mesh.Second, 20, 20_000);
        await mesh.PostAsync(mesh.Second, mesh.First, 20, 20_000);
        await mesh.RecoverAsync("half open");
    }

    private static async Task SlowLinkAsync(ITransportUnderTest subject)
    {
        using var mesh = await Mesh.ConnectedAsync(subject);
        using var slow = Begin(subject, LinkFault.Slow);
        await mesh.PostAsync(mesh.First, mesh.Second, 100, 1_000);
        await mesh.PostAsync(mesh.Second, mesh.First, 100, 1_000);
        await mesh.ReachOthersAsync("slow");
        await mesh.ReachSlowlyAsync();

        // A large one is sent again until one arrives: the transport may lose some.
        var (before, begun) = (mesh.LastNumber, Stopwatch.GetTimestamp());
        while (mesh.ArrivedSince(before) == 0)
        {
            Require(Stopwatch.GetElapsedTime(begun) < _patience, "no message of 100,000 bytes passes a slow link");
            await mesh.PostAsync(mesh.First, mesh.Second, 1, 100_000);
            await mesh.ReachSlowlyAsync();
        }
    }

    // Sends much more than may wait over a link with a fault. What the transport has kept of it then arrives later, or is still in memory.
    private static async Task FloodAsync(ITransportUnderTest subject, Mesh mesh, LinkFault fault, string name, TimeSpan stays)
    {
        var bound = subject.MaxWaitingBytes ?? 0;
        var bytes = (int)Math.Clamp(bound / 40, 1_000, 100_000);
        var count = (int)Math.Max(4 * bound / bytes, 100);
        var before = mesh.LastNumber;

        // One message is always taken. Others may be within calls that have not returned.
        var most = subject.MaxWaitingBytes is null ? 0 : bound + (2 * bytes);
        using (Begin(subject, fault))
        {
            var payloads = await mesh.PostAsync(mesh.First, mesh.Second, count, bytes);
            await mesh.ReachOthersAsync(name);
            GC.Collect();
            var held = (long)payloads.Count(payload => payload.IsAlive) * bytes;
            Require(
                held <= Math.Max(most, bytes),
                $"{held} bytes of messages are in memory for {mesh.Second}, whose link is {name}: {most} are allowed");
            await Task.Delay(stays);
            Require(mesh.ArrivedSince(before) == 0, $"a message passed a link while it was {name}");
        }

        await mesh.RecoverAsync(name);
        await Task.Delay(_moment);
        var kept = (long)mesh.ArrivedSince(before) * bytes;
        Require(
            kept <= most, $"{kept} bytes of messages were kept for {mesh.Second} while its link was {name}: {most} are allowed");
    }

    private static IDisposable Begin(ITransportUnderTest subject, LinkFault fault) =>
        subject.BeginFault(subject.Servers[0], subject.Servers[1], fault)
        ?? throw new TransportKitLeftOutException($"BeginFault returns null: the fault {fault} cannot be caused.");

    // It differs from that of other messages in most places, so that parts of two do not make one that was sent.
    private static byte[] PayloadOf(long number, int bytes)
    {
        var payload = new byte[bytes];
        for (var i = 0; i < bytes; i++)
        {
            payload[i] = (byte)((i * 31 >> 3) + (number * 37));
        }

        return payload;
    }

    // Three servers that send to each other. Only the link between the first and the second has faults. Each message has a number.
    private sealed class Mesh : IDisposable
    {
        private static readonly Term _ofProbes = new(1);
        private readonly ITransportUnderTest _subject;
        private readonly Dictionary<ServerId, IRaftTransport> _transports = [];
        private readonly List<IDisposable> _listeners = [];
        private readonly ConcurrentDictionary<long, (ServerId From, ServerId To, int Bytes)> _sent = [];
        private readonly ConcurrentDictionary<long, bool> _arrived = [];
        private readonly ConcurrentDictionary<(ServerId From, ServerId To), long> _lastProbes = [];
        private long _probes;
        private long _number;
        private string? _wrong;

        private Mesh(ITransportUnderTest subject)
        {
            _subject = subject;
            foreach (var server in subject.Servers)
            {
                _transports[server] = subject.Create(server);
                _listeners.Add(_transports[server].Listen(server, message => Receive(server, message)));
            }
        }

        public ServerId First => _subject.Servers[0];

        public ServerId Second => _subject.Servers[1];

        // The number of the message that was sent last.
        public long LastNumber => Interlocked.Read(ref _number);

        private ServerId Third => _subject.Servers[2];

        private (ServerId From, ServerId To)[] OtherLinks => [(First, Third), (Third, First), (Second, Third), (Third, Second)];

        public static async Task<Mesh> ConnectedAsync(ITransportUnderTest subject)
        {
            var mesh = new Mesh(subject);
            await mesh.ReachBothAsync(_patience, "without faults");
            await Task.WhenAll(mesh.OtherLinks.Select(link => mesh.ReachAsync(link.From, link.To, _patience, "without faults")));
            return mesh;
        }

        // How many messages have arrived of those that were sent after the one of this number.
        public int ArrivedSince(long number) => _arrived.Keys.Count(one => one > number);

        // Sends messages of about this length, and gives what is in each. The calls must return soon, and without an error.
        public async Task<List<WeakReference>> PostAsync(ServerId from, ServerId to, int count, int bytes)
        {
            var payloads = new List<WeakReference>(count);
            var done = 0;
            var posting = Task.Run(() =>
            {
                while (done < count)
                {
                    payloads.Add(Post(from, to, bytes));
                    Interlocked.Increment(ref done);
                }
            });
            await ReturnAsync(posting, () => Volatile.Read(ref done));
            return payloads;
        }

        // The link that had the fault carries messages in both directions, within the time that the transport names.
        public Task RecoverAsync(string fault) => ReachBothAsync(_subject.MaxRecovery, $"over a link that was {fault}");

        // The link with the fault carries messages all the same, in both directions.
        public Task ReachSlowlyAsync() => ReachBothAsync(_patience, "over a slow link");

        // The links to the third server carry messages, in both directions.
        public Task ReachOthersAsync(string fault) => Task.WhenAll(OtherLinks.Select(
            link => ReachAsync(link.From, link.To, _faultPatience, $"while the link of {First} and {Second} is {fault}")));

        public void Dispose() => _listeners.ForEach(listener => listener.Dispose());

        private Task ReachBothAsync(TimeSpan within, string when) =>
            Task.WhenAll(ReachAsync(First, Second, within, when), ReachAsync(Second, First, within, when));

        // Sends probes until one arrives that was sent from now on.
        private async Task ReachAsync(ServerId from, ServerId to, TimeSpan within, string when)
        {
            var first = Interlocked.Increment(ref _probes);
            var begun = Stopwatch.GetTimestamp();
            do
            {
                Require(
                    Stopwatch.GetElapsedTime(begun) < within,
                    $"no message of {from} arrives at {to} {when}, after {within.TotalSeconds:0.#} s");
                var probe = new ReadIndexRequest(from, to, _ofProbes, Interlocked.Increment(ref _probes));
                await ReturnAsync(Task.Run(() => _transports[from].Send(probe)), static () => 0);
                await Task.Delay(TimeSpan.FromMilliseconds(5));
                Require(_wrong is null, $"{_wrong}");
            }
            while (_lastProbes.GetValueOrDefault((from, to)) < first);
        }

        // Waits for calls of Send, of which one after the other returns.
        private static async Task ReturnAsync(Task sending, Func<int> done)
        {
            var (returned, since) = (0, Stopwatch.GetTimestamp());
            while (!sending.IsCompleted)
            {
                await Task.WhenAny(sending, Task.Delay(TimeSpan.FromMilliseconds(50)));
                if (returned != done())
                {
                    (returned, since) = (done(), Stopwatch.GetTimestamp());
                }

                Require(
                    sending.IsCompleted || Stopwatch.GetElapsedTime(since) < _faultPatience,
                    $"a call of {nameof(IRaftTransport.Send)} has not returned after {_faultPatience.TotalSeconds:0} s");
            }

            try
            {
                await sending;
            }
            catch (Exception exception)
            {
                Require(false, $"{nameof(IRaftTransport.Send)} throws {exception.GetType().Name}: {exception.Message}");
            }
        }

        private WeakReference Post(ServerId from, ServerId to, int bytes)
        {
            var number = Interlocked.Increment(ref _number);
            _sent[number] = (from, to, bytes);
            var payload = PayloadOf(number, bytes);
            _transports[from].Send(MessageOf(from, to, number, payload));
            return new WeakReference(payload);
        }

        private void Receive(ServerId server, Message message)
        {
            if (message is ReadIndexRequest { Id: > 0 and var id }
                && id <= Interlocked.Read(ref _probes)
                && message.To == server
                && message.Term == _ofProbes)
            {
                _lastProbes.AddOrUpdate((message.From, server), id, (_, last) => Math.Max(id, last));
            }
            else if (message is AppendEntries { PrevLogIndex.Value: var number }
                && _sent.TryGetValue(number, out var sent)
                && sent.To == server
                && message.Equals(MessageOf(sent.From, sent.To, number, PayloadOf(number, sent.Bytes))))
            {
                _arrived[number] = true;
            }
            else
            {
                _wrong ??= $"{message} has arrived at {server}, but was not sent";
            }
        }

        private static AppendEntries MessageOf(ServerId from, ServerId to, long number, byte[] payload) => new(
            from,
            to,
            new Term(7),
            new LogIndex(number),
            new Term(7),
            EntryList.Of(new LogEntry(new Term(7), Command.Of(payload))),
            LogIndex.Zero);
    }
}
