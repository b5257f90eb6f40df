using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Tests.Storage;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Node.SingleNode;
using static Raft.Tests.Node.SteppedNode;

namespace Raft.Tests.Node;

/// <summary>The limits of a node: what happens when each is reached.</summary>
public class NodeBoundsTests
{
    // A command of 18 bytes counts 50 bytes: 20 of them make 1,000.
    private const string Command18 = "a command 18 long.";
    private static readonly CoreOptions ThousandBytes = new() { MaxUncommittedBytes = 1000 };

    // Options.
    [Fact]
    public async Task Times_that_no_timer_can_keep_are_refused()
    {
        var (tooShort, tooLong) = (TimeSpan.FromTicks(1), TimeSpan.FromDays(60));
        const string range = "must be between 1 ms and 10 days, not ";
        Assert.Equal($"The heartbeat interval {range}{tooShort}.", await Refused(Passive with { HeartbeatInterval = tooShort }));
        Assert.Equal($"The heartbeat interval {range}{tooLong}.", await Refused(Passive with { HeartbeatInterval = tooLong }));
        Assert.Equal($"The shortest election timeout {range}{tooLong}.", await Refused(Passive with { MinElectionTimeout = tooLong }));
        Assert.Equal($"The longest election timeout {range}{tooLong}.", await Refused(Passive with { MaxElectionTimeout = tooLong }));
        Assert.Equal($"The longest election timeout {range}{tooShort}.", await Refused(Passive with { MaxElectionTimeout = tooShort }));
        Assert.Equal($"The stop timeout {range}{tooShort}.", await Refused(Passive with { StopTimeout = tooShort }));
        var infinite = Timeout.InfiniteTimeSpan;
        Assert.Equal($"The stop timeout {range}{infinite}.", await Refused(Passive with { StopTimeout = infinite }));
        Assert.Equal("The inbox must have room for at least 1 byte, not 0.", await Refused(Passive with { MaxInboxBytes = 0 }));

        static async Task<string> Refused(RaftNodeOptions options) =>
            (await Assert.ThrowsAsync<ArgumentException>(() => RaftNode.StartAsync(options, Dependencies()))).Message;
    }

    [Fact]
    public async Task A_node_that_was_refused_for_its_options_has_not_touched_its_ports()
    {
        var (storage, transport) = (new HeldStorage { OpenFailure = new PortFailedException("disk") }, new RecordingTransport());
        var options = Passive with { HeartbeatInterval = TimeSpan.Zero };
        await Assert.ThrowsAsync<ArgumentException>(() => RaftNode.StartAsync(options, Dependencies(storage, transport)));
        Assert.False(transport.IsListenedTo);
    }

    // Commands.
    [Fact]
    public async Task A_command_that_is_larger_than_a_message_may_be_is_refused_with_both_sizes()
    {
        var stepped = Start(OneOfOne with { Core = new CoreOptions { MaxMessageBytes = 100 } });
        stepped.Elect();
        Assert.True(stepped.Propose(new string('x', 100)).IsTaken);
        var error = await Assert.ThrowsAsync<ArgumentException>(() => stepped.Node.ProposeAsync(Command.FromText(new string('x', 101))));
        Assert.Contains("The command has 101 bytes; MaxMessageBytes allows at most 100.", error.Message, StringComparison.Ordinal);
        Assert.Equal(new LogIndex(1), stepped.Status.LastIndex);
    }

    [Fact]
    public void A_command_of_no_bytes_is_one_like_any_other()
    {
        var stepped = Start(OneOfOne);
        stepped.Elect();
        Assert.Equal(new LogIndex(1), stepped.Propose(string.Empty).Index);
        Assert.True(stepped.Node.Committed.TryRead(out var message));
        Assert.Equal((null, 0), (message.Snapshot, message.Command.Length));
    }

    // The inbox.
    [Fact]
    public void Messages_that_find_the_inbox_full_are_dropped_and_counted()
    {
        var stepped = Start(OneOfThree with { MaxInboxBytes = 1000 });
        for (var term = 1; term <= 20; term++)
        {
            // Each counts 64 bytes.
            stepped.Transport.Deliver(AskForVote(S2, term));
        }

        Assert.Equal(5, stepped.Counters.DroppedMessages);
        stepped.Run();
        Assert.Equal((15, new Term(15)), (stepped.Transport.Sent.Length, stepped.Status.Term));

        stepped.Deliver(AskForVote(S2, term: 21));
        Assert.Equal((5, new Term(21)), (stepped.Counters.DroppedMessages, stepped.Status.Term));
    }

    [Fact]
    public async Task Proposals_that_find_the_inbox_full_are_refused_at_once_and_counted()
    {
        var stepped = Start(OneOfOne with { MaxInboxBytes = 1000 });
        stepped.Elect();
        var answers = Enumerable.Range(0, 25).Select(_ => stepped.Node.ProposeAsync(Command.FromText(Command18))).ToArray();
        Assert.Equal(Enumerable.Range(20, 5), Enumerable.Range(0, 25).Where(i => answers[i].IsCompleted));
        var refusal = new Proposal(LogIndex.Zero, new Term(1), ProposalRefusal.Backlog);
        Assert.All(await Task.WhenAll(answers[20..]), answer => Assert.Equal(refusal, answer));
        Assert.Equal(5, stepped.Counters.RefusedProposals);
        stepped.Run();
        Assert.All(await Task.WhenAll(answers[..20]), answer => Assert.True(answer.IsTaken));
        Assert.Equal(new LogIndex(20), stepped.Status.LastIndex);
        Assert.True(stepped.Propose(Command18).IsTaken);
    }

    [Fact]
    public void One_message_and_one_proposal_always_fit_however_large()
    {
        var stepped = Start(OneOfThree with { MaxInboxBytes = 1 });
        stepped.Elect();
        Assert.True(stepped.Propose(Command18).IsTaken);
        stepped.Deliver(AskForVote(S3, term: 9));
        Assert.Equal((new Term(9), 0), (stepped.Status.Term, stepped.Counters.DroppedMessages));
    }

    [Fact]
    public void A_flood_of_proposals_leaves_room_for_messages_and_the_other_way_round()
    {
        var stepped = Start(OneOfThree with { MaxInboxBytes = 1000 });
        stepped.Elect();
        for (var i = 0; i < 100; i++)
        {
            _ = stepped.Node.ProposeAsync(Command.FromText(Command18));
        }

        stepped.Deliver(AskForVote(S3, term: 9));
        Assert.Equal((new Term(9), 0), (stepped.Status.Term, stepped.Counters.DroppedMessages));

        for (var i = 0; i < 100; i++)
        {
            stepped.Transport.Deliver(AskForVote(S3, term: 9));
        }

        Assert.Equal(ProposalRefusal.NotLeader, stepped.Propose(Command18).Refusal);
        Assert.Equal(85, stepped.Counters.DroppedMessages);
    }

    [Fact]
    public void What_the_node_itself_reports_comes_before_what_clients_flood_and_a_message_no_later_than_second()
    {
        var observer = new Inputs();
        var storage = new HeldStorage();
        storage.ReleaseAll();
        var stepped = Start(storage: storage, change: dependencies => dependencies with { Observer = observer });
        stepped.Elect();
        storage.Hold();
        stepped.Propose("x");
        observer.Seen.Clear();
        storage.Release();
        for (var i = 0; i < 10_000; i++)
        {
            _ = stepped.Node.ProposeAsync(Command.FromText("x"));
        }

        stepped.Transport.Deliver(new AppendEntriesReply(S2, S1, stepped.Status.Term, Success: true, new LogIndex(1)));
        stepped.Time.Advance(100);
        stepped.Run();
        Assert.Equal(["WriteDurable", "HeartbeatTimeout"], observer.Seen[..2].Select(input => input.GetType().Name));
        Assert.Equal(["MessageReceived", "Propose"], observer.Seen[2..4].Select(input => input.GetType().Name).Order());
        Assert.Equal(new LogIndex(10_001), stepped.Status.LastIndex);

        // Ten thousand proposals, as many together as one message carries.
        Assert.Equal(10, observer.Seen.OfType<Propose>().Count());
    }

    [Fact]
    public void The_end_is_not_behind_a_flood()
    {
        var stepped = Start(OneOfOne);
        stepped.Elect();
        var answers = Enumerable.Range(0, 10_000).Select(_ => stepped.Node.ProposeAsync(Command.FromText("x"))).ToArray();
        Assert.True(stepped.Dispose().IsCompletedSuccessfully);
        Assert.All(answers, answer => Assert.IsType<ObjectDisposedException>(answer.Exception?.InnerException));
        Assert.Equal(LogIndex.Zero, stepped.Status.LastIndex);
    }

    // The backlog.
    [Fact]
    public void A_leader_that_cannot_commit_refuses_what_goes_beyond_its_backlog_and_says_why()
    {
        var stepped = Start(OneOfThree with { Core = ThousandBytes });
        stepped.Elect();
        Assert.All(Enumerable.Range(0, 20), _ => Assert.True(stepped.Propose(Command18).IsTaken));
        Assert.Equal(new Proposal(LogIndex.Zero, stepped.Status.Term, ProposalRefusal.Backlog), stepped.Propose("x"));
        Assert.Equal((new LogIndex(20), 1), (stepped.Status.LastIndex, stepped.Counters.RefusedProposals));

        // What is committed makes room: the service has taken none of it yet, but for what was handed to it.
        stepped.Deliver(new AppendEntriesReply(S2, S1, stepped.Status.Term, Success: true, new LogIndex(20)));
        Assert.Equal(new LogIndex(20), stepped.Status.CommitIndex);
        Assert.True(stepped.Propose("x").IsTaken);
    }

    [Fact]
    public void A_service_that_stops_taking_shows_and_holds_back_the_proposals()
    {
        var stepped = Start(OneOfOne with { Core = ThousandBytes with { MaxEntriesPerMessage = 4 } });
        stepped.Elect();
        stepped.Propose(Command18);
        Assert.True(stepped.Node.Committed.TryRead(out _));
        stepped.Run();

        // The next entry is handed to the service, which does not take it; twenty more are the backlog.
        Assert.All(Enumerable.Range(0, 21), _ => Assert.True(stepped.Propose(Command18).IsTaken));
        Assert.Equal(ProposalRefusal.Backlog, stepped.Propose("x").Refusal);
        Assert.Equal((new LogIndex(1), new LogIndex(22)), (stepped.Status.LastApplied, stepped.Status.CommitIndex));

        Assert.True(stepped.Node.Committed.TryRead(out _));
        stepped.Run();
        Assert.Equal(new LogIndex(2), stepped.Status.LastApplied);
        Assert.True(stepped.Propose("x").IsTaken);
    }

    [Fact]
    public void A_leader_whose_own_disk_is_stuck_refuses_what_goes_beyond_its_backlog_though_all_is_committed_and_applied()
    {
        var storage = new HeldStorage();
        storage.ReleaseAll();
        var stepped = Start(OneOfThree with { Core = ThousandBytes }, storage);
        stepped.Elect();
        storage.Hold();
        var taken = 0;
        while (stepped.Propose(Command18).IsTaken)
        {
            var last = new LogIndex(++taken);
            stepped.Deliver(new AppendEntriesReply(S2, S1, stepped.Status.Term, Success: true, last));
            stepped.Deliver(new AppendEntriesReply(S3, S1, stepped.Status.Term, Success: true, last));
            Assert.True(stepped.Node.Committed.TryRead(out var applied));
            Assert.Equal(last, applied.Index);
            Assert.True(taken < 100, "The writes in flight have no bound.");
        }

        // The last entry may go beyond by its own bytes.
        Assert.Equal((21, 1), (taken, stepped.Counters.RefusedProposals));
        storage.Release();
        stepped.Run();
        Assert.True(stepped.Propose(Command18).IsTaken);

        // Who leads no more says so.
        stepped.Deliver(AskForVote(S3, term: 9));
        Assert.Equal(ProposalRefusal.NotLeader, stepped.Propose("x").Refusal);
    }

    // Strays.
    public static TheoryData<string, Message?> Strays => new()
    {
        { "nothing", null },
        { "from a stranger", new RequestVote(S4, S1, new Term(7), LogIndex.Zero, Term.Zero) },
        { "from itself", new AppendEntries(S1, S1, new Term(7), LogIndex.Zero, Term.Zero, EntryList.Empty, LogIndex.Zero) },
        { "for somebody else", new RequestVote(S2, S3, new Term(7), LogIndex.Zero, Term.Zero) },
        { "of an unknown kind", new UnknownMessage(S2, S1, new Term(7)) },
        { "of term 0", new RequestVote(S2, S1, Term.Zero, LogIndex.Zero, Term.Zero) },
        { "of a negative term", new RequestVoteReply(S2, S1, new Term(-1), VoteGranted: true) },
        { "of a term beyond the last", new RequestVoteReply(S2, S1, new Term(long.MaxValue), VoteGranted: false) },
        { "of an index beyond the last", new AppendEntriesReply(S2, S1, new Term(7), Success: true, new LogIndex(long.MaxValue)) },
        { "with an entry of a later term", Append(7, 0, 0, 0, 8) },
        { "with terms that fall", Append(7, 0, 0, 0, 3, 2) },
        { "with a snapshot of nothing", new InstallSnapshot(S2, S1, new Term(7), Snapshot.None) },
        { "with a snapshot of a later term", new InstallSnapshot(S2, S1, new Term(7), SnapshotAt(3, 8)) },
    };

    [Theory]
    [MemberData(nameof(Strays))]
    public void A_message_that_no_server_can_have_meant_for_this_one_is_counted_and_changes_nothing(string what, Message? stray)
    {
        var (storage, logger) = (new HeldStorage(), new RecordingLogger());
        storage.ReleaseAll();
        var stepped = Start(storage: storage, change: dependencies => dependencies with { Logger = logger });
        stepped.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 1, 1));
        var (status, stored, sent) = (stepped.Status, storage.Read(), stepped.Transport.Sent.Length);
        for (var count = 1; count <= 3; count++)
        {
            stepped.Deliver(stray!);
            Assert.True(stepped.Counters.RejectedMessages == count, $"A message {what} was not counted.");
            Assert.Equal((status, sent), (stepped.Status, stepped.Transport.Sent.Length));
        }

        Assert.Equal(stored, storage.Read());
        Assert.Equal(stray is null ? 0 : 2, logger.Lines.Count(line => line.Contains("S1 rejected a message", StringComparison.Ordinal)));

        // It is as well as before.
        stepped.Deliver(Append(term: 1, prev: 1, prevTerm: 1, commit: 2, 1));
        Assert.Equal(new LogIndex(2), stepped.Status.CommitIndex);
        Assert.True(stepped.Dispose().IsCompletedSuccessfully);
        Assert.True(stepped.Node.Completion.IsCompletedSuccessfully);
    }

    private sealed class Inputs : IRaftObserver
    {
        public List<Input> Seen { get; } = [];

        public void Started(RaftCore core)
        {
        }

        public void Stepped(RaftCore core, Input input, Output output) => Seen.Add(input);
    }
}
