using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>Figure 2: RequestVote RPC, and the rules for followers and candidates (§5.1, §5.2, §5.4.1).</summary>
public class ElectionRules
{
    // RequestVote RPC.
    [Fact]
    public void Receiver_1_refuses_a_candidate_of_an_earlier_term_and_tells_it_the_current_one()
    {
        var server = Started(term: 5);
        Assert.Equal(
            new RequestVoteReply(S1, S2, new Term(5), VoteGranted: false),
            server.RequestVote(S2, term: 4, lastIndex: 9, lastTerm: 3).Only<RequestVoteReply>());
        Assert.Null(server.Core.VotedFor);
        Assert.Equal(new Term(5), server.Core.CurrentTerm);
    }

    [Fact]
    public void Receiver_2_grants_the_vote_to_an_up_to_date_candidate()
    {
        var server = Started(term: 4, log: [1, 1]);
        Assert.Equal(
            new RequestVoteReply(S1, S2, new Term(5), VoteGranted: true),
            server.RequestVote(S2, term: 5, lastIndex: 2, lastTerm: 1).Only<RequestVoteReply>());
        Assert.Equal(S2, server.Core.VotedFor);
        Assert.Equal(S2, server.Disk.VotedFor);
        Assert.Equal(new Term(5), server.Disk.Term);
    }

    // §5.4.1; the receiver's log ends with index 3, term 2.
    [Theory]
    [InlineData(3, 2, true)]
    [InlineData(4, 2, true)]
    [InlineData(2, 2, false)]
    [InlineData(1, 3, true)]
    [InlineData(3, 3, true)]
    [InlineData(9, 1, false)]
    [InlineData(0, 0, false)]
    public void Receiver_2_compares_the_last_terms_first_and_then_the_lengths(long lastIndex, long lastTerm, bool granted)
    {
        var server = Started(term: 4, log: [1, 2, 2]);
        Assert.Equal(granted, server.RequestVote(S2, term: 5, lastIndex, lastTerm).Only<RequestVoteReply>().VoteGranted);
        Assert.Equal(granted ? S2 : null, server.Core.VotedFor);
    }

    [Theory]
    [InlineData(7, 3, true)]
    [InlineData(6, 3, false)]
    [InlineData(7, 2, false)]
    public void Receiver_2_takes_a_log_that_is_only_a_snapshot_for_what_it_replaced(long lastIndex, long lastTerm, bool granted)
    {
        var server = Started(term: 4, snapshot: SnapshotAt(7, 3));
        Assert.Equal(granted, server.RequestVote(S2, term: 5, lastIndex, lastTerm).Only<RequestVoteReply>().VoteGranted);
    }

    [Fact]
    public void A_server_votes_for_one_candidate_a_term()
    {
        var server = Started(term: 4);
        server.RequestVote(S2, term: 5);
        Assert.False(server.RequestVote(S3, term: 5, lastIndex: 8, lastTerm: 4).Only<RequestVoteReply>().VoteGranted);
        Assert.Equal(S2, server.Core.VotedFor);
    }

    [Fact]
    public void A_vote_is_remembered_over_a_restart()
    {
        var server = Started(term: 5, votedFor: S2);
        Assert.False(server.RequestVote(S3, term: 5, lastIndex: 8, lastTerm: 4).Only<RequestVoteReply>().VoteGranted);
        Assert.True(server.RequestVote(S2, term: 5).Only<RequestVoteReply>().VoteGranted);
    }

    [Fact]
    public void A_candidate_that_asks_again_is_granted_the_same_vote_without_another_write()
    {
        var server = Started(term: 4);
        server.RequestVote(S2, term: 5);
        var again = server.RequestVote(S2, term: 5);
        Assert.True(again.Only<RequestVoteReply>().VoteGranted);
        Assert.Null(again.Write);
    }

    [Fact]
    public void A_candidate_and_a_leader_vote_for_no_other_in_their_term()
    {
        Assert.False(Candidate(term: 5).RequestVote(S2, term: 5, lastIndex: 9, lastTerm: 4).Only<RequestVoteReply>().VoteGranted);
        var leader = Leader(term: 5);
        Assert.False(leader.RequestVote(S3, term: 5, lastIndex: 9, lastTerm: 4).Only<RequestVoteReply>().VoteGranted);
        Assert.Equal(Role.Leader, leader.Core.Role);
    }

    // All servers.
    [Fact]
    public void A_later_term_in_a_request_makes_a_follower_of_the_term_with_its_vote_free()
    {
        var server = Started(term: 4, votedFor: S3, log: [1]);
        server.RequestVote(S2, term: 5);
        Assert.Equal(new Term(5), server.Core.CurrentTerm);
        Assert.Null(server.Core.VotedFor);
        Assert.Null(server.Disk.VotedFor);
    }

    [Fact]
    public void A_later_term_in_a_reply_makes_a_leader_a_follower()
    {
        var replies = new Message[]
        {
            new AppendEntriesReply(S2, S1, new Term(6), Success: false, LogIndex.Zero),
            new RequestVoteReply(S2, S1, new Term(6), VoteGranted: false),
            new InstallSnapshotReply(S2, S1, new Term(6), LogIndex.Zero),
        };
        Assert.All(replies, reply =>
        {
            var leader = Leader(term: 5);
            var output = leader.Receive(reply);
            Assert.Equal(Role.Follower, leader.Core.Role);
            Assert.Equal(new Term(6), leader.Core.CurrentTerm);
            Assert.Null(leader.Core.VotedFor);
            Assert.Null(leader.Core.Leader);
            Assert.Equal(TimerChange.Stop, output.HeartbeatTimer);
            Assert.Equal(TimerChange.Restart, output.ElectionTimer);
            Assert.Equal(new RaftWrite(2, new Term(6), null, null, null), output.Write);
            Assert.Empty(output.Messages);
        });
    }

    [Fact]
    public void A_vote_of_a_later_term_does_not_elect_a_candidate_of_an_earlier_one()
    {
        var candidate = Candidate(term: 5);
        candidate.VoteReply(S2, term: 6);
        Assert.Equal(Role.Follower, candidate.Core.Role);
        Assert.Equal(new Term(6), candidate.Core.CurrentTerm);
    }

    [Fact]
    public void A_message_of_the_same_term_does_not_free_the_vote()
    {
        var server = Started(term: 5, votedFor: S3);
        server.AppendEntries(term: 5);
        Assert.Equal(S3, server.Core.VotedFor);

        var candidate = Candidate(term: 5);
        candidate.AppendEntries(term: 5);
        Assert.Equal(S1, candidate.Core.VotedFor);
        Assert.False(candidate.RequestVote(S3, term: 5, lastIndex: 9, lastTerm: 4).Only<RequestVoteReply>().VoteGranted);
    }

    [Fact]
    public void Two_leaders_of_a_term_cannot_be()
    {
        var leader = Leader(term: 5);
        var before = leader.Core.Clone();
        Assert.Equal("S1 itself leads term 5", leader.AppendEntries(term: 5).Rejected);
        Assert.Equal("S1 itself leads term 5", leader.InstallSnapshot(term: 5, lastIndex: 3, lastTerm: 2).Rejected);
        Assert.Equal(before, leader.Core);
    }

    // Candidates.
    [Fact]
    public void A_follower_whose_election_timer_runs_out_stands_for_election_in_the_next_term()
    {
        var server = Started(cluster: 3, term: 4, votedFor: S2, log: [1, 3]);
        var output = server.TimeOut();
        Assert.Equal(Role.Candidate, server.Core.Role);
        Assert.Equal(new Term(5), server.Core.CurrentTerm);
        Assert.Equal(S1, server.Core.VotedFor);
        Assert.Equal(TimerChange.Restart, output.ElectionTimer);
        Assert.Equal(new RaftWrite(1, new Term(5), S1, null, null), output.Write);
        Assert.Equal(
            [
                new RequestVote(S1, S2, new Term(5), new LogIndex(2), new Term(3)),
                new RequestVote(S1, S3, new Term(5), new LogIndex(2), new Term(3)),
            ],
            output.Messages.Select(sent => sent.Message));
    }

    [Fact]
    public void A_candidate_whose_election_timer_runs_out_starts_a_new_election_without_the_old_votes()
    {
        var candidate = Candidate(term: 5, cluster: 5);
        candidate.VoteReply(S2, term: 5);
        var output = candidate.TimeOut();
        candidate.WritesComplete();
        Assert.Equal(new Term(6), candidate.Core.CurrentTerm);
        Assert.Equal(TimerChange.Restart, output.ElectionTimer);
        Assert.Equal(4, output.Messages.Count);
        candidate.VoteReply(S3, term: 6);
        Assert.Equal(Role.Candidate, candidate.Core.Role);
        candidate.VoteReply(S2, term: 6);
        Assert.Equal(Role.Leader, candidate.Core.Role);
    }

    [Fact]
    public void A_candidate_with_a_majority_of_the_votes_leads_and_says_so_at_once()
    {
        var candidate = Candidate(term: 5, cluster: 5, log: [1, 4]);
        candidate.VoteReply(S2, term: 5);
        Assert.Equal(Role.Candidate, candidate.Core.Role);
        var output = candidate.VoteReply(S5, term: 5);
        Assert.Equal(Role.Leader, candidate.Core.Role);
        Assert.Equal(S1, candidate.Core.Leader);
        Assert.Equal(TimerChange.Stop, output.ElectionTimer);
        Assert.Equal(TimerChange.Restart, output.HeartbeatTimer);
        Assert.Equal(
            new[] { S2, S3, S4, S5 }.Select(follower =>
                new AppendEntries(S1, follower, new Term(5), new LogIndex(2), new Term(4), EntryList.Empty, LogIndex.Zero)),
            output.Messages.Select(sent => sent.Message));
        Assert.All([S2, S3, S4, S5], follower =>
            Assert.Equal(new Progress(new LogIndex(3), LogIndex.Zero, Probing: true), candidate.Core.ProgressOf(follower)));
    }

    [Fact]
    public void A_candidate_steps_down_when_it_hears_from_a_leader_of_its_term()
    {
        var candidate = Candidate(term: 5);
        var output = candidate.AppendEntries(term: 5, from: S3);
        Assert.Equal(Role.Follower, candidate.Core.Role);
        Assert.Equal(S3, candidate.Core.Leader);
        Assert.True(output.Only<AppendEntriesReply>().Success);

        candidate = Candidate(term: 5);
        candidate.InstallSnapshot(term: 5, lastIndex: 3, lastTerm: 2, from: S3);
        Assert.Equal(Role.Follower, candidate.Core.Role);
        Assert.Equal(S3, candidate.Core.Leader);
    }

    [Fact]
    public void A_candidate_stays_one_when_a_leader_of_an_earlier_term_speaks()
    {
        var candidate = Candidate(term: 5);
        candidate.AppendEntries(term: 4);
        Assert.Equal(Role.Candidate, candidate.Core.Role);
        Assert.Null(candidate.Core.Leader);
    }

    [Fact]
    public void A_vote_that_arrives_twice_counts_once()
    {
        var candidate = Candidate(term: 5, cluster: 5);
        candidate.VoteReply(S2, term: 5);
        candidate.VoteReply(S2, term: 5);
        Assert.Equal(Role.Candidate, candidate.Core.Role);
    }

    [Fact]
    public void A_refused_vote_does_not_count()
    {
        var candidate = Candidate(term: 5);
        candidate.VoteReply(S2, term: 5, granted: false);
        candidate.VoteReply(S3, term: 5, granted: false);
        Assert.Equal(Role.Candidate, candidate.Core.Role);
    }

    [Fact]
    public void A_vote_of_an_earlier_election_does_not_count()
    {
        var candidate = Candidate(term: 5);
        candidate.TimeOut();
        candidate.WritesComplete();
        candidate.VoteReply(S2, term: 5);
        Assert.Equal(Role.Candidate, candidate.Core.Role);
    }

    [Fact]
    public void A_vote_that_comes_after_the_candidate_gave_up_does_not_elect_it()
    {
        var candidate = Candidate(term: 5);
        candidate.AppendEntries(term: 5, from: S3);
        candidate.VoteReply(S2, term: 5);
        Assert.Equal(Role.Follower, candidate.Core.Role);
    }

    [Fact]
    public void A_vote_that_comes_after_the_election_was_won_changes_nothing()
    {
        var leader = Leader(term: 5);
        leader.Agrees(S2);
        var before = leader.Core.Clone();
        Assert.Empty(leader.VoteReply(S3, term: 5).Messages);
        Assert.Equal(before, leader.Core);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(5, 2)]
    [InlineData(6, 3)]
    public void A_majority_is_more_than_half_of_the_cluster(int cluster, int votesOfOthers)
    {
        var candidate = Candidate(term: 5, cluster);
        for (var voter = 2; voter <= votesOfOthers; voter++)
        {
            candidate.VoteReply(new ServerId(voter), term: 5);
        }

        Assert.Equal(Role.Candidate, candidate.Core.Role);
        candidate.VoteReply(new ServerId(votesOfOthers + 1), term: 5);
        Assert.Equal(Role.Leader, candidate.Core.Role);
    }

    [Fact]
    public void A_server_that_is_alone_elects_itself_once_its_vote_is_durable()
    {
        var server = Started(cluster: 1, term: 4);
        Assert.Empty(server.TimeOut().Messages);
        Assert.Equal(Role.Candidate, server.Core.Role);
        Assert.Empty(server.WritesComplete().Messages);
        Assert.Equal(Role.Leader, server.Core.Role);
    }

    // The election timer.
    [Fact]
    public void Granting_a_vote_puts_the_own_election_off()
    {
        Assert.Equal(TimerChange.Restart, Started(term: 4).RequestVote(S2, term: 5).ElectionTimer);
    }

    [Fact]
    public void Refusing_a_vote_does_not_put_the_own_election_off()
    {
        Assert.Equal(TimerChange.None, Started(term: 5).RequestVote(S2, term: 4).ElectionTimer);
        Assert.Equal(TimerChange.None, Started(term: 5, votedFor: S3).RequestVote(S2, term: 5).ElectionTimer);
        Assert.Equal(TimerChange.None, Started(term: 4, log: [1]).RequestVote(S2, term: 5).ElectionTimer);
        Assert.Equal(TimerChange.None, Candidate(term: 5, log: [1]).RequestVote(S2, term: 6).ElectionTimer);
    }

    [Fact]
    public void Hearing_from_the_current_leader_puts_the_election_off()
    {
        Assert.Equal(TimerChange.Restart, Started(term: 5).AppendEntries(term: 5).ElectionTimer);
        Assert.Equal(TimerChange.Restart, Started(term: 5).AppendEntries(term: 6).ElectionTimer);
        Assert.Equal(TimerChange.Restart, Started(term: 5).AppendEntries(term: 5, prev: 7, prevTerm: 2).ElectionTimer);
        Assert.Equal(TimerChange.Restart, Started(term: 5).InstallSnapshot(term: 5, lastIndex: 3, lastTerm: 2).ElectionTimer);
    }

    [Fact]
    public void Hearing_from_a_leader_of_an_earlier_term_does_not_put_the_election_off()
    {
        Assert.Equal(TimerChange.None, Started(term: 5).AppendEntries(term: 4).ElectionTimer);
        Assert.Equal(TimerChange.None, Started(term: 5).InstallSnapshot(term: 4, lastIndex: 3, lastTerm: 2).ElectionTimer);
    }

    [Fact]
    public void Nothing_else_touches_the_election_timer()
    {
        var server = Started(term: 5);
        Assert.Equal(TimerChange.None, server.Propose("x").ElectionTimer);
        Assert.Equal(TimerChange.None, server.Beat().ElectionTimer);
        Assert.Equal(TimerChange.None, server.WritesComplete().ElectionTimer);
        Assert.Equal(TimerChange.None, server.ServiceIsReady().ElectionTimer);
        Assert.Equal(TimerChange.None, server.VoteReply(S2, term: 5).ElectionTimer);
        Assert.Equal(TimerChange.None, server.VoteReply(S2, term: 6, granted: false).ElectionTimer);
        Assert.Equal(TimerChange.None, server.Agrees(S2).ElectionTimer);
        Assert.Equal(TimerChange.None, Candidate(term: 5).VoteReply(S2, term: 5, granted: false).ElectionTimer);
    }

    [Fact]
    public void A_leader_has_no_election_timeout()
    {
        var leader = Leader(term: 5);
        var output = leader.TimeOut();
        Assert.Equal(Role.Leader, leader.Core.Role);
        Assert.Equal(new Term(5), leader.Core.CurrentTerm);
        Assert.Empty(output.Messages);
        Assert.Equal(TimerChange.None, output.ElectionTimer);
    }

    [Fact]
    public void Only_a_leader_sends_heartbeats()
    {
        var leader = Leader(term: 5);
        var output = leader.Beat();
        Assert.Equal(TimerChange.Restart, output.HeartbeatTimer);
        Assert.Equal([S2, S3], output.Messages.Select(sent => sent.Message.To));

        Assert.All([Started(term: 5), Candidate(term: 5)], server =>
        {
            var silence = server.Beat();
            Assert.Empty(silence.Messages);
            Assert.Equal(TimerChange.None, silence.HeartbeatTimer);
        });
    }
}
