using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>How much a leader sends to a follower that has not answered yet, and what it sends again (not in the paper).</summary>
public class FlowControlRules
{
    // What an entry of a one-letter command counts.
    private const int EntrySize = LogEntry.Overhead + 1;

    private static Propose Commands(int count) => new([.. Enumerable.Range(0, count).Select(_ => Command.FromText("x"))]);

    // A leader of an empty log and term 5, that S2 has answered so often that this many messages may be under way to it. S3 never answers.
    private static Server LeaderWithWindow(int messages, CoreOptions? options = null)
    {
        var leader = Leader(term: 5, options: options);
        for (var answers = 1; answers < messages; answers++)
        {
            leader.Propose("x");
            leader.Agrees(S2);
        }

        return leader;
    }

    private static AppendEntries[] To(ServerId server, Output output) =>
        [.. output.Messages.Select(sent => sent.Message).OfType<AppendEntries>().Where(message => message.To == server)];

    private static int Sent(Output output) => To(S2, output).Count(message => message.Entries.Count > 0);

    // The size of messages.
    [Fact]
    public void A_message_carries_no_more_bytes_than_allowed()
    {
        var leader = LeaderWithWindow(3, new CoreOptions { MaxMessageBytes = (3 * EntrySize) + 1 });
        var sent = To(S2, leader.Step(Commands(7)));
        Assert.Equal([3, 3, 1], sent.Select(message => message.Entries.Count));
        Assert.Equal(sent[0].LastIndex, sent[1].PrevLogIndex);
    }

    [Fact]
    public void An_entry_that_is_larger_than_a_message_goes_alone()
    {
        var leader = LeaderWithWindow(3, new CoreOptions { MaxMessageBytes = 40 });
        var large = new Command(new byte[40]);
        Assert.True(new LogEntry(new Term(5), large).Size > 40);
        var sent = To(S2, leader.Step(new Propose(Command.FromText("x"), large, Command.FromText("x"))));
        Assert.Equal([1, 1, 1], sent.Select(message => message.Entries.Count));
        Assert.Equal(large, sent[1].Entries[0].Command);
    }

    [Fact]
    public void A_command_that_is_larger_than_a_message_is_refused_and_the_others_are_taken()
    {
        var leader = Leader(term: 5, options: new CoreOptions { MaxMessageBytes = 40 });
        var output = leader.Step(new Propose(Command.FromText("a"), new Command(new byte[41]), Command.FromText("b")));
        Assert.Equal(
            [
                new Proposal(new LogIndex(1), new Term(5)),
                new Proposal(LogIndex.Zero, new Term(5), ProposalRefusal.TooLarge),
                new Proposal(new LogIndex(2), new Term(5)),
            ],
            output.Proposals);
        Assert.Equal([Command.FromText("a"), Command.FromText("b")], leader.Core.Log.Entries.ToArray().Select(entry => entry.Command));
        Assert.True(output.Proposals[1].IsLeader);
        Assert.False(output.Proposals[1].IsTaken);
    }

    [Fact]
    public void Commands_that_are_proposed_together_go_together_by_one_write_and_one_message()
    {
        var leader = LeaderWithWindow(2);
        var output = leader.Step(Commands(5));
        Assert.Equal(5, output.Write!.Log!.Entries.Count);
        Assert.Equal(5, Assert.Single(To(S2, output)).Entries.Count);
    }

    [Fact]
    public void The_service_gets_no_more_at_a_time_than_a_message_carries()
    {
        var leader = Leader(term: 5, cluster: 1, options: new CoreOptions { MaxMessageBytes = 2 * EntrySize });
        leader.Step(Commands(5));
        Assert.Equal([1, 2], leader.WritesComplete().Apply.Select(message => message.Index.Value));
        Assert.Equal([3, 4], leader.ServiceIsReady().Apply.Select(message => message.Index.Value));
        Assert.Equal([5], leader.ServiceIsReady().Apply.Select(message => message.Index.Value));
    }

    // The window.
    [Fact]
    public void Each_answer_lets_one_more_message_be_under_way()
    {
        var leader = Leader(term: 5);
        for (var allowed = 1; allowed <= 5; allowed++)
        {
            Assert.Equal(allowed, Enumerable.Range(0, allowed + 3).Sum(_ => Sent(leader.Propose("x"))));
            leader.Agrees(S2);
            leader = LeaderWithWindow(allowed + 1);
        }
    }

    [Fact]
    public void An_answer_to_several_messages_counts_as_so_many()
    {
        var leader = LeaderWithWindow(4);
        Assert.Equal(4, Enumerable.Range(0, 4).Sum(_ => Sent(leader.Propose("x"))));
        leader.Agrees(S2);
        Assert.Equal(8, Enumerable.Range(0, 20).Sum(_ => Sent(leader.Propose("x"))));
    }

    [Fact]
    public void No_more_messages_than_allowed_are_under_way_however_many_were_answered()
    {
        var leader = LeaderWithWindow(20, new CoreOptions { MaxInflightMessages = 3 });
        Assert.Equal(3, Enumerable.Range(0, 20).Sum(_ => Sent(leader.Propose("x"))));
        var last = leader.Core.Log.LastIndex;
        Assert.Equal(last, leader.Agrees(S2, upTo: last.Value - 17).OnlyTo<AppendEntries>(S2).LastIndex);
    }

    [Fact]
    public void Once_so_many_bytes_are_under_way_nothing_more_goes()
    {
        var leader = LeaderWithWindow(20, new CoreOptions { MaxInflightBytes = 3 * EntrySize });
        Assert.Equal(3, Enumerable.Range(0, 20).Sum(_ => Sent(leader.Propose("x"))));
    }

    [Fact]
    public void The_last_message_may_go_beyond_the_bytes()
    {
        var leader = LeaderWithWindow(20, new CoreOptions { MaxInflightBytes = 1 });
        Assert.Equal(5, Assert.Single(To(S2, leader.Step(Commands(5)))).Entries.Count);
        Assert.Empty(To(S2, leader.Step(Commands(5))));
    }

    [Fact]
    public void What_waited_for_room_goes_in_as_few_messages_as_can_be()
    {
        var leader = Leader(term: 5);
        leader.Propose("x");
        for (var i = 0; i < 10; i++)
        {
            Assert.Empty(To(S2, leader.Propose("x")));
        }

        Assert.Equal(10, Assert.Single(To(S2, leader.Agrees(S2, upTo: 1))).Entries.Count);
    }

    [Fact]
    public void A_follower_that_never_answers_gets_what_the_window_holds_and_then_only_empty_heartbeats()
    {
        var leader = LeaderWithWindow(20, new CoreOptions { MaxInflightMessages = 4 });
        var entries = 0;
        var messages = 0;
        for (var i = 0; i < 1000; i++)
        {
            var sent = To(S2, leader.Propose("x")).Concat(To(S2, leader.Beat())).ToArray();
            entries += sent.Sum(message => message.Entries.Count);
            messages += sent.Length;
        }

        Assert.Equal(4, entries);
        Assert.Equal(4 + 1000, messages);
    }

    [Fact]
    public void A_follower_that_never_answered_gets_one_message()
    {
        var leader = Leader(term: 5);
        Assert.Equal(1, Enumerable.Range(0, 100).Sum(_ => To(S3, leader.Propose("x")).Length));
        Assert.Empty(leader.Beat().OnlyTo<AppendEntries>(S3).Entries);
    }

    [Fact]
    public void While_a_follower_is_down_compaction_keeps_small_what_the_leader_holds()
    {
        var leader = Leader(term: 5);
        for (var i = 1; i <= 20_000; i++)
        {
            leader.Propose("x");
            leader.WritesComplete();
            leader.Agrees(S2);
            leader.ServiceIsReady();
            if (i % 500 == 0)
            {
                leader.Compact(i);
                Assert.InRange(leader.Core.Log.Capacity, 0, 1_000);
            }
        }

        // What went to it before the last heartbeat is lost. It comes back.
        leader.Beat();
        Assert.Equal(new LogIndex(20_000), leader.Beat().OnlyTo<InstallSnapshot>(S3).LastIndex);
    }

    [Fact]
    public void A_follower_whose_entry_is_under_way_when_it_is_compacted_is_asked_before_it_gets_a_snapshot()
    {
        var leader = Leader(term: 5);
        leader.Propose("a");
        leader.WritesComplete();
        leader.Agrees(S2);
        leader.ServiceIsReady();
        leader.Compact(1);

        Assert.Equal(new LogIndex(1), leader.Beat().OnlyTo<AppendEntries>(S3).PrevLogIndex);
        Assert.Equal(new LogIndex(1), leader.Beat().OnlyTo<InstallSnapshot>(S3).LastIndex);
    }

    [Fact]
    public void A_late_refusal_makes_nothing_go_again_that_matches()
    {
        // Three messages were sent again as one; the first of them was only late, and so is its refusal.
        var leader = LeaderWithWindow(5);
        var last = leader.Core.Log.LastIndex.Value;
        leader.Propose("a");
        leader.Propose("b");
        leader.Propose("c");
        leader.Refuses(S2, prev: last + 2, conflictIndex: last + 1);
        leader.Beat();
        Assert.Equal(3, leader.Refuses(S2, prev: last + 2, conflictIndex: last + 1).Only<AppendEntries>().Entries.Count);
        leader.Agrees(S2, upTo: last + 1);
        Assert.Equal(new LogIndex(last + 1), leader.Refuses(S2, prev: last, conflictIndex: last).Only<AppendEntries>().PrevLogIndex);
    }

    // Order.
    [Fact]
    public void What_overtook_goes_again_once_that_which_it_overtook_has_arrived_and_nothing_goes_twice()
    {
        var leader = LeaderWithWindow(5);
        var last = leader.Core.Log.LastIndex.Value;
        leader.Propose("a");
        leader.Propose("b");
        leader.Propose("c");
        Assert.Empty(leader.Refuses(S2, prev: last + 1, conflictIndex: last + 1).Messages);
        Assert.Empty(leader.Refuses(S2, prev: last + 2, conflictIndex: last + 1).Messages);
        var again = leader.Agrees(S2, upTo: last + 1).OnlyTo<AppendEntries>(S2);
        Assert.Equal((new LogIndex(last + 1), 2), (again.PrevLogIndex, again.Entries.Count));
        Assert.Equal(0, Sent(leader.Agrees(S2)));
    }

    [Fact]
    public void What_overtook_goes_again_at_once_where_its_refusal_was_overtaken_too()
    {
        var leader = LeaderWithWindow(5);
        var last = leader.Core.Log.LastIndex.Value;
        leader.Propose("a");
        leader.Propose("b");
        leader.Agrees(S2, upTo: last + 1);
        var again = leader.Refuses(S2, prev: last + 1, conflictIndex: last + 1).OnlyTo<AppendEntries>(S2);
        Assert.Equal((new LogIndex(last + 1), 1), (again.PrevLogIndex, again.Entries.Count));
    }

    [Fact]
    public void After_a_reordering_one_message_goes_at_a_time_for_a_while()
    {
        var leader = LeaderWithWindow(5);
        var last = leader.Core.Log.LastIndex.Value;
        leader.Propose("a");
        leader.Propose("b");
        leader.Refuses(S2, prev: last + 1, conflictIndex: last + 1);
        Assert.True(leader.Core.ProgressOf(S2).Probing);
        for (var answers = 0; answers < ReplicationWindow.ProbesAfterReordering; answers++)
        {
            Assert.Equal(0, Sent(leader.Propose("x")));
            leader.Agrees(S2, upTo: leader.Core.Log.LastIndex.Value - 1);
        }

        Assert.False(leader.Core.ProgressOf(S2).Probing);
        Assert.Equal(1, Sent(leader.Propose("x")));
    }

    // Loss.
    [Fact]
    public void A_message_that_was_lost_is_sent_again_once_the_follower_lacks_it_still_at_the_next_heartbeat()
    {
        var leader = Leader(term: 5, log: [1]);
        leader.Agrees(S2);
        leader.Propose("lost");
        leader.Propose("refused");
        Assert.Empty(leader.Refuses(S2, prev: 2, conflictIndex: 2).Messages);
        Assert.Equal(new LogIndex(2), leader.Beat().OnlyTo<AppendEntries>(S2).PrevLogIndex);
        var again = leader.Refuses(S2, prev: 2, conflictIndex: 2).Only<AppendEntries>();
        Assert.Equal((S2, new LogIndex(1), 2), (again.To, again.PrevLogIndex, again.Entries.Count));
    }

    [Fact]
    public void The_last_message_that_was_lost_is_sent_again_once_two_heartbeats_were_refused_after_the_last_answer()
    {
        var leader = Leader(term: 5, log: [1]);
        leader.Agrees(S2);
        leader.Propose("lost");
        Assert.Equal(new LogIndex(1), leader.Beat().OnlyTo<AppendEntries>(S2).PrevLogIndex);
        Assert.Equal(new LogIndex(2), leader.Beat().OnlyTo<AppendEntries>(S2).PrevLogIndex);
        Assert.Empty(leader.Refuses(S2, prev: 2, conflictIndex: 2).Messages);
        Assert.Equal(new LogIndex(2), leader.Beat().OnlyTo<AppendEntries>(S2).PrevLogIndex);
        var again = leader.Refuses(S2, prev: 2, conflictIndex: 2).Only<AppendEntries>();
        Assert.Equal((S2, new LogIndex(1), 1), (again.To, again.PrevLogIndex, again.Entries.Count));
    }

    [Fact]
    public void A_heartbeat_that_overtakes_makes_nothing_go_again()
    {
        var leader = LeaderWithWindow(5);
        var last = leader.Core.Log.LastIndex.Value;
        for (var i = 0; i < 10; i++)
        {
            last++;
            leader.Propose("late");
            leader.Beat();
            Assert.Empty(leader.Refuses(S2, prev: last, conflictIndex: last).Messages);
            Assert.Equal(0, Sent(leader.Agrees(S2)));
        }
    }

    [Fact]
    public void What_was_lost_in_the_midst_of_many_is_sent_again_once_and_late_refusals_change_nothing()
    {
        var leader = LeaderWithWindow(10);
        var last = leader.Core.Log.LastIndex.Value;
        for (var i = 0; i < 10; i++)
        {
            leader.Propose("x");
        }

        leader.Refuses(S2, prev: last + 1, conflictIndex: last + 1);
        leader.Beat();
        Assert.Equal(10, leader.Refuses(S2, prev: last + 1, conflictIndex: last + 1).Only<AppendEntries>().Entries.Count);
        var before = leader.Core.Clone();
        for (var i = 2; i < 10; i++)
        {
            Assert.Empty(leader.Refuses(S2, prev: last + i, conflictIndex: last + 1).Messages);
        }

        Assert.Equal(before, leader.Core);
    }

    [Fact]
    public void What_a_new_leader_never_sent_needs_no_second_question()
    {
        var leader = Leader(term: 5, log: [1, 1, 4]);
        Assert.Equal(new LogIndex(1), leader.Refuses(S2, prev: 3, conflictIndex: 2).Only<AppendEntries>().PrevLogIndex);
    }

    [Fact]
    public void A_follower_that_lost_what_it_had_not_confirmed_gets_it_again()
    {
        // It crashed: its log ends before what it was sent, and it has confirmed nothing of that.
        var leader = LeaderWithWindow(5);
        var follower = Started(term: 5, log: leader.Log, id: S2);
        leader.Propose("a");
        leader.Propose("b");
        var entries = 0;
        for (var heartbeats = 0; heartbeats < 3; heartbeats++)
        {
            var message = leader.Beat().OnlyTo<AppendEntries>(S2);
            for (AppendEntries? next = message; next is not null;)
            {
                entries += next.Entries.Count;
                next = To(S2, leader.Receive(follower.Receive(next).Only<AppendEntriesReply>())).SingleOrDefault();
            }
        }

        Assert.Equal(2, entries);
        Assert.Equal(leader.Log, follower.Log);
    }

    // The end of a term.
    [Fact]
    public void Who_leads_no_more_forgets_what_was_under_way()
    {
        var sendsEntries = Leader(term: 5, snapshot: SnapshotAt(3, 1));
        var sendsSnapshot = Leader(term: 5, snapshot: SnapshotAt(3, 1));
        sendsSnapshot.Refuses(S2, prev: 3, conflictIndex: 1);
        Assert.NotEqual(sendsEntries.Core, sendsSnapshot.Core);
        foreach (var server in (Server[])[sendsEntries, sendsSnapshot])
        {
            server.RequestVote(S3, term: 6);
        }

        Assert.Equal(sendsEntries.Core, sendsSnapshot.Core);
    }
}
