using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Tests.Storage.Files;

/// <summary>Entries that are read back from the files, because they are not in memory.</summary>
public class ReadBackTests
{
    // The largest entries are longer than a page, and several of them are longer than the distance between two positions.
    private static readonly int[] _sizes = [-1, 0, 10, 300, 3000, 30_000];

    private static FileStorageOptions OptionsOf(int segmentBytes, long cacheBytes) =>
        StorageHistory.Options with { SegmentBytes = segmentBytes, LogCacheBytes = cacheBytes };

    [Theory]
    [InlineData(4 << 10, 4)]
    [InlineData(256 << 10, 6)]
    public async Task What_is_durable_is_read_back_as_it_was_written_also_after_the_storage_is_opened_again(int segmentBytes, int sizes)
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var (random, image, term) = (new Random(seed), new DiskImage(), 1L);
            var history = new StorageHistory(image, OptionsOf(segmentBytes, 0));
            var reader = (await history.Storage.OpenAsync()).Stored!.Reader;
            for (var step = 0; step < 60; step++)
            {
                await WriteSomeAsync(history, random, sizes, ref term);
                Check(reader, history.Log, random);
            }

            await history.Storage.CloseAsync();
            var cache = random.Next(3) * 2000;
            var storage = new FileStorage(new SimulatedFiles(image), OptionsOf(segmentBytes, cache));
            var state = await storage.OpenAsync();
            Assert.Equal(history.States[^1], state);
            Assert.InRange(state.Entries.Size, 0, cache * 5 / 4);
            Assert.Equal(history.Log.From(history.Log.FirstIndex).Size, state.Entries.Size + state.Stored!.Size);
            Check(state.Stored.Reader, history.Log, random);
        }
    }

    [Fact]
    public async Task Entries_of_a_damaged_sector_are_refused_and_the_others_read()
    {
        var (image, history) = await TwentyAsync();
        var reader = (await history.Storage.OpenAsync()).Stored!.Reader;
        var file = image.Open("log-0000000000000001");
        file.Write((5 * 512) + 100, [0xAA]);
        Assert.Single(reader.Read(new LogIndex(1), 1, 1));
        var damaged = Assert.Throws<StorageRefusedException>(() =>
        {
            for (var index = 1; index <= 20; index++)
            {
                reader.Read(new LogIndex(index), 1, 1);
            }
        });
        Assert.Contains("This sector was durable, but is not as it was written.", damaged.Message, StringComparison.Ordinal);
    }

    // Two groups hold entries of the log: one of one sector, and one of two, which replaced what was in the others. Of ten sectors, an
    // opening alone reads the rest.
    [Fact]
    public async Task Every_flipped_bit_of_what_is_read_back_is_refused_and_no_other_changes_it()
    {
        var image = new DiskImage();
        var history = new StorageHistory(image, OptionsOf(10 * 512, 0));
        var reader = (await history.Storage.OpenAsync()).Stored!.Reader;
        await history.Write(first: 1, log: [(1, 10), (1, -1), (1, 0)]);
        await history.Write(first: 4, log: [(1, 900)]);
        await history.Write(term: 2, vote: null);
        await history.Write(term: 2, first: 3, log: [(2, 700)]);
        await history.Write(term: 2, snapshot: SnapshotAt(1, 1));
        var (log, file) = (history.Log.From(new LogIndex(2)), image.Open("log-0000000000000001"));
        var (refused, unread) = (0, 0);
        for (var bit = 0; bit < file.Length * 8; bit++)
        {
            file.FlipBit(bit);
            try
            {
                Assert.Equal(log, reader.Read(new LogIndex(2), 2, long.MaxValue));
                unread++;
            }
            catch (StorageRefusedException damaged)
            {
                Assert.Contains(
                    $"byte {bit / (8 * 512) * 512}: This sector was durable, but is not as it was written.", damaged.Message,
                    StringComparison.Ordinal);
                refused++;
            }

            file.FlipBit(bit);
        }

        Assert.Equal((3 * 512 * 8, 7 * 512 * 8), (refused, unread));
    }

    [Fact]
    public async Task A_wrong_bit_that_the_disk_returns_once_is_refused_and_a_monitor_does_not_get_it()
    {
        var history = new StorageHistory(new DiskImage(), OptionsOf(10 * 512, 0));
        var reader = (await history.Storage.OpenAsync()).Stored!.Reader;
        await history.Write(first: 1, log: [(1, 10), (1, 900)]);
        var (refused, observed) = (0, 0);
        for (var bit = 0; bit < 512 * 8; bit++)
        {
            var isFirst = true;
            history.Files.ReadGate = read =>
            {
                Assert.Equal(FileOperationKind.Read, read.Kind);
                var fault = isFirst ? new FileFault(bound => bound == 4 ? 0 : bit, FlipsBit: true) : null;
                isFirst = false;
                return fault;
            };
            Assert.Throws<StorageRefusedException>(() => reader.Read(new LogIndex(1), 2, long.MaxValue));
            refused++;
        }

        using (StoredBytes.BeginObserving())
        {
            history.Files.ReadGate = _ => throw new InvalidOperationException("A monitor reads.");
            observed = reader.Read(new LogIndex(1), 2, long.MaxValue).Count;
        }

        Assert.Equal((512 * 8, 2), (refused, observed));
        Assert.False(StoredBytes.AreObserved);
    }

    [Fact]
    public async Task An_entry_that_was_never_written_is_refused()
    {
        var (_, history) = await TwentyAsync();
        var reader = (await history.Storage.OpenAsync()).Stored!.Reader;
        var refused = Assert.Throws<StorageRefusedException>(() => reader.Read(new LogIndex(21), 1, 1));
        Assert.Contains("No segment holds the entry at index 21", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_storage_that_is_closed_reads_nothing_back()
    {
        var (_, history) = await TwentyAsync();
        var reader = (await history.Storage.OpenAsync()).Stored!.Reader;
        await history.Storage.CloseAsync();
        Assert.Throws<IOException>(() => reader.Read(new LogIndex(1), 1, 1));
    }

    [Fact]
    public void Positions_take_memory_for_the_bytes_of_the_files_and_not_for_the_entries()
    {
        var (positions, segment) = (new EntryPositions(), new SegmentContent(1, "log", 64 << 20, 4096));
        var entry = EntryList.Of(LogEntry.NoOp(new Term(1)));
        for (var i = 0; i < 16384; i++)
        {
            positions.Add(new LogSuffix(new LogIndex(i + 1), entry), replacesLog: false, new RecordPlace(segment, i * 4096, 0));
        }

        Assert.Equal((64 << 20) / EntryPositions.Spacing, positions.Count);
        positions.ForgetBefore(new LogIndex(16000));
        Assert.InRange(positions.Count, 24, 26);
    }

    private static async Task<(DiskImage Image, StorageHistory History)> TwentyAsync()
    {
        var image = new DiskImage();
        var history = new StorageHistory(image, OptionsOf(64 << 10, 0));
        await history.Storage.OpenAsync();
        for (var index = 1; index <= 20; index++)
        {
            await history.Write(first: index, log: [(1, 10)]);
        }

        await history.Storage.CloseAsync();
        return (image, history);
    }

    // One write, or a group of several: entries at the end or in place of others, truncations, and snapshots that keep or replace the log.
    private static Task WriteSomeAsync(StorageHistory history, Random random, int sizes, ref long term)
    {
        List<Task> writes = [];
        var count = random.Next(4) == 0 ? 1 + random.Next(4) : 1;
        if (count > 1)
        {
            history.HoldNextFlush();
        }

        for (var i = 0; i < count; i++)
        {
            writes.Add(WriteOne(history, random, sizes, ref term));
        }

        history.Release();
        return Task.WhenAll(writes);
    }

    private static Task WriteOne(StorageHistory history, Random random, int sizes, ref long term)
    {
        var (log, start) = (history.Log, history.Log.FirstIndex.Value);
        var first = log.LastIndex.Value + 1;
        var at = start + random.Next((int)(first - start) + 1);
        switch (random.Next(10))
        {
            case 0:
                term++;
                return history.Write(term, first: at, log: []);
            case 1 when at > start:
                return history.Write(term, snapshot: SnapshotAt(at - 1, log.TermAt(new LogIndex(at - 1))!.Value.Value));
            case 2 when random.Next(4) == 0:
                term++;
                return history.Write(term, snapshot: SnapshotAt(at + 3, term), first: at + 4, log: EntriesOf(random, sizes, term));
            case < 5:
                term++;
                return history.Write(term, first: at, log: EntriesOf(random, sizes, term));
            default:
                return history.Write(term, first: first, log: EntriesOf(random, sizes, term));
        }
    }

    private static (long Term, int Bytes)[] EntriesOf(Random random, int sizes, long term) =>
        [.. Enumerable.Range(0, 1 + random.Next(5)).Select(_ => (term, _sizes[random.Next(sizes)]))];

    private static Snapshot SnapshotAt(long index, long term) => new(new LogIndex(index), new Term(term), SnapshotData.FromText("state"));

    private static void Check(ILogReader reader, RaftLog log, Random random)
    {
        for (var index = log.FirstIndex; index <= log.LastIndex;)
        {
            var (limit, bytes) = (1 + random.Next(20), random.Next(5000));
            var most = log.From(index, limit, bytes);
            var read = reader.Read(index, limit, bytes);
            Assert.InRange(read.Count, 1, most.Count);
            Assert.Equal(most.Take(read.Count), read);
            index += read.Count;
        }
    }
}
