using Raft.Impl.Core;
using Raft.Impl.Storage;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>A server that holds only a part of its log in memory.</summary>
public class LogCacheRules
{
    private const int Clusters = 3;

    [Theory]
    [InlineData(0)]
    [InlineData(70)]
    [InlineData(300)]
    public void A_server_that_reads_entries_back_takes_the_same_steps_as_one_that_holds_them_all(long cacheBytes)
    {
        var readBack = 0;
        for (var seed = 0; seed < 60; seed++)
        {
            var (whole, _) = StepsOf(seed, null);
            var (cached, walk) = StepsOf(seed, cacheBytes);
            Assert.Equal(whole, cached);
            readBack += walk.ReadBack;
        }

        Assert.True(readBack > 100, $"only {readBack} entries were read back");
    }

    [Fact]
    public void What_is_committed_and_durable_leaves_the_memory_once_the_cache_is_full()
    {
        var (core, disk) = Alone(cacheBytes: 10 * LogEntry.Overhead);
        for (var i = 0; i < 100; i++)
        {
            Commit(core, disk, new Command(new byte[1]));
        }

        Assert.Equal(101, core.Log.LastIndex.Value);
        Assert.InRange(core.Log.Entries.Bytes, 1, 10 * LogEntry.Overhead);
        Assert.InRange(core.Log.Capacity, 1, 40);
        Assert.Equal(disk.Log, core.Log);
        Assert.Equal(core.Log, core.Clone().Log);
    }

    [Fact]
    public void What_is_not_durable_stays_in_memory()
    {
        var (core, disk) = Alone(cacheBytes: 0);
        Commit(core, disk, new Command(new byte[1]));
        core.Step(new Propose([.. Enumerable.Repeat(new Command(new byte[1]), 50)]));
        Assert.Equal(50 * (LogEntry.Overhead + 1), core.Log.Entries.Bytes);
    }

    [Fact]
    public void Who_looks_at_a_log_does_not_change_what_its_server_reads_back()
    {
        Assert.Equal([1, 3, 5, 7], FirstReads(static _ => { }));
        Assert.Equal([1, 3, 5, 7], FirstReads(static log =>
        {
            Assert.Equal(log.Entries[8], log[new LogIndex(9)]);
            Assert.Equal(9, log.Entries.Count(entry => entry.Term == new Term(1)));
            Assert.Equal(log.Entries.ToList(), log.Clone().Entries.ToList());
            Assert.Equal(log, log.Clone());
        }));

        // The first indexes of the pages that the server reads, one entry at a time.
        static List<long> FirstReads(Action<RaftLog> look)
        {
            var image = new StorageImage();
            var entries = Entries(1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
            image.Apply(new RaftWrite(0, new Term(1), null, null, new LogSuffix(new LogIndex(1), entries)));
            var reader = new PairReader(image);
            var log = new RaftLog(new DurableState(
                new Term(1), null, Snapshot.None, EntryList.Empty, new StoredEntries(reader, 0, 9, 9, [(new LogIndex(1), new Term(1))])));
            List<long> reads = [];
            for (var index = new LogIndex(1); index.Value <= 8; index = index.Next)
            {
                look(log);
                reader.First.Clear();
                log.From(index, limit: 1);
                reads.AddRange(reader.First);
            }

            return reads;
        }
    }

    [Fact]
    public void The_terms_of_a_log_need_no_reading()
    {
        var (core, _) = Alone(cacheBytes: 0, new NoReader(), Entries(1, 1, 1, 3, 3, 7));
        Assert.Equal(new Term(1), core.Log.TermAt(new LogIndex(2)));
        Assert.Equal(new Term(3), core.Log.TermAt(new LogIndex(3)));
        Assert.Equal(new Term(7), core.Log.TermAt(new LogIndex(5)));
        Assert.Equal(new LogIndex(3), core.Log.FirstOf(new Term(2)));
        Assert.Equal(new LogIndex(5), core.Log.FirstOf(new Term(4)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Entries_that_are_deleted_before_the_server_knows_them_to_be_committed_are_not_read_back(int after)
    {
        var stored = Entries(1, 1, 1, 3, 3, 7, 7, 7, 7);
        var (core, disk) = Alone(cacheBytes: 0, reader: null, stored, members: 3);
        var prevTerm = after == 0 ? Term.Zero : new Term(7);
        var later = Entries(after + 1, 8, 8);
        var output = core.Step(new MessageReceived(
            new AppendEntries(S2, S1, new Term(8), new LogIndex(after), prevTerm, later, LogIndex.Zero)));
        disk.Apply(output.Write!);
        core.Step(new WriteDurable(output.Write!.Sequence));
        Assert.Equal(disk.Log, core.Log);
        Assert.Equal(after + 2, core.Log.LastIndex.Value);
        Assert.Equal(BacklogRules.Recount(core), core.UnappliedBytes);
    }

    [Theory]
    [InlineData(1, new long[0], "the terms of the entries from index 1 on are not known")]
    [InlineData(2, new long[] { 1 }, "the terms of the entries from index 1 on are not known")]
    [InlineData(1, new long[] { 5, 2 }, "the entry at index 2 has term 2, but the one before it has term 5")]
    [InlineData(1, new long[] { 2, 2 }, "the entry at index 4 has term 1, but the one before it has term 2")]
    public void What_a_storage_says_of_entries_that_are_not_loaded_must_not_contradict_itself(long first, long[] terms, string problem)
    {
        var runs = terms.Select((term, i) => (new LogIndex(first + i), new Term(term)));
        var state = new DurableState(
            new Term(9), null, Snapshot.None, Entries(4, 1), new StoredEntries(new NoReader(), 0, 3, 99, runs));
        Assert.Equal(problem, state.Contradiction());
    }

    private static (List<string> Steps, RandomWalk Walk) StepsOf(int seed, long? cacheBytes)
    {
        List<string> steps = [];
        var walk = new RandomWalk(Clusters, seed, cacheBytes)
        {
            Stepped = (core, input, output) => steps.Add(
                $"{core.Id} {input}: {output.Write} {string.Join("; ", output.Messages)} {string.Join("; ", output.Apply)}"),
        };
        walk.Go(1500);
        return (steps, walk);
    }

    // A cluster of one server, which has a log on its disk and leads; or a follower in a larger cluster.
    private static (RaftCore Core, StorageImage Disk) Alone(
        long cacheBytes, ILogReader? reader = null, EntryList? stored = null, int members = 1)
    {
        var (log, disk, terms) = (stored ?? EntryList.Empty, new StorageImage(), new TermRuns());
        terms.Replace(new LogIndex(1), log.Span);
        disk.Apply(new RaftWrite(0, new Term(7), null, null, new LogSuffix(new LogIndex(1), log)));
        var state = new DurableState(
            new Term(7), null, Snapshot.None, EntryList.Empty,
            new StoredEntries(reader ?? new ImageReader(disk), cacheBytes, log.Count, log.Size, terms.Runs));
        var core = new RaftCore(S1, [.. Enumerable.Range(1, members).Select(i => new ServerId(i))], state);
        if (members == 1 && reader is null)
        {
            Complete(core, disk, core.Step(ElectionTimeout.Instance));
            Commit(core, disk, new Command(new byte[1]));
        }

        return (core, disk);
    }

    private static void Commit(RaftCore core, StorageImage disk, Command command) =>
        Complete(core, disk, core.Step(new Propose(command)));

    private static void Complete(RaftCore core, StorageImage disk, Output output)
    {
        for (var write = output.Write; write is not null;)
        {
            disk.Apply(write);
            var next = core.Step(new WriteDurable(write.Sequence));
            core.Step(ReadyToApply.Instance);
            write = next.Write;
        }
    }

    private sealed class ImageReader(StorageImage disk) : ILogReader
    {
        public EntryList Read(LogIndex first, int limit, long bytes) => disk.Log.From(first, limit, bytes);
    }

    // Gives at most two entries.
    private sealed class PairReader(StorageImage disk) : ILogReader
    {
        public List<long> First { get; } = [];

        public EntryList Read(LogIndex first, int limit, long bytes)
        {
            First.Add(first.Value);
            return disk.Log.From(first, Math.Min(limit, 2), bytes);
        }
    }

    private sealed class NoReader : ILogReader
    {
        public EntryList Read(LogIndex first, int limit, long bytes) => throw new IOException($"Nothing may be read, not even {first}.");
    }
}
