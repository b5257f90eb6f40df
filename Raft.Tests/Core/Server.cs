using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Tests.Core;

/// <summary>
/// Server S1 of a cluster, brought into a state by real inputs. Its disk takes every write at once in the order given, but the server
/// learns that they are durable only from <see cref="WritesComplete"/>. The others are played by the test.
/// </summary>
internal sealed class Server
{
    public static readonly ServerId S1 = new(1);
    public static readonly ServerId S2 = new(2);
    public static readonly ServerId S3 = new(3);
    public static readonly ServerId S4 = new(4);
    public static readonly ServerId S5 = new(5);

    private long _lastWrite;
    private long _lastDurable;

    private Server(RaftCore core) => Core = core;

    public RaftCore Core { get; }

    /// <summary>What the disk holds once all writes are done.</summary>
    public StorageImage Disk { get; } = new();

    /// <summary>The terms of the entries that the log keeps: the numbers in the boxes of the paper's figures.</summary>
    public long[] Log => Terms(Core.Log.Entries);

    /// <summary>Everything that was given to the service.</summary>
    public List<ApplyMessage> Applied { get; } = [];

    /// <summary>A server that starts with this on its disk; the log is given by the terms of its entries.</summary>
    public static Server Started(
        int cluster = 3,
        long term = 0,
        ServerId? votedFor = null,
        long[]? log = null,
        Snapshot? snapshot = null,
        CoreOptions? options = null,
        ServerId? id = null)
    {
        var durable = new DurableState(
            new Term(term), votedFor, snapshot ?? Snapshot.None, Entries((snapshot?.LastIndex.Value ?? 0) + 1, log ?? []));
        var members = Enumerable.Range(1, cluster).Select(number => new ServerId(number));
        var server = new Server(new RaftCore(id ?? S1, members, durable, options));
        server.Disk.Apply(new RaftWrite(
            0, durable.Term, durable.VotedFor, snapshot, new LogSuffix(durable.Snapshot.LastIndex.Next, durable.Entries)));
        return server;
    }

    /// <summary>A candidate of a term, whose vote for itself is durable.</summary>
    public static Server Candidate(long term, int cluster = 3, long[]? log = null, CoreOptions? options = null, Snapshot? snapshot = null)
    {
        var server = Started(cluster, term - 1, log: log, options: options, snapshot: snapshot);
        server.TimeOut();
        server.WritesComplete();
        return server;
    }

    /// <summary>A leader of a term, that does not know yet where its followers stand.</summary>
    public static Server Leader(long term, int cluster = 3, long[]? log = null, CoreOptions? options = null, Snapshot? snapshot = null)
    {
        var server = Candidate(term, cluster, log, options, snapshot);
        for (var voter = 2; server.Core.Role != Role.Leader; voter++)
        {
            server.VoteReply(new ServerId(voter), term);
        }

        return server;
    }

    /// <summary>Entries of these terms from an index on. What an entry holds follows from where it stands and its term.</summary>
    public static EntryList Entries(long first, params long[] terms) =>
        EntryList.Of([.. terms.Select((term, i) => new LogEntry(new Term(term), Command.FromText($"{first + i}@{term}")))]);

    public static Snapshot SnapshotAt(long lastIndex, long lastTerm) =>
        new(new LogIndex(lastIndex), new Term(lastTerm), SnapshotData.FromText($"state at {lastIndex}"));

    public static long[] Terms(IEnumerable<LogEntry> entries) => [.. entries.Select(entry => entry.Term.Value)];

    public Output Step(Input input)
    {
        var output = Core.Step(input);
        Applied.AddRange(output.Apply);
        if (output.Write is { } write)
        {
            Assert.Equal(++_lastWrite, write.Sequence);
            Disk.Apply(write);
        }

        return output;
    }

    public Output Receive(Message message) => Step(new MessageReceived(message));

    public Output TimeOut() => Step(ElectionTimeout.Instance);

    public Output Beat() => Step(HeartbeatTimeout.Instance);

    public Output Propose(string command) => Step(new Propose(Command.FromText(command)));

    public Output ServiceIsReady() => Step(ReadyToApply.Instance);

    public Output Compact(long lastIndex) => Step(new Compact(new LogIndex(lastIndex), SnapshotAt(lastIndex, 0).Data));

    /// <summary>The server learns that a write is durable; without a number: all of them.</summary>
    public Output WritesComplete(long? sequence = null)
    {
        _lastDurable = Math.Max(_lastDurable, sequence ?? _lastWrite);
        return Step(new WriteDurable(_lastDurable));
    }

    public Output RequestVote(ServerId from, long term, long lastIndex = 0, long lastTerm = 0) =>
        Receive(new RequestVote(from, Core.Id, new Term(term), new LogIndex(lastIndex), new Term(lastTerm)));

    public Output VoteReply(ServerId from, long term, bool granted = true) =>
        Receive(new RequestVoteReply(from, Core.Id, new Term(term), granted));

    public Output AppendEntries(
        long term, long prev = 0, long prevTerm = 0, long[]? entries = null, long commit = 0, ServerId? from = null) =>
        Receive(new AppendEntries(
            from ?? S2, Core.Id, new Term(term), new LogIndex(prev), new Term(prevTerm), Entries(prev + 1, entries ?? []),
            new LogIndex(commit)));

    /// <summary>A follower's log agrees with that of this leader up to an index; without one: up to its end.</summary>
    public Output Agrees(ServerId from, long? upTo = null, long? term = null) =>
        Receive(new AppendEntriesReply(
            from, Core.Id, term is { } t ? new Term(t) : Core.CurrentTerm, Success: true,
            upTo is { } index ? new LogIndex(index) : Core.Log.LastIndex));

    /// <summary>A follower refuses what builds on an index, and says where it conflicts.</summary>
    public Output Refuses(ServerId from, long prev, long conflictIndex, long? conflictTerm = null, long? term = null) =>
        Receive(new AppendEntriesReply(
            from,
            Core.Id,
            term is { } t ? new Term(t) : Core.CurrentTerm,
            Success: false,
            new LogIndex(prev),
            new LogIndex(conflictIndex),
            conflictTerm is { } conflict ? new Term(conflict) : null));

    public Output InstallSnapshot(long term, long lastIndex, long lastTerm, ServerId? from = null) =>
        Receive(new InstallSnapshot(from ?? S2, Core.Id, new Term(term), SnapshotAt(lastIndex, lastTerm)));

    /// <summary>A chunk of a snapshot arrives.</summary>
    public Output Chunk(long term, long lastIndex, long lastTerm, long offset, string data, bool done, ServerId? from = null) =>
        Receive(new InstallSnapshot(
            from ?? S2, Core.Id, new Term(term), new LogIndex(lastIndex), new Term(lastTerm), offset, SnapshotData.FromText(data), done));
}

/// <summary>Reads what a server sends.</summary>
internal static class Sending
{
    /// <summary>The one message that is sent.</summary>
    public static T Only<T>(this Output output)
        where T : Message => Assert.IsType<T>(Assert.Single(output.Messages).Message);

    /// <summary>The one message that is sent to a server.</summary>
    public static T OnlyTo<T>(this Output output, ServerId server)
        where T : Message => Assert.IsType<T>(Assert.Single(output.Messages, sent => sent.Message.To == server).Message);

    /// <summary>The write that all messages wait for; zero: none.</summary>
    public static long After(this Output output) => Assert.Single(output.Messages.Select(sent => sent.After).Distinct());

    /// <summary>The snapshot that a message carries, all of it.</summary>
    public static Snapshot Whole(this InstallSnapshot message)
    {
        Assert.True(message is { Offset: 0, Done: true }, $"{message} is not whole");
        return new Snapshot(message.LastIndex, message.LastTerm, message.Data);
    }
}
