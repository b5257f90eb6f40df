using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>What no longer matters is neither begun nor sent, and what refers to it changes nothing.</summary>
public class StaleWorkRules
{
    // Elections.
    public static TheoryData<string> Undecided => ["candidate", "voter", "follower of a new leader", "server that heard of a later term"];

    private static Server WithTermOrVoteInFlight(string what)
    {
        var server = Started(term: 4);
        switch (what)
        {
            case "candidate":
                server.TimeOut();
                break;
            case "voter":
                server.RequestVote(S2, term: 4);
                break;
            case "follower of a new leader":
                server.AppendEntries(term: 5);
                break;
            default:
                server.VoteReply(S2, term: 5, granted: false);
                break;
        }

        return server;
    }

    [Theory]
    [MemberData(nameof(Undecided))]
    public void No_election_begins_while_the_term_and_the_vote_are_not_durable(string what)
    {
        var server = WithTermOrVoteInFlight(what);
        var before = server.Core.Clone();
        for (var i = 0; i < 100; i++)
        {
            var output = server.TimeOut();
            Assert.Equal(TimerChange.Restart, output.ElectionTimer);
            Assert.Null(output.Write);
            Assert.Empty(output.Messages);
        }

        Assert.Equal(before, server.Core);
        server.WritesComplete();
        var next = server.Core.CurrentTerm.Next;
        Assert.Equal(2, server.TimeOut().Messages.Count);
        Assert.Equal((Role.Candidate, next), (server.Core.Role, server.Core.CurrentTerm));
    }

    [Fact]
    public void A_server_that_leads_begins_no_election_whatever_is_in_flight()
    {
        var leader = Leader(term: 5);
        leader.Propose("x");
        var before = leader.Core.Clone();
        Assert.Equal(TimerChange.None, leader.TimeOut().ElectionTimer);
        Assert.Equal(before, leader.Core);
    }

    [Fact]
    public void Writes_of_entries_do_not_hold_an_election_up()
    {
        var server = Started(term: 4);
        server.AppendEntries(term: 4, entries: [4, 4]);
        Assert.Equal(2, server.TimeOut().Messages.Count);
        Assert.Equal(new Term(5), server.Core.CurrentTerm);
    }

    [Fact]
    public void An_election_holds_up_no_later_one_once_its_vote_is_durable_though_entries_are_not()
    {
        var server = Started(term: 4);
        var vote = server.TimeOut().Write!.Sequence;
        server.AppendEntries(term: 5, entries: [5]);
        server.WritesComplete(vote);
        server.TimeOut();
        Assert.Equal((Role.Candidate, new Term(6)), (server.Core.Role, server.Core.CurrentTerm));
    }

    [Fact]
    public void A_candidate_waits_from_when_its_vote_is_durable_and_its_requests_leave()
    {
        var server = Started(term: 4);
        server.AppendEntries(term: 4, entries: [4]);
        server.TimeOut();
        Assert.Equal(TimerChange.None, server.WritesComplete(1).ElectionTimer);
        Assert.Equal(TimerChange.Restart, server.WritesComplete(2).ElectionTimer);
        Assert.Equal(TimerChange.None, server.WritesComplete(2).ElectionTimer);
    }

    [Fact]
    public void A_server_whose_vote_was_for_another_does_not_wait_anew_when_it_is_durable()
    {
        var server = Started(term: 4);
        server.RequestVote(S2, term: 5);
        Assert.Equal(TimerChange.None, server.WritesComplete().ElectionTimer);
    }

    [Fact]
    public void In_the_last_term_there_is_no_election()
    {
        var server = Started(term: Term.MaxValue);
        var output = server.TimeOut();
        Assert.Equal(TimerChange.Restart, output.ElectionTimer);
        Assert.Empty(output.Messages);
        Assert.Equal((Role.Follower, Term.Max), (server.Core.Role, server.Core.CurrentTerm));
    }

    // What waits for a write.
    [Fact]
    public void A_message_is_stale_once_its_server_is_in_a_later_term()
    {
        var server = Started(term: 4);
        var grant = server.RequestVote(S2, term: 5).Only<RequestVoteReply>();
        Assert.False(server.Core.IsStale(grant));
        server.AppendEntries(term: 5, from: S3);
        Assert.False(server.Core.IsStale(grant));
        server.AppendEntries(term: 6, from: S3);
        Assert.True(server.Core.IsStale(grant));
    }

    [Fact]
    public void A_request_for_votes_is_stale_once_its_server_is_no_candidate()
    {
        var server = Started(term: 4);
        var request = server.TimeOut().OnlyTo<RequestVote>(S2);
        Assert.False(server.Core.IsStale(request));
        var follower = server.Core.Clone();
        var heartbeat = new AppendEntries(S3, S1, new Term(5), LogIndex.Zero, Term.Zero, EntryList.Empty, LogIndex.Zero);
        follower.Step(new MessageReceived(heartbeat));
        Assert.True(follower.IsStale(request));

        server.WritesComplete();
        server.VoteReply(S3, term: 5);
        Assert.Equal(Role.Leader, server.Core.Role);
        Assert.True(server.Core.IsStale(request));
    }

    [Fact]
    public void What_a_follower_confirms_is_not_stale_while_it_is_in_the_same_term()
    {
        var server = Started(term: 5);
        var confirmation = server.AppendEntries(term: 5, entries: [5]).Only<AppendEntriesReply>();
        server.AppendEntries(term: 5, prev: 1, prevTerm: 5, entries: [5]);
        Assert.False(server.Core.IsStale(confirmation));
    }

    // Answers to what an earlier leader asked.
    [Fact]
    public void A_refusal_because_of_the_term_of_an_old_request_changes_nothing_at_a_leader_that_was_elected_again()
    {
        var leader = Leader(term: 5, log: [1, 4, 4]);
        var old = leader.Beat().OnlyTo<AppendEntries>(S2);
        leader.RequestVote(S3, term: 6);
        leader.WritesComplete();
        leader.TimeOut();
        leader.WritesComplete();
        leader.VoteReply(S2, term: 7);
        leader.Agrees(S2, upTo: 1);

        var follower = Started(term: 7, votedFor: S1, log: [1], id: S2);
        var refusal = follower.Receive(old).Only<AppendEntriesReply>();
        Assert.Equal(new AppendEntriesReply(S2, S1, new Term(7), Success: false, new LogIndex(3)), refusal);
        var before = leader.Core.Clone();
        Assert.Equal(Role.Leader, before.Role);
        Assert.Empty(leader.Receive(refusal).Messages);
        Assert.Equal(before, leader.Core);
    }

    [Fact]
    public void A_refused_snapshot_changes_nothing_at_a_leader_of_that_term()
    {
        foreach (var begun in (bool[])[false, true])
        {
            var leader = Leader(term: 5, snapshot: SnapshotAt(4, 1));
            if (begun)
            {
                leader.Refuses(S3, prev: 4, conflictIndex: 1);
            }

            var before = leader.Core.Clone();
            Assert.Empty(leader.Receive(new InstallSnapshotReply(S3, S1, new Term(5), LogIndex.Zero)).Messages);
            Assert.Equal(before, leader.Core);
        }
    }

    [Fact]
    public void An_answer_about_a_snapshot_of_an_earlier_term_changes_nothing()
    {
        var leader = Leader(term: 5, snapshot: SnapshotAt(4, 1));
        leader.Refuses(S3, prev: 4, conflictIndex: 1);
        var before = leader.Core.Clone();
        Assert.Empty(leader.Receive(new InstallSnapshotReply(S3, S1, new Term(4), new LogIndex(4), Missing: 4)).Messages);
        Assert.Empty(leader.Receive(new InstallSnapshotReply(S3, S1, new Term(4), new LogIndex(4))).Messages);
        Assert.Equal(before, leader.Core);
    }
}
