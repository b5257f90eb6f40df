using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using Raft.Impl.Transport;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Node.SingleNode;

namespace Raft.Tests.Node;

/// <summary>One node: how it meets its storage, its network, its service, and its end.</summary>
public class RaftNodeTests
{
    // The service.
    [Fact]
    public async Task A_slow_service_holds_back_what_is_prepared_for_it_and_nothing_else()
    {
        var observer = new Witness();
        await using var node = await LeadingAsync(observer: observer);
        await ProposeAsync(node, 1);
        await CommittedAsync(node, 1);
        await ProposeAsync(node, 99);
        await CommittedAsync(node, 100);
        Assert.Equal((new LogIndex(1), LogIndex.Zero), (observer.LastPrepared, node.Status.LastApplied));
        Assert.Equal([1L], await IndexesAsync(node, 1));
        Assert.Equal(new LogIndex(1), node.Status.LastApplied);
        Assert.Equal(Enumerable.Range(2, 99).Select(index => (long)index), await IndexesAsync(node, 99));
        Assert.Equal(new LogIndex(100), node.Status.LastApplied);
    }

    [Fact]
    public async Task A_service_that_waits_for_more_can_give_up_and_come_back()
    {
        await using var node = await LeadingAsync();
        using var patience = new CancellationTokenSource();
        var waiting = node.Committed.WaitToReadAsync(patience.Token).AsTask();
        Assert.False(waiting.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Eventually.Ends(waiting));

        await ProposeAsync(node, 1);
        Assert.Equal([1L], await IndexesAsync(node, 1));
    }

    [Fact]
    public async Task A_snapshot_can_be_given_while_a_message_is_being_applied()
    {
        await using var node = await LeadingAsync();
        await ProposeAsync(node, 20);
        var applied = new List<long>();
        while (applied.Count < 20)
        {
            var message = await NextAsync(node);
            applied.Add(message.Index.Value);
            await Eventually.Ends(node.CompactAsync(message.Index, SnapshotData.FromText("state")));
            Assert.Equal(message.Index, node.Status.SnapshotIndex);
        }

        Assert.Equal(Enumerable.Range(1, 20).Select(index => (long)index), applied);
    }

    [Fact]
    public async Task What_the_service_has_not_taken_cannot_be_compacted()
    {
        await using var node = await LeadingAsync();
        await ProposeAsync(node, 3);
        await CommittedAsync(node, 3);
        Assert.Equal([1L], await IndexesAsync(node, 1));
        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => node.CompactAsync(new LogIndex(2), default));
        Assert.Contains(
            "S1 was asked to compact its log up to 2, but its service has applied only up to 1.", error.Message, StringComparison.Ordinal);
        await Eventually.Ends(node.CompactAsync(new LogIndex(1), default));
        Assert.Equal(new LogIndex(1), node.Status.SnapshotIndex);
    }

    [Fact]
    public async Task A_compaction_completes_when_the_snapshot_is_durable()
    {
        var storage = new HeldStorage();
        storage.ReleaseAll();
        await using var node = await LeadingAsync(storage);
        await ProposeAsync(node, 2);
        await IndexesAsync(node, 2);
        storage.Hold();
        var compaction = node.CompactAsync(new LogIndex(2), SnapshotData.FromText("state"));
        await HandledAsync(node);
        Assert.Equal(new LogIndex(2), node.Status.SnapshotIndex);
        Assert.False(compaction.IsCompleted);
        storage.Release();
        await Eventually.Ends(compaction);
        Assert.Equal(new LogIndex(2), storage.Read().Snapshot.LastIndex);
        storage.ReleaseAll();
    }

    [Fact]
    public async Task A_snapshot_that_is_older_than_the_one_there_changes_nothing()
    {
        await using var node = await LeadingAsync();
        await ProposeAsync(node, 3);
        await IndexesAsync(node, 3);
        await Eventually.Ends(node.CompactAsync(new LogIndex(3), SnapshotData.FromText("new")));
        await Eventually.Ends(node.CompactAsync(new LogIndex(2), SnapshotData.FromText("old")));
        Assert.Equal(new LogIndex(3), node.Status.SnapshotIndex);
    }

    // The storage.
    [Fact]
    public async Task A_node_that_restarts_gives_its_service_the_snapshot_first_and_then_the_rest_of_the_log()
    {
        var storage = new InMemoryStorage();
        Term before;
        await using (var node = await LeadingAsync(storage))
        {
            await ProposeAsync(node, 5);
            await IndexesAsync(node, 5);
            await Eventually.Ends(node.CompactAsync(new LogIndex(3), SnapshotData.FromText("state at 3")));
            before = node.Status.Term;
        }

        await using var restarted = await LeadingAsync(storage);
        Assert.True(restarted.Status.Term > before);
        var first = await NextAsync(restarted);
        Assert.Equal(new Snapshot(new LogIndex(3), before, SnapshotData.FromText("state at 3")), first.Snapshot);
        await ProposeAsync(restarted, 1);
        Assert.Equal([4L, 5L, 6L], await IndexesAsync(restarted, 3));
    }

    [Fact]
    public async Task A_service_gets_the_stored_snapshot_before_anything_else_happens()
    {
        var storage = await StoredAsync(new RaftWrite(1, new Term(2), null, SnapshotAt(3, 2), null));
        await using var node = await RaftNode.StartAsync(Passive, Dependencies(storage));
        Assert.Equal(new ApplyMessage(SnapshotAt(3, 2)), await NextAsync(node));
    }

    [Fact]
    public async Task A_vote_is_sent_once_it_is_durable()
    {
        var (storage, transport) = (new HeldStorage(), new RecordingTransport());
        await using var node = await RaftNode.StartAsync(Passive, Dependencies(storage, transport));
        transport.Deliver(AskForVote(S2, term: 1));
        await transport.HandledAsync(node);
        Assert.Equal(new Term(1), node.Status.Term);
        Assert.Empty(transport.Sent);

        storage.Release();
        await Eventually.Holds(() => transport.Sent.Length > 0, "the vote is sent");
        Assert.Equal([new RequestVoteReply(S1, S2, new Term(1), VoteGranted: true)], transport.Sent);
    }

    [Fact]
    public async Task A_message_that_needs_no_write_overtakes_those_that_wait()
    {
        var (storage, transport) = (new HeldStorage(), new RecordingTransport());
        await using var node = await RaftNode.StartAsync(Passive, Dependencies(storage, transport));
        transport.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 0));
        await transport.HandledAsync(node);
        storage.Release();
        await Eventually.Holds(() => transport.Sent.Length == 1, "the heartbeat is answered");

        transport.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 0, 1));
        transport.Deliver(Append(term: 1, prev: 1, prevTerm: 1, commit: 0, 1));
        transport.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 0));
        await transport.HandledAsync(node);
        Assert.Equal([0L, 0L], Confirmed());
        storage.Release();
        await Eventually.Holds(() => transport.Sent.Length > 2, "the first entry is confirmed");
        await transport.HandledAsync(node);
        Assert.Equal([0L, 0L, 1L], Confirmed());
        storage.Release();
        await Eventually.Holds(() => transport.Sent.Length > 3, "the second entry is confirmed");
        Assert.Equal([0L, 0L, 1L, 2L], Confirmed());

        IEnumerable<long> Confirmed() => transport.Sent.Cast<AppendEntriesReply>().Select(reply => reply.LastIndex.Value);
    }

    [Fact]
    public async Task A_node_whose_storage_fails_stops_and_tells_why()
    {
        var (storage, transport) = (new HeldStorage(), new RecordingTransport());
        var node = await RaftNode.StartAsync(Passive, Dependencies(storage, transport));
        transport.Deliver(AskForVote(S2, term: 1));
        await transport.HandledAsync(node);
        storage.Fail(new IOException("the disk is full"));

        var failure = await Assert.ThrowsAsync<IOException>(() => Eventually.Ends(node.Completion));
        Assert.Contains("The storage of S1 failed", failure.Message, StringComparison.Ordinal);
        Assert.Equal("the disk is full", failure.InnerException?.Message);
        var refusal = await Assert.ThrowsAsync<ObjectDisposedException>(() => node.ProposeAsync(default));
        Assert.Contains("has stopped because of an error: The storage of S1 failed", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(transport.Sent);
        Assert.False(transport.IsListenedTo);
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => Eventually.Ends(node.Committed.Completion)));
        await Eventually.Ends(node.DisposeAsync().AsTask());
        Assert.False(storage.IsOpen);
    }

    [Fact]
    public async Task A_storage_that_fails_takes_the_compaction_that_waits_for_it_with_it()
    {
        var storage = new HeldStorage();
        storage.ReleaseAll();
        var node = await LeadingAsync(storage);
        await ProposeAsync(node, 1);
        await IndexesAsync(node, 1);
        storage.Hold();
        var compaction = node.CompactAsync(new LogIndex(1), default);
        await HandledAsync(node);
        storage.Fail(new IOException("the disk is full"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Eventually.Ends(compaction));
        await Assert.ThrowsAsync<IOException>(() => Eventually.Ends(node.Completion));
    }

    [Fact]
    public async Task A_storage_that_contradicts_itself_does_not_start_a_node()
    {
        var storage = await StoredAsync(new RaftWrite(1, new Term(1), null, null, new LogSuffix(new LogIndex(1), Entries(1, 2))));
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => RaftNode.StartAsync(Alone, Dependencies(storage)));
        Assert.Contains("the log reaches term 2, but the current term is 1", error.Message, StringComparison.Ordinal);
    }

    // The start.
    [Fact]
    public async Task Options_that_contradict_themselves_are_refused()
    {
        var zero = TimeSpan.Zero;
        const string range = "The heartbeat interval must be between 1 ms and 10 days, not 00:00:00.";
        Assert.Equal(range, await Refused(Alone with { HeartbeatInterval = zero }));
        Assert.Contains(
            "shortest election timeout",
            await Refused(Alone with { MinElectionTimeout = Alone.HeartbeatInterval }),
            StringComparison.Ordinal);
        Assert.Contains(
            "longest election timeout",
            await Refused(Alone with { MaxElectionTimeout = Alone.MinElectionTimeout }),
            StringComparison.Ordinal);
        Assert.Contains("at least one server", await Refused(Alone with { Members = [] }), StringComparison.Ordinal);
        Assert.Contains("lacks this server, S1", await Refused(Alone with { Members = [S2] }), StringComparison.Ordinal);
        Assert.Contains("names S1 more than once", await Refused(Alone with { Members = [S1, S1] }), StringComparison.Ordinal);

        static async Task<string> Refused(RaftNodeOptions options) =>
            (await Assert.ThrowsAsync<ArgumentException>(() => RaftNode.StartAsync(options, Dependencies()))).Message;
    }

    [Fact]
    public async Task A_start_can_be_given_up()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RaftNode.StartAsync(Alone, Dependencies(), new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Two_nodes_of_a_name_cannot_run_at_once_but_one_after_the_other()
    {
        var transport = new InMemoryTransport();
        await using (await RaftNode.StartAsync(Alone, Dependencies(transport: transport)))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => RaftNode.StartAsync(Alone, Dependencies(transport: transport)));
        }

        await using var next = await RaftNode.StartAsync(Alone, Dependencies(transport: transport));
        Assert.Equal(S1, next.Id);
    }

    // The end.
    [Fact]
    public async Task A_node_that_was_disposed_of_takes_nothing_more()
    {
        var node = await LeadingAsync();
        await ProposeAsync(node, 1);
        await IndexesAsync(node, 1);
        await Eventually.Ends(node.DisposeAsync().AsTask());
        Assert.True(node.Completion.IsCompletedSuccessfully);
        Assert.Contains(
            "S1", (await Assert.ThrowsAsync<ObjectDisposedException>(() => node.ProposeAsync(default))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => node.CompactAsync(new LogIndex(1), default));
        await Eventually.Ends(node.DisposeAsync().AsTask());
    }

    [Fact]
    public async Task What_was_committed_can_still_be_read_after_the_end()
    {
        var node = await LeadingAsync();
        await ProposeAsync(node, 1);
        await CommittedAsync(node, 1);
        await Eventually.Ends(node.DisposeAsync().AsTask());
        Assert.False(node.Committed.Completion.IsCompleted);
        Assert.Equal([1L], await IndexesAsync(node, 1));
        Assert.False(await Eventually.Ends(node.Committed.WaitToReadAsync().AsTask()));
        await Eventually.Ends(node.Committed.Completion);
    }

    [Fact]
    public async Task A_service_that_waits_for_more_learns_of_the_end()
    {
        var node = await LeadingAsync();
        var waiting = node.Committed.WaitToReadAsync().AsTask();
        await Eventually.Ends(node.DisposeAsync().AsTask());
        Assert.False(await Eventually.Ends(waiting));
    }

    // Who watches.
    [Fact]
    public async Task An_observer_sees_the_start_and_every_step()
    {
        var (observer, transport) = (new Witness(), new RecordingTransport());
        await using (var node = await RaftNode.StartAsync(Passive, Dependencies(transport: transport, observer: observer)))
        {
            transport.Deliver(AskForVote(S2, term: 1));
            await Eventually.Holds(() => transport.Sent.Length > 0, "the vote is sent");
        }

        Assert.Equal(["Started S1", "ReadyToApply", "MessageReceived", "WriteDurable"], observer.Seen);
    }

    private sealed class Witness : IRaftObserver
    {
        public List<string> Seen { get; } = [];

        /// <summary>The last entry that was prepared for the service.</summary>
        public LogIndex LastPrepared { get; private set; }

        public void Started(RaftCore core) => Seen.Add($"Started {core.Id}");

        public void Stepped(RaftCore core, Input input, Output output)
        {
            Seen.Add(input.GetType().Name);
            LastPrepared = core.LastApplied;
        }
    }

    [Fact]
    public async Task A_message_that_arrives_as_the_node_begins_to_listen_costs_the_service_nothing()
    {
        var storage = await StoredAsync(new RaftWrite(1, new Term(2), null, SnapshotAt(3, 2), null));
        using var transport = new RecordingTransport { Early = [Append(term: 2, prev: 3, prevTerm: 2, commit: 3)] };
        await using var node = await RaftNode.StartAsync(Passive, Dependencies(storage, transport));
        transport.Deliver(Append(term: 2, prev: 3, prevTerm: 2, commit: 4, 2));
        await CommittedAsync(node, 4);
        Assert.Equal([3L, 4L], await IndexesAsync(node, 2));
    }


    [Fact]
    public async Task A_compaction_that_is_asked_for_again_completes_no_earlier_than_the_first()
    {
        var storage = new HeldStorage();
        storage.ReleaseAll();
        await using var node = await LeadingAsync(storage);
        await node.ProposeAsync(Command.FromText("x"));
        await Eventually.Ends(node.Committed.ReadAsync().AsTask());
        storage.Hold();
        var first = node.CompactAsync(new LogIndex(1), default);
        var second = node.CompactAsync(new LogIndex(1), default);
        await node.ProposeAsync(Command.FromText("y"));
        Assert.Equal((false, false), (first.IsCompleted, second.IsCompleted));
        storage.ReleaseAll();
    }

    [Fact]
    public async Task A_compaction_that_changes_nothing_completes_though_notices_of_writes_came_out_of_order()
    {
        var storage = new NewsOutOfOrder();
        await using var node = await LeadingAsync(storage);
        storage.Hold = true;
        await node.ProposeAsync(Command.FromText("x"));
        await node.ProposeAsync(Command.FromText("y"));
        storage.Held[1].SetResult();
        await Eventually.Holds(() => node.Status.CommitIndex == new LogIndex(2), "both are committed");
        storage.Held[0].SetResult();
        await Task.Delay(200);
        await Eventually.Ends(node.CompactAsync(LogIndex.Zero, default));
    }

    /// <summary>Both writes are durable; the news of it comes in the order that the test likes, as it may on a thread pool.</summary>
    private sealed class NewsOutOfOrder : IRaftStorage
    {
        public List<TaskCompletionSource> Held { get; } = [];

        public bool Hold { get; set; }

        public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(DurableState.Initial);

        public ValueTask CloseAsync() => ValueTask.CompletedTask;

        public Task WriteAsync(RaftWrite write)
        {
            if (!Hold)
            {
                return Task.CompletedTask;
            }

            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Held.Add(done);
            return done.Task;
        }
    }
}
