using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>Figure 2: AppendEntries RPC, and the rules for leaders (§5.3).</summary>
public class ReplicationRules
{
    // Receiver.
    [Fact]
    public void Receiver_1_refuses_a_leader_of_an_earlier_term_and_keeps_its_log()
    {
        var server = Started(term: 5, log: [1, 2]);
        Assert.Equal(
            new AppendEntriesReply(S1, S2, new Term(5), Success: false, new LogIndex(1)),
            server.AppendEntries(term: 4, prev: 1, prevTerm: 1, entries: [4, 4], commit: 2).Only<AppendEntriesReply>());
        Assert.Equal([1, 2], server.Log);
        Assert.Equal(LogIndex.Zero, server.Core.CommitIndex);
        Assert.Null(server.Core.Leader);
    }

    [Fact]
    public void Receiver_2_refuses_what_lies_beyond_its_log_and_tells_where_that_ends()
    {
        var server = Started(term: 5, log: [1, 2]);
        Assert.Equal(
            new AppendEntriesReply(
                S1, S2, new Term(5), Success: false, new LogIndex(4), ConflictIndex: new LogIndex(3), ConflictTerm: null),
            server.AppendEntries(term: 5, prev: 4, prevTerm: 2, entries: [5], commit: 5).Only<AppendEntriesReply>());
        Assert.Equal([1, 2], server.Log);
        Assert.Equal(LogIndex.Zero, server.Core.CommitIndex);
    }

    [Theory]
    [InlineData(5, 3, 4)]
    [InlineData(4, 3, 4)]
    [InlineData(3, 2, 2)]
    [InlineData(1, 1, 1)]
    public void Receiver_2_refuses_a_previous_entry_of_another_term_and_tells_where_its_own_begins(
        long prev, long ownTerm, long firstOfOwnTerm)
    {
        var server = Started(term: 5, log: [1, 2, 2, 3, 3]);
        Assert.Equal(
            new AppendEntriesReply(
                S1, S2, new Term(5), Success: false, new LogIndex(prev), new LogIndex(firstOfOwnTerm), new Term(ownTerm)),
            server.AppendEntries(term: 5, prev, prevTerm: 4, entries: [5], commit: 1).Only<AppendEntriesReply>());
        Assert.Equal([1, 2, 2, 3, 3], server.Log);
        Assert.Equal(LogIndex.Zero, server.Core.CommitIndex);
    }

    [Fact]
    public void Receiver_2_tells_of_no_entry_that_its_snapshot_replaced()
    {
        var server = Started(term: 5, snapshot: SnapshotAt(4, 3), log: [3, 3]);
        var refusal = server.AppendEntries(term: 5, prev: 6, prevTerm: 4).Only<AppendEntriesReply>();
        Assert.Equal((new LogIndex(5), (Term?)new Term(3)), (refusal.ConflictIndex, refusal.ConflictTerm));
    }

    [Fact]
    public void Receiver_3_deletes_an_entry_that_conflicts_and_all_that_follow_it_and_nothing_else()
    {
        var server = Started(term: 4, log: [1, 1, 2, 2, 3]);
        var output = server.AppendEntries(term: 5, prev: 1, prevTerm: 1, entries: [1, 4]);
        Assert.Equal(new AppendEntriesReply(S1, S2, new Term(5), Success: true, new LogIndex(3)), output.Only<AppendEntriesReply>());
        Assert.Equal([1, 1, 4], server.Log);
        Assert.Equal(new LogIndex(3), output.Write!.Log!.First);
        Assert.Equal(server.Core.Log, server.Disk.Log);
    }

    [Fact]
    public void Receiver_3_keeps_agreed_entries_when_a_late_message_speaks_of_fewer()
    {
        var server = Started(term: 5);
        server.AppendEntries(term: 5, entries: [1, 5, 5, 5]);
        var late = server.AppendEntries(term: 5, entries: [1, 5]);
        Assert.Equal([1, 5, 5, 5], server.Log);
        Assert.Null(late.Write);
        Assert.Equal(new LogIndex(2), late.Only<AppendEntriesReply>().LastIndex);
    }

    [Fact]
    public void Receiver_3_leaves_what_follows_a_heartbeat_alone()
    {
        // The entries may conflict with the leader's, but nothing says so yet.
        var server = Started(term: 4, log: [1, 2, 2]);
        Assert.Equal(new LogIndex(1), server.AppendEntries(term: 5, prev: 1, prevTerm: 1).Only<AppendEntriesReply>().LastIndex);
        Assert.Equal([1, 2, 2], server.Log);
    }

    [Fact]
    public void Receiver_4_appends_the_entries_that_are_new()
    {
        var server = Started(term: 5, log: [1]);
        var output = server.AppendEntries(term: 5, prev: 0, prevTerm: 0, entries: [1, 4, 5]);
        Assert.Equal([1, 4, 5], server.Log);
        Assert.Equal(Entries(2, 4, 5), output.Write!.Log!.Entries);
        Assert.Equal(Entries(3, 5)[0], server.Core.Log[new LogIndex(3)]);
        Assert.Equal(new LogIndex(3), output.Only<AppendEntriesReply>().LastIndex);
    }

    [Fact]
    public void Receiver_4_takes_a_message_that_comes_twice_once()
    {
        var server = Started(term: 5);
        server.AppendEntries(term: 5, entries: [5, 5], commit: 1);
        server.WritesComplete();
        var again = server.AppendEntries(term: 5, entries: [5, 5], commit: 1);
        Assert.Equal([5, 5], server.Log);
        Assert.Null(again.Write);
        Assert.Empty(again.Apply);
        Assert.True(again.Only<AppendEntriesReply>().Success);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(4, 4)]
    [InlineData(9, 4)]
    public void Receiver_5_commits_what_the_leader_did_but_no_more_than_the_last_new_entry(long leaderCommit, long committed)
    {
        // The entries at 5 and 6 are not known to agree with the leader's.
        var server = Started(term: 5, log: [1, 1, 1, 2, 2, 2]);
        server.AppendEntries(term: 5, prev: 2, prevTerm: 1, entries: [1, 2], commit: leaderCommit);
        Assert.Equal(new LogIndex(committed), server.Core.CommitIndex);
    }

    [Fact]
    public void Receiver_5_counts_the_previous_entry_as_the_last_new_one_in_a_heartbeat()
    {
        var server = Started(term: 5, log: [1, 1, 1, 2]);
        server.AppendEntries(term: 5, prev: 3, prevTerm: 1, commit: 9);
        Assert.Equal(new LogIndex(3), server.Core.CommitIndex);
    }

    [Fact]
    public void Receiver_5_never_takes_a_commit_back()
    {
        var server = Started(term: 5);
        server.AppendEntries(term: 5, entries: [5, 5, 5], commit: 3);
        server.AppendEntries(term: 5, entries: [5], commit: 1);
        server.AppendEntries(term: 5, prev: 3, prevTerm: 5, commit: 0);
        Assert.Equal(new LogIndex(3), server.Core.CommitIndex);
    }

    [Fact]
    public void A_committed_entry_is_never_deleted()
    {
        var server = Started(term: 5);
        server.AppendEntries(term: 5, entries: [5, 5], commit: 2);
        var before = server.Core.Clone();
        Assert.Equal("entry 2 is committed with term 5, not 6", server.AppendEntries(term: 6, prev: 1, prevTerm: 5, entries: [6]).Rejected);
        Assert.Equal("entry 2 is committed with term 5, not 4", server.AppendEntries(term: 6, prev: 2, prevTerm: 4).Rejected);
        Assert.Equal("entry 2 is committed with term 5, not 6", server.InstallSnapshot(term: 6, lastIndex: 2, lastTerm: 6).Rejected);
        Assert.Equal(before, server.Core);
    }

    // Leader.
    [Fact]
    public void A_proposal_is_appended_to_the_leaders_log_and_answered_with_its_place()
    {
        var leader = Leader(term: 5, log: [1, 4]);
        var output = leader.Propose("x");
        Assert.Equal(new Proposal(new LogIndex(3), new Term(5), ProposalRefusal.None), Assert.Single(output.Proposals));
        Assert.Equal(new LogEntry(new Term(5), Command.FromText("x")), leader.Core.Log[new LogIndex(3)]);
        Assert.Equal(leader.Core.Log, leader.Disk.Log);
    }

    [Fact]
    public void Who_does_not_lead_takes_no_proposal()
    {
        Assert.All([Started(term: 5, log: [1]), Candidate(term: 5, log: [1])], server =>
        {
            var output = server.Propose("x");
            Assert.Equal(new Proposal(LogIndex.Zero, new Term(5), ProposalRefusal.NotLeader), Assert.Single(output.Proposals));
            Assert.Null(output.Write);
            Assert.Equal([1], server.Log);
        });
    }

    [Fact]
    public void A_leader_that_guesses_sends_nothing_but_heartbeats_from_its_guess_on_until_one_is_answered()
    {
        var leader = Leader(term: 5, log: [1]);
        Assert.Empty(leader.Propose("a").Messages);
        Assert.Empty(leader.Propose("b").Messages);
        var probe = new AppendEntries(S1, S2, new Term(5), new LogIndex(1), new Term(1), EntryList.Empty, LogIndex.Zero);
        Assert.Equal(probe, leader.Beat().OnlyTo<AppendEntries>(S2));
        Assert.Equal(probe, leader.Beat().OnlyTo<AppendEntries>(S2));
        Assert.Equal(leader.Core.Log.From(new LogIndex(2)), leader.Agrees(S2, upTo: 1).Only<AppendEntries>().Entries);
    }

    [Fact]
    public void A_leader_that_knows_where_a_follower_stands_sends_on_without_waiting_for_replies()
    {
        var leader = Leader(term: 5, log: [1]);
        leader.Agrees(S2);
        var first = leader.Propose("a").Only<AppendEntries>();
        var second = leader.Propose("b").Only<AppendEntries>();
        Assert.Equal((S2, new LogIndex(1), 1), (first.To, first.PrevLogIndex, first.Entries.Count));
        Assert.Equal((S2, new LogIndex(2), 1), (second.To, second.PrevLogIndex, second.Entries.Count));
        Assert.Equal(new Term(5), second.PrevLogTerm);

        // The follower has answered since the last heartbeat: this one asks nothing of it. The next one does.
        var heartbeat = leader.Beat().OnlyTo<AppendEntries>(S2);
        Assert.Equal((new LogIndex(1), 0), (heartbeat.PrevLogIndex, heartbeat.Entries.Count));
        heartbeat = leader.Beat().OnlyTo<AppendEntries>(S2);
        Assert.Equal((new LogIndex(3), 0), (heartbeat.PrevLogIndex, heartbeat.Entries.Count));
    }

    [Fact]
    public void A_message_carries_no_more_entries_than_allowed_and_the_rest_follows_its_reply()
    {
        var leader = Leader(term: 5, options: new CoreOptions { MaxEntriesPerMessage = 2, MaxInflightMessages = 1 });
        var first = leader.Step(new Propose([.. Enumerable.Range(0, 5).Select(i => Command.FromText($"x{i}"))])).OnlyTo<AppendEntries>(S2);
        Assert.Equal((LogIndex.Zero, 2), (first.PrevLogIndex, first.Entries.Count));
        var second = leader.Agrees(S2, upTo: 2).Only<AppendEntries>();
        Assert.Equal((new LogIndex(2), 2), (second.PrevLogIndex, second.Entries.Count));
        var third = leader.Agrees(S2, upTo: 4).Only<AppendEntries>();
        Assert.Equal((new LogIndex(4), 1), (third.PrevLogIndex, third.Entries.Count));
        Assert.Empty(leader.Agrees(S2, upTo: 5).Messages);
    }

    [Fact]
    public void Every_limit_is_at_least_one()
    {
        Refused("MaxEntriesPerMessage", () => new CoreOptions { MaxEntriesPerMessage = 0 });
        Refused("MaxMessageBytes", () => new CoreOptions { MaxMessageBytes = 0 });
        Refused("MaxInflightMessages", () => new CoreOptions { MaxInflightMessages = -1 });
        Refused("MaxInflightBytes", () => new CoreOptions { MaxInflightBytes = 0 });
        Refused("MaxUncommittedBytes", () => new CoreOptions { MaxUncommittedBytes = long.MinValue });

        static void Refused(string limit, Func<CoreOptions> make) => Assert.Contains(
            $"{limit} must be at least 1, not ", Assert.Throws<ArgumentOutOfRangeException>(make).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_message_may_carry_more_entries_than_is_decoded() => Assert.Contains(
        "at most 65536 entries, not 65537",
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new CoreOptions { MaxEntriesPerMessage = CoreOptions.MostEntriesPerMessage + 1 }).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Success_moves_the_follower_on()
    {
        var leader = Leader(term: 5, log: [1, 4, 4]);
        leader.Agrees(S2, upTo: 3);
        Assert.Equal(new Progress(new LogIndex(4), new LogIndex(3), Probing: false), leader.Core.ProgressOf(S2));
        Assert.Equal(new Progress(new LogIndex(4), LogIndex.Zero, Probing: true), leader.Core.ProgressOf(S3));
    }

    [Fact]
    public void A_success_that_is_late_takes_nothing_back()
    {
        var leader = Leader(term: 5, log: [1, 4, 4]);
        leader.Agrees(S2, upTo: 3);
        Assert.Empty(leader.Agrees(S2, upTo: 1).Messages);
        Assert.Equal(new Progress(new LogIndex(4), new LogIndex(3), Probing: false), leader.Core.ProgressOf(S2));
    }

    [Fact]
    public void A_refusal_that_is_late_takes_nothing_back()
    {
        var leader = Leader(term: 5, log: [1, 4, 4]);
        leader.Agrees(S2, upTo: 3);
        Assert.Empty(leader.Refuses(S2, prev: 3, conflictIndex: 1).Messages);
        Assert.Empty(leader.Refuses(S2, prev: 2, conflictIndex: 1).Messages);
        Assert.Equal(new Progress(new LogIndex(4), new LogIndex(3), Probing: false), leader.Core.ProgressOf(S2));
    }

    [Fact]
    public void A_refusal_that_comes_twice_counts_once()
    {
        var leader = Leader(term: 5, log: [1, 4, 4]);
        Assert.Equal(new LogIndex(1), leader.Refuses(S2, prev: 3, conflictIndex: 2).Only<AppendEntries>().PrevLogIndex);
        Assert.Empty(leader.Refuses(S2, prev: 3, conflictIndex: 2).Messages);
        Assert.Equal(new Progress(new LogIndex(2), LogIndex.Zero, Probing: true), leader.Core.ProgressOf(S2));
    }

    [Fact]
    public void A_refusal_never_takes_a_follower_below_what_is_known_to_match()
    {
        var leader = Leader(term: 5, log: [1, 1, 4, 4]);
        leader.Agrees(S2, upTo: 2);
        Assert.Equal(new LogIndex(2), leader.Refuses(S2, prev: 4, conflictIndex: 1).Only<AppendEntries>().PrevLogIndex);
    }

    [Fact]
    public void A_reply_to_an_earlier_terms_request_says_nothing()
    {
        var leader = Leader(term: 5, log: [1, 4, 4]);
        var before = leader.Core.Clone();
        Assert.Empty(leader.Agrees(S2, upTo: 3, term: 4).Messages);
        Assert.Empty(leader.Refuses(S2, prev: 3, conflictIndex: 1, term: 4).Messages);
        Assert.Equal(before, leader.Core);
    }

    [Fact]
    public void Who_leads_no_more_ignores_replies()
    {
        var server = Leader(term: 5, log: [1, 4, 4]);
        server.AppendEntries(term: 6, prev: 3, prevTerm: 4);
        var before = server.Core.Clone();
        Assert.Empty(server.Agrees(S2, upTo: 3).Messages);
        Assert.Empty(server.Refuses(S3, prev: 3, conflictIndex: 1).Messages);
        Assert.Equal(before, server.Core);
    }

    [Fact]
    public void A_follower_that_claims_more_than_its_leader_holds_is_not_believed()
    {
        var leader = Leader(term: 5, log: [1]);
        var before = leader.Core.Clone();
        Assert.Equal("S1, which leads, holds no entry 2", leader.Agrees(S2, upTo: 2).Rejected);
        Assert.Equal(
            "S1, which leads, holds no entry 2", leader.Receive(new InstallSnapshotReply(S2, S1, new Term(5), new LogIndex(2))).Rejected);
        Assert.Equal(before, leader.Core);
    }

    // §5.3, fast back-up.
    [Fact]
    public void Back_up_goes_to_the_end_of_a_log_that_is_too_short()
    {
        var leader = Leader(term: 7, log: [1, 1, 4, 4, 6, 6]);
        var retry = leader.Refuses(S2, prev: 6, conflictIndex: 3).Only<AppendEntries>();
        Assert.Equal((new LogIndex(2), new Term(1)), (retry.PrevLogIndex, retry.PrevLogTerm));
        Assert.Equal([4, 4, 6, 6], Terms(retry.Entries));
    }

    [Fact]
    public void Back_up_skips_a_term_that_the_leader_lacks()
    {
        var leader = Leader(term: 7, log: [1, 1, 4, 4, 6, 6]);
        var retry = leader.Refuses(S2, prev: 6, conflictIndex: 4, conflictTerm: 5).Only<AppendEntries>();
        Assert.Equal((new LogIndex(3), new Term(4)), (retry.PrevLogIndex, retry.PrevLogTerm));
    }

    [Fact]
    public void Back_up_goes_to_the_leaders_last_entry_of_a_term_that_both_hold()
    {
        var leader = Leader(term: 7, log: [1, 4, 4, 6, 6, 6]);
        var retry = leader.Refuses(S2, prev: 6, conflictIndex: 2, conflictTerm: 4).Only<AppendEntries>();
        Assert.Equal((new LogIndex(3), new Term(4)), (retry.PrevLogIndex, retry.PrevLogTerm));
    }

    // The leader's log, the follower's log, and the most round trips that it may take: one a term that differs, and one to agree.
    [Theory]
    [InlineData("1 1 1 4 4 5 5 6 6 6", "1 1 1 4 4 5 5 6 6", 2)]
    [InlineData("1 1 1 4 4 5 5 6 6 6", "1 1 1 4", 2)]
    [InlineData("1 1 1 4 4 5 5 6 6 6", "1 1 1 4 4 5 5 6 6 6 6", 1)]
    [InlineData("1 1 1 4 4 5 5 6 6 6", "1 1 1 4 4 5 5 6 6 6 7 7", 1)]
    [InlineData("1 1 1 4 4 5 5 6 6 6", "1 1 1 4 4 4 4", 3)]
    [InlineData("1 1 1 4 4 5 5 6 6 6", "1 1 1 2 2 2 3 3 3 3 3", 3)]
    [InlineData("7 7 7 7 7 7 7 7 7 7 7 7", "2 2 2 2 2 2 3 3 3 3 3 3", 3)]
    [InlineData("1 2 2 2 2 2 2 2 2 2 2 2", "1 1 1 1 1 1 1 1 1 1 1 1", 2)]
    [InlineData("1 1 1 1 1 1 1 1 1 1 1 3", "1 2 2 2 2 2 2 2 2 2 2 2", 2)]
    [InlineData("1 1 1 1", "", 2)]
    public void Back_up_takes_a_round_trip_a_term_and_not_one_an_entry(string leaderLog, string followerLog, int roundTrips)
    {
        var leader = Leader(term: 9, log: Boxes(leaderLog));
        var follower = Started(term: 8, log: Boxes(followerLog), id: S2);
        var taken = 0;
        for (var request = leader.Beat().OnlyTo<AppendEntries>(S2); request is not null; taken++)
        {
            var reply = follower.Receive(request).Only<AppendEntriesReply>();
            request = leader.Receive(reply).Messages.Select(sent => sent.Message).OfType<AppendEntries>().SingleOrDefault();
        }

        Assert.Equal(new Progress(leader.Core.Log.LastIndex.Next, leader.Core.Log.LastIndex, Probing: false), leader.Core.ProgressOf(S2));
        Assert.Equal(leader.Log, follower.Log[..leader.Log.Length]);
        Assert.Equal(roundTrips, taken);

        static long[] Boxes(string log) => [.. log.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
    }
}
