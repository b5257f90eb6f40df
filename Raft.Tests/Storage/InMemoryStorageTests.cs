using Microsoft.Extensions.Time.Testing;
using Raft.Impl.Core;
using Raft.Impl.Storage;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Storage.StorageImageTests;

namespace Raft.Tests.Storage;

public class InMemoryStorageTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly HeldTimers _timers;
    private readonly InMemoryStorage _slow;

    public InMemoryStorageTests()
    {
        _timers = new HeldTimers(_time);
        _slow = Opened(new InMemoryStorage(_timers, TimeSpan.FromMilliseconds(10)));
    }

    private static InMemoryStorage Opened(InMemoryStorage storage)
    {
        Assert.True(storage.OpenAsync().AsTask().IsCompletedSuccessfully);
        return storage;
    }

    [Fact]
    public async Task Without_latency_a_write_is_durable_at_once()
    {
        var storage = Opened(new InMemoryStorage());
        Assert.Equal(DurableState.Initial, storage.Read());
        Assert.True(storage.WriteAsync(Write(1, term: 5, vote: S2)).IsCompletedSuccessfully);
        Assert.Equal(new Term(5), storage.Read().Term);
        Assert.Equal(0, storage.Crash());
        Assert.Equal(S2, storage.Read().VotedFor);
    }

    [Fact]
    public async Task A_write_is_durable_when_its_task_completes_and_not_before()
    {
        var written = _slow.WriteAsync(Write(1, term: 5));
        _time.Advance(9);
        Assert.False(written.IsCompleted);
        Assert.Equal(DurableState.Initial, _slow.Read());
        _time.Advance(1);
        Assert.True(written.IsCompletedSuccessfully);
        Assert.Equal(new Term(5), _slow.Read().Term);
    }

    [Fact]
    public async Task Writes_take_effect_in_the_order_of_the_calls()
    {
        var first = _slow.WriteAsync(Write(1, first: 1, log: [1, 1]));
        _time.Advance(5);
        var second = _slow.WriteAsync(Write(2, first: 2, log: [2]));
        _time.Advance(5);
        Assert.Equal((true, false), (first.IsCompleted, second.IsCompleted));
        Assert.Equal(Entries(1, 1, 1), _slow.Read().Entries);
        _time.Advance(5);
        Assert.True(second.IsCompleted);
        Assert.Equal(Entries(1, 1, 2), _slow.Read().Entries);
    }

    [Fact]
    public async Task Writes_that_are_due_together_become_durable_by_one_timer()
    {
        Task[] writes =
        [
            _slow.WriteAsync(Write(1, first: 1, log: [1])),
            _slow.WriteAsync(Write(2, first: 2, log: [1])),
            _slow.WriteAsync(Write(3, first: 3, log: [1])),
        ];
        Assert.Single(_timers.Hold(10))();
        Assert.All(writes, write => Assert.True(write.IsCompletedSuccessfully));
        Assert.Equal(Entries(1, 1, 1, 1), _slow.Read().Entries);
    }

    [Fact]
    public async Task A_timer_that_was_running_out_at_a_crash_completes_no_later_write()
    {
        _ = _slow.WriteAsync(Write(1, term: 7));
        var runOut = Assert.Single(_timers.Hold(10));
        _slow.Crash();
        Opened(_slow);
        var next = _slow.WriteAsync(Write(1, term: 3));
        runOut();
        Assert.False(next.IsCompleted);
        Assert.Equal(DurableState.Initial, _slow.Read());
    }

    [Fact]
    public async Task A_crash_loses_what_is_not_durable_and_nothing_else()
    {
        await Written(Write(1, first: 1, log: [1]));
        var lost = _slow.WriteAsync(Write(2, term: 7, vote: S2, snapshot: SnapshotAt(1, 1), first: 2, log: [1, 7]));
        var lostToo = _slow.WriteAsync(Write(3, term: 8));
        _time.Advance(9);
        Assert.Equal(2, _slow.Crash());
        _time.Advance(100);
        var failure = await Assert.ThrowsAsync<IOException>(() => lost);
        Assert.Contains("Write 2 was lost in a crash.", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => lostToo);
        Assert.Equal(new DurableState(new Term(1), null, Snapshot.None, Entries(1, 1)), _slow.Read());
    }

    [Fact]
    public async Task After_a_crash_writes_take_their_time_as_before()
    {
        _ = _slow.WriteAsync(Write(1, term: 7));
        _time.Advance(5);
        _slow.Crash();
        Opened(_slow);
        var next = _slow.WriteAsync(Write(1, term: 3));
        _time.Advance(9);
        Assert.False(next.IsCompleted);
        _time.Advance(1);
        Assert.True(next.IsCompleted);
        Assert.Equal(new Term(3), _slow.Read().Term);
    }

    [Fact]
    public async Task A_write_that_leaves_a_gap_fails_and_changes_nothing()
    {
        var storage = Opened(new InMemoryStorage());
        await Assert.ThrowsAsync<InvalidDataException>(() => storage.WriteAsync(Write(1, term: 5, first: 2, log: [5])));
        Assert.Equal(DurableState.Initial, storage.Read());
    }

    [Fact]
    public async Task Reading_can_be_given_up()
    {
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await _slow.OpenAsync(new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_latency_needs_a_clock()
    {
        var error = Assert.Throws<ArgumentNullException>(() => new InMemoryStorage(time: null, TimeSpan.FromMilliseconds(1)));
        Assert.Contains("A latency needs a clock.", error.Message, StringComparison.Ordinal);
    }

    // One node at a time.
    [Fact]
    public async Task A_storage_is_opened_by_one_node_at_a_time()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await _slow.OpenAsync());
        Assert.Contains("Another node uses this storage", error.Message, StringComparison.Ordinal);
        await _slow.CloseAsync();
        Assert.Equal(DurableState.Initial, await _slow.OpenAsync());
    }

    [Fact]
    public async Task Closing_waits_for_the_writes_in_flight_and_until_then_no_other_node_may_open()
    {
        var written = _slow.WriteAsync(Write(1, term: 5));
        _time.Advance(9);
        var closed = _slow.CloseAsync().AsTask();
        Assert.False(closed.IsCompleted);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _slow.OpenAsync());
        _time.Advance(1);
        await closed.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.True(written.IsCompletedSuccessfully);
        Assert.Equal(new Term(5), (await _slow.OpenAsync()).Term);
    }

    [Fact]
    public async Task No_write_is_taken_from_the_moment_of_closing_on()
    {
        _ = _slow.WriteAsync(Write(1, term: 5));
        var closed = _slow.CloseAsync().AsTask();
        var late = Write(2, term: 6);
        Assert.Contains(
            "Write 2 comes from a node that does not use this storage any more",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => Written(late))).Message,
            StringComparison.Ordinal);
        _time.Advance(10);
        await closed.WaitAsync(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Written(late));
        _time.Advance(100);
        Assert.Equal(new Term(5), _slow.Read().Term);
    }

    [Fact]
    public async Task A_node_that_was_closing_at_a_crash_does_not_close_the_storage_for_the_next_one()
    {
        for (var i = 0; i < 20; i++)
        {
            var lost = _slow.WriteAsync(Write(1, term: 5));
            var closed = _slow.CloseAsync().AsTask();
            _slow.Crash();
            Opened(_slow);
            await Assert.ThrowsAsync<IOException>(() => lost);
            await closed.WaitAsync(TimeSpan.FromSeconds(10));
            await Written(Write(1, term: 3));
            Assert.Equal(new Term(3), _slow.Read().Term);
        }
    }

    [Fact]
    public async Task Many_writes_in_flight_take_as_long_as_one()
    {
        var writes = Enumerable.Range(1, 10_000).Select(sequence => _slow.WriteAsync(Write(sequence, first: sequence, log: [1]))).ToArray();
        _time.Advance(9);
        Assert.DoesNotContain(writes, write => write.IsCompleted);
        _time.Advance(1);
        await Task.WhenAll(writes).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(10_000, _slow.Read().Entries.Count);
    }

    private Task Written(RaftWrite write)
    {
        var written = _slow.WriteAsync(write);
        _time.Advance(10);
        return written;
    }

    [Fact]
    public async Task A_write_with_latency_that_leaves_a_gap_fails_its_task()
    {
        var written = _slow.WriteAsync(Write(1, first: 2, log: [1]));
        _time.Advance(10);
        await Assert.ThrowsAsync<InvalidDataException>(() => written.WaitAsync(TimeSpan.FromSeconds(10)));
    }
}
