using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Storage.Files;

/// <summary>Snapshots that are written one part after the other.</summary>
public class SnapshotFileTests
{
    private readonly StorageHistory _history = new();

    private FileStorage Storage => _history.Storage;

    [Fact]
    public async Task What_was_written_in_parts_is_the_snapshot_that_the_next_opening_reads()
    {
        await OpenWithEntriesAsync();
        await _history.Write(term: 2, snapshot: new Snapshot(new LogIndex(2), new Term(1), await WrittenAsync(700, 1, 300)));
        await Storage.CloseAsync();
        var state = await Storage.OpenAsync();
        Assert.Equal(_history.States[^1], state);
        Assert.True(state.Snapshot.Data.IsStored);
        Assert.Equal(Bytes(1001), (await state.Snapshot.Data.ReadAllAsync()).ToArray());
    }

    [Fact]
    public async Task A_write_names_the_file_and_copies_nothing()
    {
        await OpenWithEntriesAsync();
        var data = await WrittenAsync(5000);
        var written = 0L;
        _history.Before = operation => written += operation.Kind == FileOperationKind.Write ? operation.Bytes : 0;
        await _history.Write(term: 2, snapshot: new Snapshot(new LogIndex(2), new Term(1), data));
        Assert.InRange(written, 512, 1024);
        Assert.Contains("snapshot-0000000000000001", _history.Image.Names);
    }

    [Fact]
    public async Task A_snapshot_that_no_write_refers_to_is_deleted_when_it_is_disposed_of_or_the_storage_is_closed()
    {
        await Storage.OpenAsync();
        using (var first = Storage.NewSnapshot())
        {
            await first.AppendAsync(Bytes(600));
            Assert.Contains("snapshot-0000000000000001.unfinished", _history.Image.Names);
        }

        Assert.DoesNotContain(_history.Image.Names, name => name.StartsWith("snapshot-", StringComparison.Ordinal));
        await WrittenAsync(600);
        await Storage.CloseAsync();
        Assert.DoesNotContain(_history.Image.Names, name => name.StartsWith("snapshot-", StringComparison.Ordinal));
        Assert.Throws<InvalidOperationException>(() => Storage.NewSnapshot());
    }

    [Fact]
    public async Task A_snapshot_that_was_replaced_can_be_read_until_it_is_disposed_of()
    {
        await OpenWithEntriesAsync();
        var data = await WrittenAsync(900);
        await _history.Write(term: 2, snapshot: new Snapshot(new LogIndex(1), new Term(1), data));
        await _history.Write(term: 2, snapshot: new Snapshot(new LogIndex(2), new Term(1), await WrittenAsync(100)));
        Assert.Equal(["snapshot-0000000000000002"], _history.Image.Names.Where(name => name.StartsWith("snap", StringComparison.Ordinal)));
        Assert.Equal(Bytes(900), (await data.ReadAllAsync()).ToArray());
        data.Content!.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => data.ReadAllAsync());
    }

    [Fact]
    public async Task A_snapshot_of_another_storage_and_one_that_a_write_has_taken_already_are_copied()
    {
        var other = new StorageHistory();
        await other.Storage.OpenAsync();
        var foreign = await WrittenAsync(other.Storage, 3000);
        await OpenWithEntriesAsync();
        await _history.Write(term: 2, snapshot: new Snapshot(new LogIndex(1), new Term(1), foreign));
        await _history.Write(term: 2, snapshot: new Snapshot(new LogIndex(2), new Term(1), await WrittenAsync(10)));
        await _history.Write(term: 2, snapshot: new Snapshot(new LogIndex(3), new Term(1), _history.States[^1].Snapshot.Data));
        await Storage.CloseAsync();
        var state = await Storage.OpenAsync();
        Assert.Equal(_history.States[^1], state);
        Assert.Equal(Bytes(10), (await state.Snapshot.Data.ReadAllAsync()).ToArray());
    }

    [Fact]
    public async Task A_snapshot_that_the_disk_returns_with_a_wrong_bit_is_not_read()
    {
        await Storage.OpenAsync();
        var data = await WrittenAsync(900);
        for (var bit = 0; bit < 900 * 8; bit += 100)
        {
            _history.Fault = operation => operation.Kind == FileOperationKind.Read ? new FileFault(_ => bit, FlipsBit: true) : null;
            var failure = await Assert.ThrowsAsync<IOException>(() => data.ReadAllAsync());
            Assert.Contains("checksum", failure.Message, StringComparison.Ordinal);
            await using var stream = data.OpenRead();
            await Assert.ThrowsAsync<IOException>(() => stream.CopyToAsync(Stream.Null));
        }

        _history.Fault = null;
        Assert.Equal(Bytes(900), (await data.ReadAllAsync()).ToArray());
    }

    [Fact]
    public async Task A_part_of_a_snapshot_is_no_snapshot()
    {
        await OpenWithEntriesAsync();
        var part = (await WrittenAsync(900)).Slice(0, 100);
        var write = new RaftWrite(9, new Term(1), null, new Snapshot(new LogIndex(2), new Term(1), part), null);
        Assert.Throws<ArgumentException>(() => { _ = Storage.WriteAsync(write); });
    }

    [Fact]
    public async Task A_snapshot_that_is_complete_or_has_failed_cannot_be_continued()
    {
        await Storage.OpenAsync();
        var complete = Storage.NewSnapshot();
        await complete.AppendAsync(Bytes(10));
        await complete.CompleteAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => complete.AppendAsync(Bytes(1)));

        var failing = Storage.NewSnapshot();
        _history.Fault = operation => operation.Kind == FileOperationKind.Write ? new FileFault(_ => 0) : null;
        await Assert.ThrowsAsync<IOException>(() => failing.AppendAsync(Bytes(10)));
        _history.Fault = null;
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing.AppendAsync(Bytes(10)));
    }

    [Fact]
    public async Task A_disk_without_room_refuses_the_part_and_gets_its_room_back()
    {
        var history = new StorageHistory(new DiskImage(capacity: (2 * 8 * 512) + 2000));
        await history.Storage.OpenAsync();
        var snapshot = history.Storage.NewSnapshot();
        await snapshot.AppendAsync(Bytes(1000));
        var failure = await Assert.ThrowsAsync<IOException>(() => snapshot.AppendAsync(Bytes(1000)));
        Assert.Contains("no room", failure.Message, StringComparison.Ordinal);
        snapshot.Dispose();
        await WrittenAsync(history.Storage, 1400);
    }

    [Fact]
    public async Task Every_crash_while_a_snapshot_is_written_and_stored_leaves_all_acknowledged_writes_and_a_prefix_of_the_others()
    {
        var points = new CrashPoints(_history);
        await OpenWithEntriesAsync();
        await _history.Write(term: 2, snapshot: new Snapshot(new LogIndex(1), new Term(1), await WrittenAsync(700, 700)));
        var abandoned = Storage.NewSnapshot();
        await abandoned.AppendAsync(Bytes(600));
        await _history.Write(term: 3, snapshot: new Snapshot(new LogIndex(2), new Term(1), await WrittenAsync(0)));
        abandoned.Dispose();
        await _history.Write(term: 4, snapshot: new Snapshot(new LogIndex(3), new Term(1), await WrittenAsync(1, 600)));
        await Storage.CloseAsync();
        points.Add();
        var (outcomes, recovered) = (0, new HashSet<int>());
        foreach (var point in points.All)
        {
            foreach (var crashed in point.Outcomes())
            {
                recovered.Add(point.Check(await StorageHistory.OpenAsync(crashed)));
                outcomes++;
            }
        }

        Assert.Equal(_history.States.Count, recovered.Count);
        Assert.Equal((50, 647), (points.All.Count, outcomes));
    }

    [Fact]
    public async Task Every_flipped_bit_in_the_file_of_a_snapshot_is_refused_at_the_opening()
    {
        await OpenWithEntriesAsync();
        await _history.Write(term: 2, snapshot: new Snapshot(new LogIndex(2), new Term(1), await WrittenAsync(100, 100)));
        await Storage.CloseAsync();
        const string name = "snapshot-0000000000000001";
        var flipped = 0;
        for (var bit = 0; bit < _history.Image.Open(name).Length * 8; bit++)
        {
            _history.Image.Open(name).FlipBit(bit);
            var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => StorageHistory.OpenAsync(_history.Image));
            Assert.Contains(name, refused.File, StringComparison.Ordinal);
            _history.Image.Open(name).FlipBit(bit);
            flipped++;
        }

        // The header, and 200 bytes.
        Assert.Equal((512 + 200) * 8, flipped);
    }

    [Fact]
    public async Task A_stream_of_a_stored_snapshot_reads_it_checks_its_checksum_and_does_not_block()
    {
        await OpenWithEntriesAsync();
        var data = await WrittenAsync(700, 300);
        await _history.Write(term: 2, snapshot: new Snapshot(new LogIndex(2), new Term(1), data));
        using var copy = new MemoryStream();
        await using (var source = data.OpenRead())
        {
            Assert.Throws<NotSupportedException>(() => source.ReadByte());
            await source.CopyToAsync(copy);
            Assert.Equal((1000L, 1000L), (source.Length, source.Position));
        }

        Assert.Equal(Bytes(1000), copy.ToArray());
        _history.Image.Open("snapshot-0000000000000001").FlipBit(8 * 900);
        await using var damaged = data.OpenRead();
        var failure = await Assert.ThrowsAsync<IOException>(() => damaged.CopyToAsync(Stream.Null));
        Assert.Contains("checksum", failure.Message, StringComparison.Ordinal);
    }

    private async Task OpenWithEntriesAsync()
    {
        await Storage.OpenAsync();
        await _history.Write(term: 1, vote: S1, first: 1, log: [(1, 10), (1, 10), (1, 10), (1, 10)]);
    }

    private Task<SnapshotData> WrittenAsync(params int[] parts) => WrittenAsync(Storage, parts);

    private static async Task<SnapshotData> WrittenAsync(FileStorage storage, params int[] parts)
    {
        var (writer, all) = (storage.NewSnapshot(), Bytes(parts.Sum()));
        var at = 0;
        foreach (var part in parts)
        {
            await writer.AppendAsync(all.AsMemory(at, part));
            at += part;
        }

        await writer.CompleteAsync();
        return SnapshotData.Of(writer);
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(7 + (i * 3) + (i / 256)))];
}
