using DeterministicSimulation;
using Microsoft.Extensions.Logging;
using Raft.Impl.Core;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Storage.StorageImageTests;

namespace Raft.Tests.Storage.Files;

public class FileStorageTests
{
    private readonly StorageHistory _history = new();

    private FileStorage Storage => _history.Storage;

    [Fact]
    public async Task A_new_directory_holds_the_initial_state_and_two_segments()
    {
        Assert.Equal(DurableState.Initial, await Storage.OpenAsync());
        Assert.Equal(["log-0000000000000001", "log-0000000000000002"], _history.Image.Names);
    }

    [Fact]
    public async Task What_was_written_is_read_by_the_next_opening()
    {
        await _history.PlayAsync();
        Assert.Equal(_history.States[^1], await Storage.OpenAsync());
    }

    [Fact]
    public async Task Writes_that_wait_for_the_disk_become_durable_with_one_flush()
    {
        await Storage.OpenAsync();
        var flushes = 0;
        _history.Before = operation => flushes += operation.Kind == FileOperationKind.Flush ? 1 : 0;
        _history.HoldNextFlush();
        var first = _history.Write(term: 1);
        Task[] waiting = [.. Enumerable.Range(1, 50).Select(i => _history.Write(term: 1, first: i, log: [(1, 1)]))];
        Assert.False(first.IsCompleted);
        _history.Release();
        await Task.WhenAll(waiting);
        Assert.Equal(2, flushes);
    }

    // The record of a write without entries has 22 bytes.
    [Theory]
    [InlineData(1, 7)]
    [InlineData(44, 4)]
    [InlineData(65, 4)]
    [InlineData(66, 3)]
    [InlineData(1000, 2)]
    public async Task A_group_is_limited_in_bytes(int maxGroupBytes, int expectedFlushes)
    {
        var history = new StorageHistory(options: StorageHistory.Options with { MaxGroupBytes = maxGroupBytes });
        await history.Storage.OpenAsync();
        var flushes = 0;
        history.Before = operation => flushes += operation.Kind == FileOperationKind.Flush ? 1 : 0;
        history.HoldNextFlush();
        Task[] writes = [.. Enumerable.Range(1, 7).Select(term => history.Write(term))];
        history.Release();
        await Task.WhenAll(writes);
        await history.Storage.CloseAsync();
        Assert.Equal((expectedFlushes, history.States[^1]), (flushes, await StorageHistory.OpenAsync(history.Image)));
    }

    // The storage uses the memory of a group again for the next ones, unless the group is large.
    [Fact]
    public async Task Groups_of_different_sizes_are_read_as_they_were_written()
    {
        await Storage.OpenAsync();
        int[] sizes = [1, 20_000, 300, 3_000_000, 100, 1_500_000, 7_000, 900_000, 10, 5_000_000, 2];
        for (var i = 0; i < sizes.Length; i++)
        {
            await _history.Write(first: i + 1, log: [(1, sizes[i])]);
        }

        await Storage.CloseAsync();
        Assert.Equal(_history.States[^1], await StorageHistory.OpenAsync(_history.Image));
    }

    [Fact]
    public async Task A_write_larger_than_a_segment_gets_a_longer_one()
    {
        await Storage.OpenAsync();
        await _history.Write(first: 1, log: [(1, 100_000)]);
        await _history.Write(first: 2, log: [(1, 50_000)]);
        await Storage.CloseAsync();
        Assert.Equal(_history.States[^1], await StorageHistory.OpenAsync(_history.Image));
    }

    [Fact]
    public async Task Segments_that_a_durable_snapshot_covers_are_deleted_and_term_and_vote_stay()
    {
        await Storage.OpenAsync();
        await _history.Write(term: 9, vote: S3);
        for (var index = 1; index <= 20; index++)
        {
            await _history.Write(term: 9, vote: S3, first: index, log: [(9, 1000)]);
        }

        var before = _history.Image.Names.Count;
        await _history.Write(term: 9, vote: S3, snapshot: SnapshotAt(20, 9));
        Assert.Equal((11, 3), (before, _history.Image.Names.Count));
        var state = await StorageHistory.OpenAsync(_history.Image);
        Assert.Equal((new Term(9), S3, SnapshotAt(20, 9)), (state.Term, state.VotedFor, state.Snapshot));
    }

    [Fact]
    public async Task A_write_that_does_not_fit_fails_and_so_do_all_that_follow_but_none_before()
    {
        await Storage.OpenAsync();
        _history.HoldNextFlush();
        var first = _history.Write(term: 1, first: 1, log: [(1, 1)]);
        var second = _history.Write(term: 1, first: 2, log: [(1, 1)]);
        await Assert.ThrowsAsync<InvalidDataException>(() => Storage.WriteAsync(Write(3, term: 2, first: 9, log: [2])));
        await Assert.ThrowsAsync<IOException>(() => Storage.WriteAsync(Write(4, term: 2)));
        _history.Release();
        await first;
        await second;
        await Storage.CloseAsync();
        Assert.Equal(_history.States[2], await Storage.OpenAsync());
    }

    [Fact]
    public async Task A_write_that_cannot_be_stored_is_refused_and_so_are_all_that_follow_but_none_before()
    {
        await Storage.OpenAsync();
        await _history.Write(term: 1, first: 1, log: [(1, 1)]);
        Assert.ThrowsAny<ArgumentException>(() => { _ = Storage.WriteAsync(Write(2, term: -1)); });
        await Assert.ThrowsAsync<IOException>(() => Storage.WriteAsync(Write(3, term: 2)));
        await Storage.CloseAsync();
        Assert.Equal(_history.States[1], await Storage.OpenAsync());
    }

    [Fact]
    public async Task A_failed_flush_is_not_repeated_and_fails_every_write_that_waits_or_follows()
    {
        await Storage.OpenAsync();
        var flushes = 0;
        _history.Fault = operation =>
            operation.Kind == FileOperationKind.Flush && flushes++ == 0 ? new FileFault(_ => 0) : null;
        _history.HoldNextFlush();
        var first = _history.Write(term: 1);
        var second = _history.Write(term: 2);
        _history.Release();
        await Assert.ThrowsAsync<IOException>(() => first);
        await Assert.ThrowsAsync<IOException>(() => second);
        await Assert.ThrowsAsync<IOException>(() => _history.Write(term: 3));
        Assert.Equal(1, flushes);
    }

    [Fact]
    public async Task A_full_disk_refuses_the_write_loses_nothing_and_recovers_when_there_is_room()
    {
        var image = new DiskImage(capacity: 3 * 8 * 512);
        var history = new StorageHistory(image);
        await history.Storage.OpenAsync();
        var index = 1;
        var error = await Assert.ThrowsAsync<IOException>(async () =>
        {
            for (; index < 100; index++)
            {
                await history.Write(first: index, log: [(1, 1000)]);
            }
        });
        Assert.Contains("no room", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, index);
        await history.Storage.CloseAsync();

        // An opening needs no room. It finds what was acknowledged.
        var again = new StorageHistory(image);
        again.StartFrom(await again.Storage.OpenAsync());
        Assert.Equal(history.States[4], again.States[0]);
        await Assert.ThrowsAsync<IOException>(() => again.Write(first: 5, log: [(1, 1000)]));
        await again.Storage.CloseAsync();

        image.Capacity = long.MaxValue;
        again = new StorageHistory(image);
        again.StartFrom(await again.Storage.OpenAsync());
        await again.Write(first: 5, log: [(1, 1000)]);
        await again.Storage.CloseAsync();
        Assert.Equal(again.States[1], await StorageHistory.OpenAsync(image));
    }

    [Fact]
    public async Task A_second_storage_cannot_open_the_directory_until_the_first_is_closed()
    {
        var other = new FileStorage(_history.Files, StorageHistory.Options);
        await Storage.OpenAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await other.OpenAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Storage.OpenAsync());
        await Storage.CloseAsync();
        await other.OpenAsync();
    }

    [Fact]
    public async Task Closing_waits_for_the_writes()
    {
        await Storage.OpenAsync();
        _history.HoldNextFlush();
        var write = _history.Write(term: 1);
        var closing = Storage.CloseAsync().AsTask();
        Assert.False(closing.IsCompleted);
        Assert.Throws<InvalidOperationException>(() => { _ = Storage.WriteAsync(Write(2, term: 2)); });
        _history.Release();
        await closing;
        await write;
    }

    [Theory]
    [InlineData(true, "not to S1 of cluster")]
    [InlineData(false, "not to S2 of cluster")]
    public async Task The_files_of_another_server_or_cluster_are_refused(bool isOtherCluster, string expected)
    {
        await _history.PlayAsync();
        var options = isOtherCluster
            ? StorageHistory.Options with { ClusterId = Guid.Empty }
            : StorageHistory.Options with { ServerId = S2 };
        var other = new FileStorage(_history.Files, options);
        var error = await Assert.ThrowsAsync<StorageRefusedException>(async () => await other.OpenAsync());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(_history.States[^1], await Storage.OpenAsync());
    }

    [Fact]
    public async Task A_directory_keeps_the_pages_that_it_was_made_with()
    {
        await _history.PlayAsync();
        var other = new FileStorage(_history.Files, StorageHistory.Options with { PageBytes = 4096, SegmentBytes = 8192 });
        Assert.Equal(_history.States[^1], await other.OpenAsync());
        await other.WriteAsync(Write(1, term: 9));
        await other.CloseAsync();
        Assert.Equal(new Term(9), (await Storage.OpenAsync()).Term);
    }

    [Theory]
    [InlineData(100, 1000, "A page must have")]
    [InlineData(512, 512, "A segment must have")]
    [InlineData(4096, 10_000, "A segment must have")]
    public void Sizes_out_of_their_range_are_refused(int page, int segment, string expected)
    {
        var options = StorageHistory.Options with { PageBytes = page, SegmentBytes = segment };
        var error = Assert.Throws<ArgumentException>(() => new FileStorage(_history.Files, options));
        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unfinished_write_is_reported_and_logged()
    {
        await Storage.OpenAsync();
        await _history.Write(term: 1);
        _history.HoldNextFlush();
        _ = _history.Write(term: 1, first: 1, log: [(1, 1000)]);
        var sector = 0;
        _history.Image.Crash(_ => sector++ == 1 ? 1 : 0);

        var log = new ListLogger();
        var storage = new FileStorage(new SimulatedFiles(_history.Image), StorageHistory.Options, log);
        Assert.Equal(_history.States[1], await storage.OpenAsync());
        var remains = Assert.Single(storage.Report!.Remains);
        Assert.Equal(
            (StorageRemainsKind.UnfinishedWrite, "log-0000000000000001", 1024L + 512), (remains.Kind, remains.File, remains.Offset));
        Assert.Contains("group 2, was not completed: 1 of 3 sectors are there", remains.Explanation, StringComparison.Ordinal);
        Assert.Contains(remains.Explanation, Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    private sealed class ListLogger : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
