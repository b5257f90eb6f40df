using System.Collections.Concurrent;
using System.Diagnostics;
using Raft.Impl.Core;
using Raft.Impl.Transport;

namespace Raft.Verification.Parts;

/// <summary>
/// Checks that any <see cref="IRaftTransport"/> must pass, in real time: its contract, many senders, large messages, restarts, receivers
/// that are unknown, unreachable or slow, and links that are cut, half open or slow. They need no test framework. In xunit,
/// <see cref="Names"/> is the data of a theory that calls <see cref="RunAsync"/>. A check that needs a fault of a link, which the test
/// cannot cause, does not pass: it ends with a <see cref="TransportKitLeftOutException"/>, which the test must expect.
/// </summary>
public static partial class TransportKit
{
    /// <summary>The longest a message may take on a network without faults.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    // Long enough for a message that should not arrive.
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(100);

    private static readonly Dictionary<string, Func<ITransportUnderTest, Task>> _checks = new(StringComparer.Ordinal)
    {
        ["a message of each kind arrives as it was sent"] = EachKindAsync,
        ["a message arrives at the server that it is for, and at no other"] = ReceiverAsync,
        ["a message of a megabyte arrives as it was sent"] = LargeAsync,
        ["a second listener is refused until the first stops"] = SecondListenerAsync,
        ["nothing arrives at a server that has stopped listening"] = StoppedAsync,
        ["a message to an unknown server, or to one that does not listen, is lost without an error"] = UnreachableAsync,
        ["the messages of many threads all arrive"] = ConcurrentAsync,
        ["a server that is started again is reached again"] = RestartAsync,
        ["sending does not wait for a slow receiver, and nothing is kept for it without bound"] = SlowReceiverAsync,
        ["a link that was cut carries messages again, in both directions"] = CutAsync,
        ["while a link is cut, sending does not wait, and the other servers are reached"] = CutElsewhereAsync,
        ["nothing is kept without bound for a server whose link is cut"] = CutBoundAsync,
        ["a half-open link holds up neither the sender nor other links, and carries messages again"] = HalfOpenAsync,
        ["what arrives over a slow link is what was sent"] = SlowLinkAsync,
    };

    /// <summary>The names of the checks.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. _checks.Keys];

    /// <summary>Runs a check.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="subject">A network on which no server listens. Each check needs a new one.</param>
    /// <exception cref="TransportKitException">The transport does not pass.</exception>
    /// <exception cref="TransportKitLeftOutException">
    /// The check needs a fault that <see cref="ITransportUnderTest.BeginFault"/> cannot cause.
    /// </exception>
    public static Task RunAsync(string name, ITransportUnderTest subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return _checks[name](subject);
    }

    private static async Task EachKindAsync(ITransportUnderTest subject)
    {
        using var ends = await Ends.ConnectedAsync(subject);
        var (from, to) = (ends.First, ends.Second);
        var (term, index) = (new Term(7), new LogIndex(12));
        Message[] messages =
        [
            new RequestVote(from, to, term, index, term, IsTransfer: true),
            new RequestVoteReply(from, to, term, VoteGranted: true),
            new AppendEntries(from, to, term, index, term, Entries(term, 3, 5), index, Round: 3),
            new AppendEntriesReply(from, to, term, Success: false, index, index, new Term(3), Round: 3),
            new InstallSnapshot(from, to, term, index, term, Offset: 5, SnapshotData.FromText("state"), Done: true, Round: 4),
            new InstallSnapshot(from, to, term, index, term, Offset: 5, default, Done: false, Round: 4),
            new InstallSnapshotReply(from, to, term, index, Missing: 5, Round: 4),
            new PreVote(from, to, term, index, term),
            new PreVoteReply(from, to, term, VoteGranted: true),
            new TimeoutNow(from, to, term),
            new ReadIndexRequest(from, to, term, Id: 9),
            new ReadIndexReply(from, to, term, Id: 9, index),
        ];
        foreach (var message in messages)
        {
            ends.Sender.Send(message);
        }

        await ends.ArriveAsync(messages);
    }

    private static async Task ReceiverAsync(ITransportUnderTest subject)
    {
        using var ends = await Ends.ConnectedAsync(subject);
        var others = new ConcurrentQueue<Message>();
        using var third = subject.Create(subject.Servers[2]).Listen(subject.Servers[2], others.Enqueue);
        var message = new TimeoutNow(ends.First, ends.Second, new Term(7));
        ends.Sender.Send(message);
        await ends.ArriveAsync(message);
        await Task.Delay(_moment);
        Require(others.IsEmpty, $"a message for {ends.Second} arrived at {subject.Servers[2]}");
    }

    private static async Task LargeAsync(ITransportUnderTest subject)
    {
        using var ends = await Ends.ConnectedAsync(subject);
        var (from, to, term, index) = (ends.First, ends.Second, new Term(7), new LogIndex(12));
        var bytes = PayloadOf(0, 1 << 20);
        Message[] messages =
        [
            new AppendEntries(from, to, term, index, term, EntryList.Of(new LogEntry(term, new Command(bytes))), index),
            new AppendEntries(from, to, term, index, term, Entries(term, 1024, 1000), index),
            new InstallSnapshot(from, to, term, index, term, Offset: 0, new SnapshotData(bytes), Done: true),
        ];
        foreach (var message in messages)
        {
            ends.Sender.Send(message);
        }

        await ends.ArriveAsync(messages);
    }

    private static async Task SecondListenerAsync(ITransportUnderTest subject)
    {
        using var ends = await Ends.ConnectedAsync(subject);
        try
        {
            ends.Receiver.Listen(ends.Second, _ => { }).Dispose();
            Require(false, "two listen under one name");
        }
        catch (InvalidOperationException)
        {
            // As it must.
        }

        var message = new TimeoutNow(ends.First, ends.Second, new Term(7));
        ends.Sender.Send(message);
        await ends.ArriveAsync(message);
        ends.StopReceiver();
        ends.StopReceiver();
        using var next = ends.Receiver.Listen(ends.Second, ends.Received.Enqueue);
        await ends.AwaitConnectionAsync();
    }

    private static async Task StoppedAsync(ITransportUnderTest subject)
    {
        using var ends = await Ends.ConnectedAsync(subject);
        ends.StopReceiver();
        await Task.Delay(_moment);
        ends.Received.Clear();
        for (var i = 0; i < 10; i++)
        {
            ends.Sender.Send(new TimeoutNow(ends.First, ends.Second, new Term(7)));
        }

        await Task.Delay(_moment);
        Require(ends.Received.IsEmpty, $"{ends.Second} has stopped listening, but a message arrived");
    }

    private static async Task UnreachableAsync(ITransportUnderTest subject)
    {
        using var ends = await Ends.ConnectedAsync(subject);
        for (var i = 0; i < 10; i++)
        {
            ends.Sender.Send(new TimeoutNow(ends.First, subject.Servers[2], new Term(7)));
            ends.Sender.Send(new TimeoutNow(ends.First, new ServerId(int.MaxValue), new Term(7)));
        }

        var message = new TimeoutNow(ends.First, ends.Second, new Term(8));
        ends.Sender.Send(message);
        await ends.ArriveAsync(message);
    }

    private static async Task ConcurrentAsync(ITransportUnderTest subject)
    {
        using var ends = await Ends.ConnectedAsync(subject);
        const int threads = 8;
        const int each = 100;
        await Task.WhenAll([.. Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
            {
                ends.Sender.Send(MessageOf(ends, (thread * each) + i, 100));
            }
        }))]);
        await ends.ArriveAsync([.. Enumerable.Range(0, threads * each).Select(number => MessageOf(ends, number, 100))]);
    }

    private static async Task RestartAsync(ITransportUnderTest subject)
    {
        using var ends = await Ends.ConnectedAsync(subject);
        for (var restart = 0; restart < 3; restart++)
        {
            ends.StopReceiver();
            await Task.Delay(_moment);
            ends.StartReceiver();
            await ends.AwaitConnectionAsync();
        }
    }

    // The receiver takes nothing until the sender is done. What waits meanwhile has a bound, so some of it is lost.
    private static async Task SlowReceiverAsync(ITransportUnderTest subject)
    {
        using var ends = await Ends.ConnectedAsync(subject);
        if (subject.MaxWaitingBytes is not { } bound)
        {
            // Nothing may wait: the message has arrived when the call of Send returns.
            var only = MessageOf(ends, 1, 100);
            ends.Sender.Send(only);
            Require(
                ends.Received.Contains(only),
                $"{nameof(ITransportUnderTest.MaxWaitingBytes)} is null, but a message was not received within "
                + $"{nameof(IRaftTransport.Send)}");
            return;
        }

        using var resume = new ManualResetEventSlim();
        ends.Receive = message =>
        {
            resume.Wait(_patience);
            ends.Received.Enqueue(message);
        };
        var message = MessageOf(ends, 1, 100_000);
        var count = (int)(3 * bound / message.Size);
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            ends.Sender.Send(message);
        }

        var took = Stopwatch.GetElapsedTime(begun);
        resume.Set();
        Require(took < _patience / 2, $"sending {count} messages to a receiver that takes none took {took.TotalSeconds:0.0} s");
        await ends.AwaitConnectionAsync();
        var arrived = ends.Received.Count(one => one.Equals(message));
        Require(arrived < count, $"all {count} messages were kept for a receiver that took none, {3 * bound} bytes");
    }

    private static AppendEntries MessageOf(Ends ends, int number, int bytes) =>
        new(ends.First, ends.Second, new Term(7), new LogIndex(number), new Term(7), Entries(new Term(7), 1, bytes), LogIndex.Zero);

    private static EntryList Entries(Term term, int count, int bytes) =>
        EntryList.Of([.. Enumerable.Range(0, count).Select(i => new LogEntry(term, Command.FromText($"{i}".PadRight(bytes, '.'))))]);

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new TransportKitException(otherwise);
        }
    }

    // A server that sends to another.
    private sealed class Ends : IDisposable
    {
        private static readonly Term _ofProbes = new(1);
        private readonly ITransportUnderTest _subject;
        private readonly IDisposable _sending;
        private IDisposable _receiving;
        private long _probes;

        private Ends(ITransportUnderTest subject)
        {
            _subject = subject;
            (First, Second) = (subject.Servers[0], subject.Servers[1]);
            (Sender, Receiver) = (subject.Create(First), subject.Create(Second));
            Receive = Received.Enqueue;
            _sending = Sender.Listen(First, static _ => { });
            _receiving = Receiver.Listen(Second, message => Receive(message));
        }

        public ServerId First { get; }

        public ServerId Second { get; }

        public IRaftTransport Sender { get; }

        public IRaftTransport Receiver { get; private set; }

        public Action<Message> Receive { get; set; }

        public ConcurrentQueue<Message> Received { get; } = [];

        public static async Task<Ends> ConnectedAsync(ITransportUnderTest subject)
        {
            var ends = new Ends(subject);
            await ends.AwaitConnectionAsync();
            return ends;
        }

        public void StopReceiver() => _receiving.Dispose();

        public void StartReceiver()
        {
            Receiver = _subject.Create(Second);
            _receiving = Receiver.Listen(Second, message => Receive(message));
        }

        // Sends messages until one arrives that was sent from now on.
        public async Task AwaitConnectionAsync()
        {
            var first = _probes + 1;
            await UntilAsync(
                () =>
                {
                    Sender.Send(new ReadIndexRequest(First, Second, _ofProbes, ++_probes));
                    return Received.Any(message => message is ReadIndexRequest { Id: var id } && id >= first && message.Term == _ofProbes);
                },
                () => $"no message of {First} arrives at {Second}");
        }

        // Each message has arrived as often as it was sent, and no other.
        public async Task ArriveAsync(params Message[] messages)
        {
            Message[] Arrived() => [.. Received.Where(message => message.Term != _ofProbes)];
            await UntilAsync(
                () => Arrived().Length >= messages.Length, () => $"of {messages.Length} messages, {Arrived().Length} have arrived");
            var left = Arrived().ToList();
            foreach (var message in messages)
            {
                Require(left.Remove(message), $"{message} has not arrived as it was sent");
            }

            Require(left.Count == 0, $"{(left.Count > 0 ? left[0] : null)} has arrived, but was not sent");
        }

        public void Dispose()
        {
            _sending.Dispose();
            _receiving.Dispose();
        }

        private static async Task UntilAsync(Func<bool> condition, Func<string> otherwise)
        {
            var begun = Stopwatch.GetTimestamp();
            while (!condition())
            {
                Require(Stopwatch.GetElapsedTime(begun) < _patience, $"{otherwise()} after {_patience.TotalSeconds:0} s");
                await Task.Delay(TimeSpan.FromMilliseconds(5));
            }
        }
    }
}
