using Raft.Impl.Core;
using Raft.Impl.Storage;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Storage.StorageImageTests;

namespace Raft.Tests.Storage;

public class InMemoryStorageTests
{
    private readonly ManualTime _time = new();
    private readonly InMemoryStorage _slow;

    public InMemoryStorageTests() => _slow = new InMemoryStorage(_time, TimeSpan.FromMilliseconds(10));

    [Fact]
    public async Task Without_latency_a_write_is_durable_at_once()
    {
        var storage = new InMemoryStorage();
        Assert.Equal(DurableState.Initial, await storage.ReadAsync());
        Assert.True(storage.WriteAsync(Write(1, term: 5, vote: S2)).IsCompletedSuccessfully);
        Assert.Equal(new Term(5), (await storage.ReadAsync()).Term);
        Assert.Equal(0, storage.Crash());
        Assert.Equal(S2, (await storage.ReadAsync()).VotedFor);
    }

    [Fact]
    public async Task A_write_is_durable_when_its_task_completes_and_not_before()
    {
        var written = _slow.WriteAsync(Write(1, term: 5));
        _time.Advance(9);
        Assert.False(written.IsCompleted);
        Assert.Equal(DurableState.Initial, await _slow.ReadAsync());
        _time.Advance(1);
        Assert.True(written.IsCompletedSuccessfully);
        Assert.Equal(new Term(5), (await _slow.ReadAsync()).Term);
    }

    [Fact]
    public async Task Writes_take_effect_in_the_order_of_the_calls()
    {
        var first = _slow.WriteAsync(Write(1, first: 1, log: [1, 1]));
        _time.Advance(5);
        var second = _slow.WriteAsync(Write(2, first: 2, log: [2]));
        _time.Advance(5);
        Assert.Equal((true, false), (first.IsCompleted, second.IsCompleted));
        Assert.Equal(Entries(1, 1, 1), (await _slow.ReadAsync()).Entries);
        _time.Advance(5);
        Assert.True(second.IsCompleted);
        Assert.Equal(Entries(1, 1, 2), (await _slow.ReadAsync()).Entries);
    }

    [Fact]
    public async Task Timers_that_run_out_in_another_order_complete_every_write()
    {
        Task[] writes = [_slow.WriteAsync(Write(1, first: 1, log: [1])), _slow.WriteAsync(Write(2, first: 2, log: [1])), _slow.WriteAsync(Write(3, first: 3, log: [1]))];
        foreach (var runOut in _time.TakeDueLatestFirst(10))
        {
            runOut();
        }

        Assert.All(writes, write => Assert.True(write.IsCompletedSuccessfully));
        Assert.Equal(Entries(1, 1, 1, 1), (await _slow.ReadAsync()).Entries);
    }

    [Fact]
    public async Task A_timer_that_was_running_out_at_a_crash_completes_no_later_write()
    {
        _ = _slow.WriteAsync(Write(1, term: 7));
        var runOut = Assert.Single(_time.TakeDueLatestFirst(10));
        _slow.Crash();
        var next = _slow.WriteAsync(Write(1, term: 3));
        runOut();
        Assert.False(next.IsCompleted);
        Assert.Equal(DurableState.Initial, await _slow.ReadAsync());
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
        Assert.Equal((false, false), (lost.IsCompleted, lostToo.IsCompleted));
        Assert.Equal(new DurableState(new Term(1), null, Snapshot.None, Entries(1, 1)), await _slow.ReadAsync());
    }

    [Fact]
    public async Task After_a_crash_writes_take_their_time_as_before()
    {
        _ = _slow.WriteAsync(Write(1, term: 7));
        _time.Advance(5);
        _slow.Crash();
        var next = _slow.WriteAsync(Write(1, term: 3));
        _time.Advance(9);
        Assert.False(next.IsCompleted);
        _time.Advance(1);
        Assert.True(next.IsCompleted);
        Assert.Equal(new Term(3), (await _slow.ReadAsync()).Term);
    }

    [Fact]
    public async Task A_write_that_leaves_a_gap_fails_and_changes_nothing()
    {
        var storage = new InMemoryStorage();
        await Assert.ThrowsAsync<InvalidDataException>(() => storage.WriteAsync(Write(1, term: 5, first: 2, log: [5])));
        Assert.Equal(DurableState.Initial, await storage.ReadAsync());
    }

    [Fact]
    public async Task Reading_can_be_given_up()
    {
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await _slow.ReadAsync(new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_latency_needs_a_clock()
    {
        var error = Assert.Throws<ArgumentNullException>(() => new InMemoryStorage(time: null, TimeSpan.FromMilliseconds(1)));
        Assert.Contains("A latency needs a clock.", error.Message, StringComparison.Ordinal);
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
        var time = new ManualTime();
        var storage = new InMemoryStorage(time, TimeSpan.FromMilliseconds(10));
        var written = storage.WriteAsync(Write(1, first: 2, log: [1]));
        time.Advance(10);
        await Assert.ThrowsAsync<InvalidDataException>(() => written.WaitAsync(TimeSpan.FromSeconds(10)));
    }
}
