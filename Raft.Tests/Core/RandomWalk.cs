using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Tests.Core;

/// <summary>
/// A cluster that a seed leads through messages in any order, lost and repeated ones, elections, proposals, compactions, writes that take
/// their time, and crashes, within limits that it draws. After every step it asserts the properties of Figure 3 of the paper, and that what
/// the core keeps count of is what there is.
/// </summary>
internal sealed class RandomWalk
{
    private readonly Random _random;
    private readonly ServerId[] _members;
    private readonly Life[] _servers;
    private readonly List<Message> _network = [];
    private readonly Dictionary<Term, ServerId> _leaders = [];
    private readonly Dictionary<(LogIndex, Term), (Command Command, Term Previous)> _entries = [];
    private readonly Dictionary<LogIndex, LogEntry> _committed = [];
    private readonly Dictionary<LogIndex, SnapshotData> _states = new() { [LogIndex.Zero] = SnapshotData.FromText("") };
    private readonly CoreOptions _limits;
    private readonly long? _cacheBytes;
    private int _proposals;

    /// <summary>Starts a cluster.</summary>
    /// <param name="cluster">The number of servers.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="cacheBytes">How much of its log a server keeps in memory; null: all.</param>
    public RandomWalk(int cluster, int seed, long? cacheBytes = null)
    {
        _cacheBytes = cacheBytes;
        _random = new Random(seed);
        _members = [.. Enumerable.Range(1, cluster).Select(number => new ServerId(number))];
        _limits = new CoreOptions
        {
            MaxEntriesPerMessage = 1 + _random.Next(4),
            MaxMessageBytes = OneOf(8, 40, 100, 1 << 20),
            MaxInflightMessages = 1 + _random.Next(4),
            MaxInflightBytes = OneOf(1, 100, 1 << 20),
            MaxUncommittedBytes = OneOf(1, 200, 1 << 20),
        };
        _servers = [.. _members.Select(id => new Life(id, _members, new StorageImage(), _limits, cacheBytes))];
    }

    /// <summary>How many terms had a leader.</summary>
    public int Leaders => _leaders.Count;

    /// <summary>How many entries were committed.</summary>
    public int Committed => _committed.Count;

    /// <summary>How often entries were overwritten.</summary>
    public int Overwritings { get; private set; }

    /// <summary>How many snapshots of leaders moved a service forward.</summary>
    public int Installed { get; private set; }

    /// <summary>How many snapshots came in several chunks.</summary>
    public int InstalledInChunks { get; private set; }

    /// <summary>How many proposals found no room.</summary>
    public int RefusedForBacklog { get; private set; }

    /// <summary>How many restarts began with a snapshot.</summary>
    public int RestartsFromSnapshot { get; private set; }

    /// <summary>How many entries servers that are gone have read back.</summary>
    public int ReadBack { get; private set; }

    /// <summary>Is called with each core and its next input, before it takes it.</summary>
    public Action<RaftCore, Input>? Stepping { get; init; }

    /// <summary>Is called with each core, its input, and what it has put out.</summary>
    public Action<RaftCore, Input, Output>? Stepped { get; init; }

    public void Go(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            GoOn();
        }
    }

    private int OneOf(params ReadOnlySpan<int> values) => values[_random.Next(values.Length)];

    private void GoOn()
    {
        var at = _random.Next(_servers.Length);
        var server = _servers[at];
        switch (_random.Next(100))
        {
            case < 60 when _network.Count > 0:
                var next = _random.Next(_network.Count);
                var message = _network[next];
                if (_random.Next(10) > 0)
                {
                    _network.RemoveAt(next);
                }

                Step(_servers[Array.IndexOf(_members, message.To)], new MessageReceived(message));
                break;
            case < 63 when _network.Count > 0:
                _network.RemoveAt(_random.Next(_network.Count));
                break;
            case < 80 when server.InFlight.TryDequeue(out var write):
                server.Disk.Apply(write);
                server.Durable = write.Sequence;
                Step(server, new WriteDurable(write.Sequence));
                break;
            case < 85 when server.ServiceIsBusy:
                server.ServiceIsBusy = false;
                Step(server, ReadyToApply.Instance);
                break;
            case < 89:
                Step(server, HeartbeatTimeout.Instance);
                break;
            case < 95:
                Step(server, new Propose([.. Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => Command.FromText($"{++_proposals}"))]));
                break;
            case < 97:
                Step(server, ElectionTimeout.Instance);
                break;
            case < 99 when server.Applied > server.Core.Log.Snapshot.LastIndex:
                Step(server, new Compact(server.Applied, _states[server.Applied]));
                break;
            case 99:
                var snapshot = server.Disk.Log.Snapshot;
                RestartsFromSnapshot += snapshot == Snapshot.None ? 0 : 1;
                _servers[at] = new Life(server.Core.Id, _members, server.Disk, _limits, _cacheBytes);
                ReadBack += server.ReadBack;
                break;
            default:
                break;
        }
    }

    private void Step(Life server, Input input)
    {
        var core = server.Core;
        var before = (core.Role, core.CurrentTerm, core.CommitIndex, core.Log.LastIndex, core.Log.LastTerm);
        Stepping?.Invoke(core, input);
        var output = core.Step(input);
        Assert.Null(output.Rejected);
        Stepped?.Invoke(core, input, output);
        if (output.Write is { } write)
        {
            if ((write.Term, write.VotedFor) != (server.Written.Term, server.Written.VotedFor))
            {
                server.LastVoteWrite = write.Sequence;
            }

            server.InFlight.Enqueue(write);
            server.Written.Apply(write);
            Overwritings += write.Log is { } log && log.First <= before.LastIndex ? 1 : 0;
        }

        foreach (var (message, after) in output.Messages)
        {
            CheckMessage(server, message, after);
        }

        // What waited for a write and no longer matters is not sent.
        server.Held.AddRange(output.Messages);
        var released = server.Held.Where(sent => sent.After <= server.Durable).Select(sent => sent.Message);
        _network.AddRange(released.Where(message => !core.IsStale(message)));
        server.Held.RemoveAll(sent => sent.After <= server.Durable);

        RefusedForBacklog += output.Proposals.Count(proposal => proposal.Refusal == ProposalRefusal.Backlog);
        var isLaterChunk = input is MessageReceived { Message: InstallSnapshot { Offset: > 0 } };
        InstalledInChunks += isLaterChunk && output.Write?.Snapshot is not null ? 1 : 0;
        foreach (var message in output.Apply)
        {
            Apply(server, message);
        }

        // What is written is what the server holds.
        Assert.Equal((core.CurrentTerm, core.VotedFor), (server.Written.Term, server.Written.VotedFor));
        Assert.Equal(core.Log, server.Written.Log);
        Assert.Equal(BacklogRules.Recount(core), core.UnappliedBytes);
        if (input is WriteDurable && core.Role == Role.Leader)
        {
            Assert.Equal(server.DurableIndex, core.ProgressOf(core.Id).MatchIndex);
        }

        Assert.True(core.CurrentTerm >= before.CurrentTerm, $"{core.Id} went back to term {core.CurrentTerm}");
        Assert.True(core.CommitIndex >= before.CommitIndex, $"{core.Id} took a commit back, to {core.CommitIndex}");
        if (core.Role == Role.Leader)
        {
            CheckElection(core, justElected: before.Role != Role.Leader);
            Assert.All(
                _members.Where(member => member != core.Id),
                member => Assert.True(core.ProgressOf(member).NextIndex > core.ProgressOf(member).MatchIndex));
        }

        // The rest is as it was.
        if (output.Write is not null || core.CommitIndex != before.CommitIndex)
        {
            CheckLog(core);
        }
    }

    // What a server sends is sound, within the limits, and waits for the writes that it must wait for, and for no others.
    private void CheckMessage(Life server, Message message, long after)
    {
        Assert.Null(message.Contradiction());
        var vote = server.LastVoteWrite > server.Durable ? server.LastVoteWrite : 0;
        switch (message)
        {
            case AppendEntries request:
                Assert.InRange(request.Entries.Count, 0, _limits.MaxEntriesPerMessage);
                Assert.True(request.Entries.Count <= 1 || request.Entries.Size <= _limits.MaxMessageBytes, $"{message} is too large");
                Assert.Equal(0, after);
                break;
            case InstallSnapshot chunk:
                Assert.InRange(chunk.Data.Length, 0, _limits.MaxMessageBytes);
                Assert.Equal(0, after);
                break;
            case AppendEntriesReply { Success: true } reply:
                Assert.Equal(Math.Max(vote, server.LastWriteUpTo(reply.LastIndex)), after);
                break;
            case InstallSnapshotReply { Missing: null } reply when reply.LastIndex > LogIndex.Zero:
                Assert.Equal(Math.Max(vote, server.LastWriteUpTo(reply.LastIndex)), after);
                break;
            default:
                Assert.Equal(vote, after);
                break;
        }
    }

    // State Machine Safety: no two services apply different commands at an index. A state is the commands that led to it.
    private void Apply(Life server, ApplyMessage message)
    {
        server.ServiceIsBusy = true;
        if (message.Snapshot is { } snapshot)
        {
            Assert.True(snapshot.LastIndex > server.Applied, $"{server.Core.Id} gives its service {snapshot} after {server.Applied}");
            Installed += server.Applied > LogIndex.Zero ? 1 : 0;
            server.State = snapshot.Data;
        }
        else
        {
            Assert.Equal(server.Applied.Next, message.Index);
            server.State = SnapshotData.FromText($"{server.State} {message.Command}");
        }

        server.Applied = message.Index;
        _states.TryAdd(message.Index, server.State);
        Assert.Equal(_states[message.Index], server.State);
    }

    // Election Safety: at most one leader a term. Leader Completeness: it holds all that was committed before.
    private void CheckElection(RaftCore leader, bool justElected)
    {
        _leaders.TryAdd(leader.CurrentTerm, leader.Id);
        Assert.Equal(_leaders[leader.CurrentTerm], leader.Id);
        if (justElected)
        {
            foreach (var (index, entry) in _committed)
            {
                Assert.True(
                    index < leader.Log.FirstIndex || (index <= leader.Log.LastIndex && leader.Log[index] == entry),
                    $"{leader.Id} leads term {leader.CurrentTerm} without {entry}, which is committed at {index}");
            }
        }
    }

    // Log Matching: the same index and term mean the same command, and the same log before. Committed entries agree.
    private void CheckLog(RaftCore core)
    {
        var index = core.Log.Snapshot.LastIndex;
        var previous = core.Log.Snapshot.LastTerm;
        foreach (var entry in core.Log.Entries)
        {
            index = index.Next;
            _entries.TryAdd((index, entry.Term), (entry.Command, previous));
            Assert.Equal(_entries[(index, entry.Term)], (entry.Command, previous));
            if (index <= core.CommitIndex)
            {
                _committed.TryAdd(index, entry);
                Assert.Equal(_committed[index], entry);
            }

            previous = entry.Term;
        }
    }

    // From a start to a crash. The service of a server that starts is empty.
    private sealed class Life
    {
        private readonly CountingReader _reader;

        public Life(ServerId id, ServerId[] members, StorageImage disk, CoreOptions limits, long? cacheBytes)
        {
            Disk = disk;
            _reader = new CountingReader(disk.Log);
            var stored = disk.Read();
            Core = new RaftCore(id, members, cacheBytes is { } bytes ? HalfLoaded(stored, bytes) : stored, limits);
            Written.Apply(
                new RaftWrite(0, stored.Term, stored.VotedFor, stored.Snapshot, new LogSuffix(disk.Log.FirstIndex, stored.Entries)));
        }

        public RaftCore Core { get; }

        public StorageImage Disk { get; }

        public int ReadBack => _reader.Entries;

        public StorageImage Written { get; } = new();

        public Queue<RaftWrite> InFlight { get; } = new();

        public List<OutgoingMessage> Held { get; } = [];

        public long Durable { get; set; }

        /// <summary>The last write that changed the term or the vote.</summary>
        public long LastVoteWrite { get; set; }

        /// <summary>Everything up to here is durable, as all writes in flight say.</summary>
        public LogIndex DurableIndex => InFlight.Aggregate(
            Core.Log.LastIndex, (index, write) => ChangedFrom(write) is { } from ? LogIndex.Min(index, from.Previous) : index);

        /// <summary>The last write in flight that changes the log at or before an index.</summary>
        public long LastWriteUpTo(LogIndex index) => InFlight.LastOrDefault(write => ChangedFrom(write) <= index)?.Sequence ?? 0;

        // A snapshot that replaces the log stands for all of it.
        private static LogIndex? ChangedFrom(RaftWrite write) =>
            write.Snapshot is null || write.Log is null ? write.Log?.First : LogIndex.Zero.Next;

        public bool ServiceIsBusy { get; set; }

        public LogIndex Applied { get; set; }

        public SnapshotData State { get; set; } = SnapshotData.FromText("");

        // The first entries are only on the disk.
        private DurableState HalfLoaded(DurableState stored, long cacheBytes)
        {
            var (all, count, first) = (stored.Entries, stored.Entries.Count / 2, stored.Snapshot.LastIndex.Next);
            var terms = new TermRuns();
            terms.Replace(first, all.Span);
            return stored with
            {
                Entries = EntryList.Of(all.Span[count..]),
                Stored = new StoredEntries(_reader, cacheBytes, count, EntryList.Of(all.Span[..count]).Size, terms.Runs),
            };
        }
    }

    // Reads at most three entries at a time.
    private sealed class CountingReader(RaftLog log) : ILogReader
    {
        public int Entries { get; private set; }

        public EntryList Read(LogIndex first, int limit, long bytes)
        {
            var entries = log.From(first, Math.Min(limit, 3), bytes);
            Entries += entries.Count;
            return entries;
        }
    }
}
