using Microsoft.Extensions.Time.Testing;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Node.SingleNode;
using static Raft.Tests.Node.SteppedNode;

namespace Raft.Tests.Node;

/// <summary>
/// What it costs a node when one of its ports throws. Each port says it in its documentation; no caller of the node ever hangs.
/// </summary>
public class NodePortTests
{
    // Transport: Send costs the message.
    [Fact]
    public async Task A_message_that_the_transport_throws_at_is_lost_and_counted_and_the_node_continues()
    {
        var logger = new RecordingLogger();
        var stepped = Start(change: dependencies => dependencies with { Logger = logger });
        stepped.Transport.SendFailure = new PortFailedException("network");
        for (var term = 1; term <= 5; term++)
        {
            stepped.Deliver(AskForVote(S2, term));
        }

        Assert.Empty(stepped.Transport.Sent);
        Assert.Equal(5, stepped.Counters.FailedSends);
        Assert.Equal([1, 2, 4], logger.Lines.Where(line => line.Contains("could not send", StringComparison.Ordinal)).Select(CountIn));

        stepped.Transport.SendFailure = null;
        stepped.Deliver(AskForVote(S3, term: 6));
        Assert.Equal([new RequestVoteReply(S1, S3, new Term(6), VoteGranted: true)], stepped.Transport.Sent);
        Assert.True(stepped.Dispose().IsCompletedSuccessfully);
        await stepped.Node.Completion;

        // The line ends with "(5 so far)".
        static int CountIn(string line) =>
            int.Parse(line[(line.LastIndexOf('(') + 1)..line.LastIndexOf(" so far", StringComparison.Ordinal)]);
    }

    [Fact]
    public void A_leader_whose_transport_throws_takes_proposals_and_replicates_them_once_it_works_again()
    {
        var stepped = Start();
        stepped.Elect();
        stepped.Transport.SendFailure = new PortFailedException("network");
        Assert.True(stepped.Propose("x").IsTaken);
        stepped.Transport.SendFailure = null;

        // The follower has not answered anything yet, so that heartbeats build on what it holds. Once it has answered two of them, but not
        // the entry, that was lost.
        AppendEntries? sent = null;
        for (var beat = 0; beat < 2; beat++)
        {
            stepped.Advance(100);
            sent = Last();
            Assert.Equal((LogIndex.Zero, 0), (sent.PrevLogIndex, sent.Entries.Count));
            stepped.Deliver(new AppendEntriesReply(S2, S1, stepped.Status.Term, Success: true, LogIndex.Zero));
            sent = Last();
        }

        Assert.Equal("x", Assert.Single(sent!.Entries).Command.ToString());

        AppendEntries Last() => stepped.Transport.Sent.OfType<AppendEntries>().Last(message => message.To == S2);
    }

    // Transport: Listen stops the start; Dispose costs nothing.
    [Fact]
    public async Task A_transport_that_cannot_listen_fails_the_start_which_gives_the_storage_back()
    {
        var (storage, transport) = (new HeldStorage(), new RecordingTransport { ListenFailure = new PortFailedException("network") });
        await Assert.ThrowsAsync<PortFailedException>(() => RaftNode.StartAsync(Passive, Dependencies(storage, transport)));
        Assert.False(storage.IsOpen);
    }

    [Fact]
    public async Task A_listener_that_throws_as_it_is_disposed_of_does_not_disturb_the_end()
    {
        var (logger, storage) = (new RecordingLogger(), new HeldStorage());
        storage.ReleaseAll();
        var stepped = Start(storage: storage, change: dependencies => dependencies with { Logger = logger });
        stepped.Transport.CloseFailure = new PortFailedException("network");
        Assert.True(stepped.Dispose().IsCompletedSuccessfully);
        await stepped.Node.Completion;
        Assert.False(storage.IsOpen);
        Assert.Contains("Error: The listener of S1 failed to close", logger.Lines);

        // It takes nothing more.
        stepped.Deliver(AskForVote(S2, term: 1));
        Assert.Equal((Term.Zero, 0), (stepped.Status.Term, stepped.Transport.Sent.Length));
    }

    // Observer: costs nothing.
    [Fact]
    public async Task An_observer_that_throws_is_counted_and_does_not_disturb_the_node()
    {
        var stepped = Start(OneOfOne, change: dependencies => dependencies with { Observer = new FailingObserver() });
        Assert.Equal(2, stepped.Counters.ObserverFailures);
        stepped.Elect();
        Assert.True(stepped.Propose("x").IsTaken);
        Assert.Equal(new LogIndex(1), stepped.Status.CommitIndex);
        Assert.Equal(new LogIndex(1), (await NextAsync(stepped.Node)).Index);
        Assert.True(stepped.Dispose().IsCompletedSuccessfully);
        await stepped.Node.Completion;
    }

    // Logger: costs the line.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_logger_that_throws_costs_its_lines_and_nothing_else(bool isEnabled)
    {
        var logger = new FailingLogger(isEnabled);
        var stepped = Start(change: dependencies => dependencies with { Logger = logger });
        stepped.Elect();
        Assert.True(stepped.Propose("x").IsTaken);
        stepped.Deliver(AskForVote(S1, term: 9));
        stepped.Transport.SendFailure = new PortFailedException("network");
        stepped.Advance(200);
        Assert.True(stepped.Status.IsLeader);
        Assert.True(stepped.Dispose().IsCompletedSuccessfully);
        await stepped.Node.Completion;

        // Roles, the stray, what could not be sent.
        Assert.True(logger.Calls >= 4);
        Assert.Equal(logger.Calls, stepped.Counters.LoggerFailures);
    }

    // Storage: OpenAsync stops the start, WriteAsync the node.
    [Fact]
    public async Task A_storage_that_cannot_be_opened_fails_the_start_before_the_node_listens()
    {
        var (storage, transport) = (new HeldStorage { OpenFailure = new PortFailedException("disk") }, new RecordingTransport());
        await Assert.ThrowsAsync<PortFailedException>(() => RaftNode.StartAsync(Passive, Dependencies(storage, transport)));
        Assert.False(transport.IsListenedTo);

        storage.OpenFailure = null;
        await using var node = await RaftNode.StartAsync(Passive, Dependencies(storage, transport));
        Assert.True(transport.IsListenedTo);
    }

    [Fact]
    public async Task A_storage_that_contradicts_itself_is_given_back()
    {
        var storage = await StoredAsync(new RaftWrite(1, new Term(1), null, null, new LogSuffix(new LogIndex(1), Entries(1, 2))));
        using var transport = new RecordingTransport();
        await Assert.ThrowsAsync<InvalidDataException>(() => RaftNode.StartAsync(Passive, Dependencies(storage, transport)));
        Assert.False(transport.IsListenedTo);
        await storage.OpenAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_that_fails_stops_the_node_and_answers_all_who_wait(bool atOnce)
    {
        var storage = new HeldStorage();
        storage.ReleaseAll();
        var stepped = Start(OneOfOne, storage);
        stepped.Elect();
        storage.Hold();
        var reading = stepped.Node.Committed.WaitToReadAsync().AsTask();
        if (atOnce)
        {
            storage.WriteFailure = new PortFailedException("disk");
        }

        // The node answers a proposal before the entry is durable. It says nothing after its failure.
        Assert.True(stepped.Propose("x").IsTaken);
        if (!atOnce)
        {
            Assert.False(stepped.Node.Completion.IsCompleted);
            storage.Fail(new PortFailedException("disk"));
            stepped.Run();
        }

        var failure = await Assert.ThrowsAsync<IOException>(() => Eventually.Ends(stepped.Node.Completion));
        Assert.Equal("the disk is broken", failure.InnerException?.Message);
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => Eventually.Ends(reading)));
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => Eventually.Ends(stepped.Node.Committed.Completion)));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => stepped.Node.ProposeAsync(default));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => stepped.Node.CompactAsync(LogIndex.Zero, default));
        Assert.Equal((true, false, false), (stepped.Status.HasStopped, stepped.Status.IsLeader, stepped.Transport.IsListenedTo));
        Assert.Equal(LogIndex.Zero, stepped.Status.CommitIndex);
        Assert.False(storage.IsOpen);
        Assert.True(stepped.Dispose().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_storage_that_has_no_task_for_a_write_stops_the_node()
    {
        var stepped = Start(storage: new TasklessStorage());
        stepped.Deliver(AskForVote(S2, term: 1));
        await Assert.ThrowsAsync<IOException>(() => Eventually.Ends(stepped.Node.Completion));
        Assert.Empty(stepped.Transport.Sent);
    }

    [Fact]
    public async Task A_storage_that_fails_to_close_is_how_the_node_ended_and_disposing_does_not_throw()
    {
        var storage = new HeldStorage { CloseFailure = new PortFailedException("disk") };
        var stepped = Start(storage: storage);
        Assert.True(stepped.Dispose().IsCompletedSuccessfully);
        await Assert.ThrowsAsync<PortFailedException>(() => stepped.Node.Completion);
        Assert.False(stepped.Transport.IsListenedTo);
    }

    [Fact]
    public async Task A_start_that_fails_says_why_though_the_storage_fails_to_close_too()
    {
        var storage = new HeldStorage { CloseFailure = new IOException("no") };
        var transport = new RecordingTransport { ListenFailure = new PortFailedException("network") };
        await Assert.ThrowsAsync<PortFailedException>(() => RaftNode.StartAsync(Passive, Dependencies(storage, transport)));
    }

    [Fact]
    public async Task A_start_that_fails_does_not_wait_for_ever_for_the_storage_to_close()
    {
        var (storage, transport) = (new StuckStorage(), new RecordingTransport { ListenFailure = new PortFailedException("network") });
        var options = Passive with { StopTimeout = TimeSpan.FromMilliseconds(20) };
        await Assert.ThrowsAsync<PortFailedException>(
            () => Eventually.Ends(RaftNode.StartAsync(options, Dependencies(storage, transport))));
    }

    // Clock and randomness: stop the start, or the node.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_clock_that_creates_no_timer_fails_the_start_which_leaves_no_listener_and_no_open_storage(int timers)
    {
        var (storage, transport) = (new HeldStorage(), new RecordingTransport());
        var time = new FailingTime(TimeProvider.System) { TimersLeft = timers };
        await Assert.ThrowsAsync<PortFailedException>(
            () => RaftNode.StartAsync(Passive, Dependencies(storage, transport) with { TimeProvider = time }));
        Assert.Equal((false, false), (storage.IsOpen, transport.IsListenedTo));
    }

    [Fact]
    public async Task A_source_of_randomness_that_fails_at_the_start_leaves_no_listener_and_no_open_storage()
    {
        var (storage, transport) = (new HeldStorage(), new RecordingTransport());
        var dependencies = Dependencies(storage, transport) with { Random = new FailingRandom() };
        await Assert.ThrowsAsync<PortFailedException>(() => RaftNode.StartAsync(Passive, dependencies));
        Assert.Equal((false, false), (storage.IsOpen, transport.IsListenedTo));
    }

    [Fact]
    public async Task A_source_of_randomness_that_fails_later_stops_the_node_once_its_write_is_durable()
    {
        var storage = new HeldStorage();
        var stepped = Start(storage: storage, change: dependencies => dependencies with { Random = new FailingRandom { NumbersLeft = 1 } });
        stepped.Deliver(AskForVote(S2, term: 5));
        Assert.Equal((true, true), (stepped.Status.HasStopped, storage.IsOpen));
        Assert.False(stepped.Node.Completion.IsCompleted);
        storage.Release();
        stepped.Run();
        await Assert.ThrowsAsync<PortFailedException>(() => Eventually.Ends(stepped.Node.Completion));
        Assert.Equal((false, new Term(5)), (storage.IsOpen, storage.Read().Term));
        Assert.Empty(stepped.Transport.Sent);
    }

    [Fact]
    public async Task A_clock_that_fails_later_stops_the_node()
    {
        var time = new FailingTime(new FakeTimeProvider());
        var stepped = Start(change: dependencies => dependencies with { TimeProvider = time });
        time.TellsTime = false;
        stepped.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 0));
        await Assert.ThrowsAsync<PortFailedException>(() => Eventually.Ends(stepped.Node.Completion));
        Assert.True(stepped.Status.HasStopped);
    }

    [Fact]
    public async Task A_clock_that_creates_no_timer_at_the_end_ends_the_node_at_once_and_the_storage_stays_taken_until_its_writes_are_done()
    {
        var (storage, time) = (new HeldStorage(), new FailingTime(new FakeTimeProvider()));
        var stepped = Start(storage: storage, change: dependencies => dependencies with { TimeProvider = time });
        stepped.Deliver(AskForVote(S2, term: 1));
        time.TimersLeft = 0;
        Assert.True(stepped.Dispose().IsCompletedSuccessfully);
        await Assert.ThrowsAsync<PortFailedException>(() => stepped.Node.Completion);
        Assert.True(storage.IsOpen);
        storage.Release();
        stepped.Run();
        Assert.False(storage.IsOpen);
    }

    [Fact]
    public async Task Timers_that_cannot_be_disposed_of_do_not_disturb_the_end()
    {
        var (storage, time) = (new HeldStorage(), new FailingTime(new FakeTimeProvider()) { DisposesTimers = false });
        var stepped = Start(storage: storage, change: dependencies => dependencies with { TimeProvider = time });
        Assert.True(stepped.Dispose().IsCompletedSuccessfully);
        await stepped.Node.Completion;
        Assert.Equal((false, false), (storage.IsOpen, stepped.Transport.IsListenedTo));
    }

    // What is missing.
    [Fact]
    public async Task A_port_that_is_missing_is_named()
    {
        Assert.Equal("options", await Refused(null!, Dependencies()));
        Assert.Equal("dependencies", await Refused(Passive, null!));
        Assert.Equal("Members", await Refused(Passive with { Members = null! }, Dependencies()));
        Assert.Equal("Core", await Refused(Passive with { Core = null! }, Dependencies()));
        Assert.Equal("Storage", await Refused(Passive, Dependencies() with { Storage = null! }));
        Assert.Equal("Transport", await Refused(Passive, Dependencies() with { Transport = null! }));
        Assert.Equal("TimeProvider", await Refused(Passive, Dependencies() with { TimeProvider = null! }));
        Assert.Equal("Random", await Refused(Passive, Dependencies() with { Random = null! }));
        Assert.Equal("Logger", await Refused(Passive, Dependencies() with { Logger = null! }));

        static async Task<string?> Refused(RaftNodeOptions options, RaftNodeDependencies dependencies) =>
            (await Assert.ThrowsAsync<ArgumentNullException>(() => RaftNode.StartAsync(options, dependencies))).ParamName;
    }

    private class TasklessStorage : IRaftStorage
    {
        public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(DurableState.Initial);

        public Task WriteAsync(RaftWrite write) => null!;

        public virtual ValueTask CloseAsync() => ValueTask.CompletedTask;
    }

    private sealed class StuckStorage : TasklessStorage
    {
        public override ValueTask CloseAsync() => new(new TaskCompletionSource().Task);
    }
}
