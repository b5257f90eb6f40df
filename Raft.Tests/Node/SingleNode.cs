using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using Raft.Impl.Transport;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Node;

/// <summary>One node in real time, and what tests do with it.</summary>
internal static class SingleNode
{
    public static readonly TimeSpan Never = TimeSpan.FromDays(1);

    /// <summary>A node that is alone and leads soon.</summary>
    public static RaftNodeOptions Alone => new()
    {
        Id = S1,
        Members = [S1],
        Protocol = ProtocolOptions.Figure2,
        HeartbeatInterval = TimeSpan.FromMilliseconds(20),
        MinElectionTimeout = TimeSpan.FromMilliseconds(30),
        MaxElectionTimeout = TimeSpan.FromMilliseconds(60),
    };

    /// <summary>A node of three that does nothing of its own accord.</summary>
    public static RaftNodeOptions Passive => new()
    {
        Id = S1,
        Members = [S1, S2, S3],
        Protocol = ProtocolOptions.Figure2,
        MinElectionTimeout = Never,
        MaxElectionTimeout = Never * 2,
    };

    public static RaftNodeDependencies Dependencies(
        IRaftStorage? storage = null, IRaftTransport? transport = null, IRaftObserver? observer = null) => new()
        {
            Storage = storage ?? new InMemoryStorage(),
            Transport = transport ?? new InMemoryTransport(),
            TimeProvider = TimeProvider.System,
            Random = new Random(1),
            Observer = observer,
        };

    public static async Task<RaftNode> LeadingAsync(
        IRaftStorage? storage = null, IRaftObserver? observer = null, ProtocolOptions? protocol = null)
    {
        var options = Alone with { Protocol = protocol ?? ProtocolOptions.Figure2 };
        var node = await RaftNode.StartAsync(options, Dependencies(storage, observer: observer));
        await Eventually.Holds(() => node.Status.IsLeader, "the node leads");
        return node;
    }

    public static async Task ProposeAsync(RaftNode leader, int commands)
    {
        for (var i = 0; i < commands; i++)
        {
            Assert.True((await Eventually.Ends(leader.ProposeAsync(Command.FromText($"x{i}")))).IsLeader);
        }
    }

    public static Task CommittedAsync(RaftNode node, long index) =>
        Eventually.Holds(() => node.Status.CommitIndex >= new LogIndex(index), $"entry {index} is committed");

    public static Task<ApplyMessage> NextAsync(RaftNode node) => Eventually.Ends(node.Committed.ReadAsync().AsTask());

    public static async Task<List<long>> IndexesAsync(RaftNode node, int count)
    {
        var indexes = new List<long>();
        while (indexes.Count < count)
        {
            indexes.Add((await NextAsync(node)).Index.Value);
        }

        return indexes;
    }

    public static RequestVote AskForVote(ServerId candidate, long term) => new(candidate, S1, new Term(term), LogIndex.Zero, Term.Zero);

    public static AppendEntries Append(long term, long prev, long prevTerm, long commit, params long[] terms) =>
        new(S2, S1, new Term(term), new LogIndex(prev), new Term(prevTerm), Entries(prev + 1, terms), new LogIndex(commit));

    /// <summary>
    /// Completes once everything is handled that the node's own parts posted before: what messages did waits for <see
    /// cref="RecordingTransport.HandledAsync"/>.
    /// </summary>
    public static async Task HandledAsync(RaftNode node) => await Eventually.Ends(node.ProposeAsync(Command.FromText("any")));

    /// <summary>A storage that holds what these writes left.</summary>
    public static async Task<InMemoryStorage> StoredAsync(params RaftWrite[] writes)
    {
        var storage = new InMemoryStorage();
        await storage.OpenAsync();
        foreach (var write in writes)
        {
            await storage.WriteAsync(write);
        }

        await storage.CloseAsync();
        return storage;
    }
}
