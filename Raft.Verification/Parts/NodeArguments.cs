using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using Raft.Impl.Transport;
using Raft.Verification.Cluster;
using static Raft.Verification.Specifications.PropertyFailure;

namespace Raft.Verification.Parts;

/// <summary>Arguments of nodes, cores and storages: values at the boundary must be accepted, those just beyond refused.</summary>
internal static class NodeArguments
{
    private const string _property = "Arguments";
    private const int _states = 8;
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromDays(10);

    private static readonly (string What, Func<RaftNodeOptions, RaftNodeOptions> Change)[] _good =
    [
        ("the shortest heartbeat interval", options => options with { HeartbeatInterval = _shortest }),
        (
            "the shortest election timeout",
            options => options with { HeartbeatInterval = _shortest, MinElectionTimeout = _shortest + _tick }),
        ("election timeouts that are almost equal", options => options with { MaxElectionTimeout = options.MinElectionTimeout + _tick }),
        ("the longest election timeout", options => options with { MinElectionTimeout = _longest - _tick, MaxElectionTimeout = _longest }),
        ("the shortest stop timeout", options => options with { StopTimeout = _shortest }),
        ("the longest stop timeout", options => options with { StopTimeout = _longest }),
        ("an inbox of one byte", options => options with { MaxInboxBytes = 1 }),
        (
            "the smallest limits",
            options => options with
            {
                Core = new CoreOptions
                {
                    MaxEntriesPerMessage = 1,
                    MaxMessageBytes = 1,
                    MaxInflightMessages = 1,
                    MaxInflightBytes = 1,
                    MaxUncommittedBytes = 1,
                },
            }),
        (
            "the most entries a message",
            options => options with { Core = new CoreOptions { MaxEntriesPerMessage = CoreOptions.MostEntriesPerMessage } }),
        ("members in another order", options => options with { Members = [.. options.Members.Reverse()] }),
    ];

    private static readonly (string What, Func<RaftNodeOptions, RaftNodeOptions> Change)[] _bad =
    [
        ("a heartbeat interval that is too short", options => options with { HeartbeatInterval = _shortest - _tick }),
        (
            "a heartbeat interval that is too long",
            options => options with
            {
                HeartbeatInterval = _longest + _tick,
                MinElectionTimeout = _longest + 2 * _tick,
                MaxElectionTimeout = _longest + 3 * _tick,
            }),
        ("an election timeout that is too long", options => options with { MaxElectionTimeout = _longest + _tick }),
        (
            "election timeouts that are both too long",
            options => options with { MinElectionTimeout = _longest + _tick, MaxElectionTimeout = _longest + 2 * _tick }),
        ("a stop timeout that is too short", options => options with { StopTimeout = _shortest - _tick }),
        ("a stop timeout that is too long", options => options with { StopTimeout = _longest + _tick }),
        (
            "an election timeout as long as the heartbeat interval",
            options => options with { MinElectionTimeout = options.HeartbeatInterval }),
        ("equal election timeouts", options => options with { MaxElectionTimeout = options.MinElectionTimeout }),
        ("an inbox without room", options => options with { MaxInboxBytes = 0 }),
        ("no members", options => options with { Members = [] }),
        ("a member twice", options => options with { Members = [.. options.Members, options.Members[1]] }),
        ("members without itself", options => options with { Members = [new ServerId(7), new ServerId(8)] }),
    ];

    private static readonly (string What, Func<LoneNode, Task> Start)[] _missing =
    [
        ("no options", node => RaftNode.StartAsync(null!, node.Dependencies)),
        ("no dependencies", node => RaftNode.StartAsync(node.Options, null!)),
        ("options without members", node => RaftNode.StartAsync(node.Options with { Members = null! }, node.Dependencies)),
        ("options without limits", node => RaftNode.StartAsync(node.Options with { Core = null! }, node.Dependencies)),
        ("dependencies without storage", node => RaftNode.StartAsync(node.Options, node.Dependencies with { Storage = null! })),
        ("dependencies without transport", node => RaftNode.StartAsync(node.Options, node.Dependencies with { Transport = null! })),
        ("dependencies without a clock", node => RaftNode.StartAsync(node.Options, node.Dependencies with { TimeProvider = null! })),
        ("dependencies without randomness", node => RaftNode.StartAsync(node.Options, node.Dependencies with { Random = null! })),
        ("dependencies without a logger", node => RaftNode.StartAsync(node.Options, node.Dependencies with { Logger = null! })),
        ("a core without members", _ => Call(() => new RaftCore(new ServerId(1), null!, DurableState.Initial))),
        ("a core without a stored state", _ => Call(() => new RaftCore(new ServerId(1), [new ServerId(1)], null!))),
        ("a step without an input", _ => Call(() => new RaftCore(new ServerId(1), [new ServerId(1)], DurableState.Initial).Step(null!))),
        (
            "no message that may be stale",
            _ => Call(() => new RaftCore(new ServerId(1), [new ServerId(1)], DurableState.Initial).IsStale(null!))),
        ("a storage with latency and without a clock", _ => Call(() => new InMemoryStorage(null, _tick))),
        ("no write to a storage", _ => Call(() => new InMemoryStorage().WriteAsync(null!))),
        ("no write to an image", _ => Call(() => Applied(null!))),
        ("no state to encode", _ => Call(() => DurableStateCodec.Encode(null!))),
        ("no message to encode", _ => Call(() => MessageCodec.Encode(null!))),
        ("a command of no text", _ => Call(() => Command.FromText(null!))),
    ];

    private static readonly (string What, Func<CoreOptions> Make)[] _limits =
    [
        ("no entries a message", () => new CoreOptions { MaxEntriesPerMessage = 0 }),
        ("too many entries a message", () => new CoreOptions { MaxEntriesPerMessage = CoreOptions.MostEntriesPerMessage + 1 }),
        ("no bytes a message", () => new CoreOptions { MaxMessageBytes = 0 }),
        ("no message in flight", () => new CoreOptions { MaxInflightMessages = 0 }),
        ("no bytes in flight", () => new CoreOptions { MaxInflightBytes = 0 }),
        ("no bytes that are not committed", () => new CoreOptions { MaxUncommittedBytes = 0 }),
    ];

    /// <summary>Tries all arguments of one kind. A start that fails must release everything.</summary>
    public static async Task RefusalsAsync(ICluster cluster, Numbers numbers)
    {
        switch (numbers.Next(5))
        {
            case 0:
                foreach (var (what, change) in _good)
                {
                    var node = new LoneNode(cluster);
                    node.Options = change(node.Options);
                    var start = node.StartAsync();
                    await node.RunAsync();
                    Unless(
                        start.IsCompletedSuccessfully,
                        _property,
                        $"Given {what}: {start.Exception?.InnerException?.Message ?? start.Status.ToString()}");
                    await node.Node.DisposeAsync();
                }

                break;
            case 1:
                foreach (var (what, change) in _bad)
                {
                    var node = new LoneNode(cluster);
                    await RefuseAsync<ArgumentException>(node, RaftNode.StartAsync(change(node.Options), node.Dependencies), what);
                }

                break;
            case 2:
                foreach (var (what, start) in _missing)
                {
                    var node = new LoneNode(cluster);
                    await RefuseAsync<ArgumentNullException>(node, start(node), what);
                }

                break;
            case 3:
                foreach (var (what, make) in _limits)
                {
                    await RefuseAsync<ArgumentOutOfRangeException>(new LoneNode(cluster), Call(make), what);
                }

                break;
            default:
                for (var i = 0; i < _states; i++)
                {
                    await StoredAsync(new LoneNode(cluster), numbers);
                }

                break;
        }
    }

    // A stored state at the boundary of what can have been stored, or beyond.
    private static async Task StoredAsync(LoneNode node, Numbers numbers)
    {
        var (snapshotIndex, snapshotTerm) = numbers.OneOf(
            (0L, 0L),
            (3, 2),
            (0, 1),
            (3, 0),
            (-1, 1),
            (3, -1),
            (LogIndex.MaxValue, 1),
            (LogIndex.MaxValue - 1, 1),
            (LogIndex.MaxValue + 1, 1));
        long[] terms = numbers.OneOf<long[]>([], [2], [2, 4], [4, 2], [0], [1], [Term.MaxValue], [Term.MaxValue + 1], [-1]);
        var term = numbers.OneOf(0, 1, 2, 4, Term.MaxValue, Term.MaxValue + 1, -1);
        var vote = numbers.OneOf<ServerId?>(null, node.Members[1], new ServerId(99));
        var snapshot = new Snapshot(new LogIndex(snapshotIndex), new Term(snapshotTerm), default);
        var entries = EntryList.Of([.. terms.Select(one => new LogEntry(new Term(one), default))]);
        node.Stored = new DurableState(new Term(term), vote, snapshot, entries);
        var what = $"a stored state of {Fields.TextOf(node.Stored)}";
        if (!MessageRules.CanBeStored(node.Stored, node.Members))
        {
            await RefuseAsync<InvalidDataException>(node, RaftNode.StartAsync(node.Options, node.Dependencies), what);
            return;
        }

        await node.StartAsync();
        Unless(
            node.Core.CurrentTerm.Value == term && node.Core.VotedFor == vote
                && node.Core.Log.LastIndex.Value == snapshotIndex + terms.Length
                && node.Core.CommitIndex.Value == snapshotIndex && node.Core is { Role: Role.Follower, Leader: null },
            "Persistence",
            $"A node starts with {what}, but is in term {node.Core.CurrentTerm}, its vote {node.Core.VotedFor}, its log up to "
                + $"{node.Core.Log.LastIndex}.");
        Unless(
            snapshotIndex == 0
                ? !node.Node.Committed.TryRead(out _)
                : node.TakeCommitted() is [{ Snapshot.LastIndex.Value: var index }] && index == snapshotIndex,
            "StateMachineSafety",
            $"A node starts with {what}, but its service does not get the snapshot, or something else.");
        await node.Node.DisposeAsync();
    }

    private static async Task RefuseAsync<T>(LoneNode node, Task call, string what)
        where T : Exception
    {
        await node.RunAsync();
        Unless(
            call.Exception?.InnerException?.GetType() == typeof(T),
            _property,
            $"Given {what}: expected {typeof(T).Name}, got {call.Exception?.InnerException?.GetType().Name ?? call.Status.ToString()}.");
        Unless(
            !node.IsOpen && !node.Listens && node.Clock.Due.Length == 0,
            "Lifetime",
            $"Given {what}: a start that failed left its storage open, a listener or a timer.");
    }

    private static StorageImage Applied(RaftWrite write)
    {
        var image = new StorageImage();
        image.Apply(write);
        return image;
    }

    private static Task Call(Func<object> call) => FailureOf(call) is { } failure ? Task.FromException(failure) : Task.CompletedTask;
}
