using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Transport;
using Raft.Verification.Cluster;

namespace Raft.Verification.Labs;

/// <summary>
/// The labs' network (labrpc): each server has an end towards each other server, which can be disabled. Calls can be lost, delayed and
/// reordered, and are counted. Thread-safe.
/// </summary>
/// <remarks>
/// labrpc has calls, each with one reply; nodes of Raft.Impl send one-way messages. A request begins a call. The next reply of its kind
/// back to the caller answers the oldest open call. A failed call is not reported, because nothing waits for it. Beyond Figure 2: a server
/// need not answer a <see cref="PreVote"/> or a <see cref="ReadIndexRequest"/>, so each ends the open calls of its kind from the same
/// caller. A <see cref="TimeoutNow"/> is a call whose reply is empty: it ends when it arrives.
/// </remarks>
/// <param name="world">The source of time and randomness.</param>
public sealed class LabNetwork(IWorld world)
{
    private readonly object _gate = new();
    private readonly Ends?[] _servers = new Ends?[world.Servers.Count];
    private bool _isReliable = true;
    private bool _reordersReplies;
    private long _calls;
    private long _bytes;
    private int _open;
    private long _messages;

    /// <summary>
    /// Whether requests arrive at once and nothing is lost. Otherwise a request takes up to 26 ms, and one request and one reply in ten are
    /// lost.
    /// </summary>
    public bool IsReliable
    {
        get => Volatile.Read(ref _isReliable);
        set => Volatile.Write(ref _isReliable, value);
    }

    /// <summary>Whether two replies in three are held back for 200 to 2,199 ms: the labs' long reordering.</summary>
    public bool ReordersReplies
    {
        get => Volatile.Read(ref _reordersReplies);
        set => Volatile.Write(ref _reordersReplies, value);
    }

    /// <summary>How many calls were begun, including those that failed.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>The bytes of all requests, and of the replies that arrived.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>How many calls have not ended yet, with or without a reply.</summary>
    public int OpenCalls => Volatile.Read(ref _open);

    /// <summary>
    /// Adds an incarnation of a server, with new ends, all disabled. Messages to an earlier incarnation never reach this one.
    /// </summary>
    /// <returns>Its ends.</returns>
    public IRaftTransport Add(ServerId server)
    {
        lock (_gate)
        {
            Delete(server);
            var ends = new Ends(this, server, _servers.Length);
            _servers[Position(server)] = ends;
            return ends;
        }
    }

    /// <summary>Deletes a server: no message reaches it any more, and no call to it, even one that it has handled, gets a reply.</summary>
    public void Delete(ServerId server)
    {
        lock (_gate)
        {
            if (_servers[Position(server)] is { } ends)
            {
                _servers[Position(server)] = null;
                ends.Handling.ForEach(End);

                ends.Handling.Clear();
            }
        }
    }

    /// <summary>Enables or disables the end of one server towards another.</summary>
    public void Enable(ServerId from, ServerId to, bool enabled)
    {
        lock (_gate)
        {
            if (_servers[Position(from)] is { } ends)
            {
                ends.Enabled[Position(to)] = enabled;
            }
        }
    }

    /// <summary>How many requests this incarnation of a server received; zero while it is deleted.</summary>
    public long CallsTo(ServerId server)
    {
        lock (_gate)
        {
            return _servers[Position(server)]?.Received ?? 0;
        }
    }

    private static int Position(ServerId server) => server.Value - 1;

    private bool Is(Ends ends) => _servers[Position(ends.Server)] == ends;

    // The flags at the beginning of a call hold for the whole call.
    private void Begin(Ends from, Message request)
    {
        var bytes = MessageCodec.Encode(request);
        lock (_gate)
        {
            _calls++;
            _bytes += bytes.Length;
            _open++;
            var target = Is(from) && from.Enabled[Position(request.To)] ? _servers[Position(request.To)] : null;
            var call = new Call(from, request, ++_messages, IsReliable, ReordersReplies);
            world.Note(TraceEventKind.Sent, request, call.Number);
            if (target is null)
            {
                world.Note(TraceEventKind.Lost, request, call.Number);

                // A failing call takes long, which exposes leaders that make one call at a time.
                world.After(TimeSpan.FromMilliseconds(world.Random.Next(7000)), () => End(call));
                return;
            }

            var delay = call.IsReliable ? 0 : world.Random.Next(27);
            var lost = !call.IsReliable && world.Random.Next(1000) < 100;
            world.After(TimeSpan.FromMilliseconds(delay), () =>
            {
                if (lost)
                {
                    Lose(call);
                }
                else
                {
                    Arrive(call, target, bytes);
                }
            });
        }
    }

    private void Arrive(Call call, Ends target, byte[] bytes)
    {
        lock (_gate)
        {
            if (!Is(target))
            {
                Lose(call);
                return;
            }

            world.Note(TraceEventKind.Arrived, call.Request, call.Number);

            target.Received++;
            if (call.Request is TimeoutNow)
            {
                End(call);
            }
            else
            {
                Supersede(target, call.Request);
                target.Handling.Add(call);
            }
        }

        target.Receive(MessageCodec.Decode(bytes));
    }

    private void Answer(Ends from, Message reply)
    {
        var bytes = MessageCodec.Encode(reply);
        lock (_gate)
        {
            if (!Is(from))
            {
                return;
            }

            var index = from.Handling.FindIndex(one => one.Request.From == reply.To && IsAnswer(one.Request, reply));
            if (index < 0 && reply is not (PreVoteReply or ReadIndexReply))
            {
                throw new InvalidOperationException($"{reply} answers no call: every request is answered once.");
            }

            var number = ++_messages;
            world.Note(TraceEventKind.Sent, reply, number);
            if (index < 0)
            {
                // A later request has ended its call.
                world.Note(TraceEventKind.Lost, reply, number);
                return;
            }

            var call = from.Handling[index];
            from.Handling.RemoveAt(index);
            var isOpen = Is(call.From) && call.From.Enabled[Position(from.Server)];
            if (!isOpen || (!call.IsReliable && world.Random.Next(1000) < 100))
            {
                world.Note(TraceEventKind.Lost, reply, number);
                End(call);
                return;
            }

            var delay = call.ReordersReply && world.Random.Next(900) < 600 ? 200 + world.Random.Next(1 + world.Random.Next(2000)) : 0;
            world.After(TimeSpan.FromMilliseconds(delay), () =>
            {
                lock (_gate)
                {
                    _bytes += bytes.Length;
                    world.Note(TraceEventKind.Arrived, reply, number);
                    End(call);
                }

                call.From.Receive(MessageCodec.Decode(bytes));
            });
        }
    }

    // What was not answered before the next request of its kind never will be.
    private void Supersede(Ends target, Message request)
    {
        if (request is PreVote or ReadIndexRequest)
        {
            var earlier = target.Handling.FindAll(one => one.Request.From == request.From && one.Request.GetType() == request.GetType());
            earlier.ForEach(End);
            target.Handling.RemoveAll(earlier.Contains);
        }
    }

    private void Lose(Call call)
    {
        world.Note(TraceEventKind.Lost, call.Request, call.Number);
        End(call);
    }

    private void End(Call call)
    {
        lock (_gate)
        {
            if (!call.HasEnded)
            {
                call.HasEnded = true;
                _open--;
            }
        }
    }

    private static bool IsRequest(Message message) =>
        message is RequestVote or AppendEntries or InstallSnapshot or PreVote or TimeoutNow or ReadIndexRequest;

    private static bool IsAnswer(Message request, Message reply) => (request, reply) switch
    {
        (RequestVote, RequestVoteReply) or (AppendEntries, AppendEntriesReply) or (InstallSnapshot, InstallSnapshotReply)
            or (PreVote, PreVoteReply) => true,
        (ReadIndexRequest asked, ReadIndexReply answer) => asked.Id == answer.Id,
        _ => false,
    };

    private sealed class Call(Ends from, Message request, long number, bool isReliable, bool reordersReply)
    {
        public Ends From => from;

        public Message Request => request;

        public long Number => number;

        public bool IsReliable => isReliable;

        public bool ReordersReply => reordersReply;

        public bool HasEnded { get; set; }
    }

    /// <summary>The ends of one incarnation of a server, and its open incoming calls.</summary>
    private sealed class Ends(LabNetwork network, ServerId server, int servers) : IRaftTransport
    {
        private volatile Action<Message>? _receive;

        public ServerId Server => server;

        public bool[] Enabled { get; } = new bool[servers];

        // The calls that it has received and not answered, oldest first.
        public List<Call> Handling { get; } = [];

        public long Received { get; set; }

        public void Send(Message message)
        {
            if (IsRequest(message))
            {
                network.Begin(this, message);
            }
            else
            {
                network.Answer(this, message);
            }
        }

        public IDisposable Listen(ServerId id, Action<Message> receive)
        {
            _receive = receive;
            return new Listener(this);
        }

        public void Receive(Message message) => _receive?.Invoke(message);

        private sealed class Listener(Ends ends) : IDisposable
        {
            public void Dispose() => ends._receive = null;
        }
    }
}
