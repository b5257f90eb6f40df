using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class DurableBeforeSendTests
{
    private readonly History _history = new(new DurableBeforeSend());

    [Fact]
    public void A_term_that_is_sent_before_it_is_on_disk_violates_it()
    {
        _history.Start(S1, Disk(4));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Violates("DurableBeforeSend", "S1 sent RequestVoteReply", "its disk holds term 4");
    }

    [Fact]
    public void A_vote_that_is_sent_before_it_is_on_disk_violates_it()
    {
        _history.Start(S1, Disk(5));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Violates("DurableBeforeSend", "S1 sent RequestVoteReply S1 -> S2", "a vote for no server");
    }

    [Fact]
    public void A_vote_that_is_sent_while_the_disk_holds_another_violates_it()
    {
        _history.Start(S1, Disk(4));
        var reply = _history.Receive(VoteRequest(S2, S1, term: 5));
        _history.Store(S1, Disk(5) with { VotedFor = S3 });
        _history.Send(reply);
        _history.Violates("DurableBeforeSend", "S1 sent RequestVoteReply S1 -> S2", "a vote for S3");
    }

    [Fact]
    public void A_candidate_that_asks_for_votes_before_its_own_is_on_disk_violates_it()
    {
        _history.Start(S1, Disk(4));
        var request = _history.Step(S1, ElectionTimeout.Instance).Messages[0].Message;
        _history.Store(S1, Disk(5));
        _history.Send(request);
        _history.Violates("DurableBeforeSend", "S1 sent RequestVote ", "a vote for no server");
    }

    [Fact]
    public void A_candidate_that_asks_for_votes_with_a_log_that_its_disk_never_held_violates_it()
    {
        _history.Start(S1, Disk(4, "a@1", "b@1"));
        var request = _history.Step(S1, ElectionTimeout.Instance).Messages[0].Message;
        _history.Store(S1, Disk(5, "a@1") with { VotedFor = S1 });
        _history.Send(request);
        _history.Violates("DurableBeforeSend", "S1 sent RequestVote ", "log to 2@", "the log only up to 1");
    }

    [Fact]
    public void A_follower_that_acknowledges_entries_that_its_disk_lacks_violates_it()
    {
        _history.Start(S1, Disk(5));
        _history.Send(_history.Receive(Append(S2, S1, term: 5, Entries("a@5"))));
        _history.Violates("DurableBeforeSend", "S1 sent AppendEntriesReply", "success up to 1", "the log only up to 0");
    }

    [Fact]
    public void A_follower_that_acknowledges_entries_in_whose_place_its_disk_holds_others_violates_it()
    {
        _history.Start(S1, Disk(5, "b@4"));
        _history.Send(_history.Receive(Append(S2, S1, term: 5, Entries("a@5"))));
        _history.Violates(
            "DurableBeforeSend", "S1 sent AppendEntriesReply", "success up to 1", "its disk holds another entry than its memory");
    }

    [Fact]
    public void A_follower_that_acknowledges_a_snapshot_that_its_disk_lacks_violates_it()
    {
        _history.Start(S1, Disk(5));
        CommitsElsewhere("a@4", "b@4", "c@4");
        _history.Send(_history.Receive(Install(S2, S1, term: 5, SnapshotAt(3, 4))));
        _history.Violates("DurableBeforeSend", "S1 sent InstallSnapshotReply", "up to 3", "the log only up to 0");
    }

    [Fact]
    public void Whatever_is_sent_once_the_disk_holds_it_keeps_it()
    {
        _history.Start(S1, Disk(4, "b@4"));
        CommitsElsewhere("b@4", "a@5", "a@5", "c@5");
        SendsWhenDurable(VoteRequest(S2, S1, term: 5, lastIndex: 1, lastTerm: 4));
        SendsWhenDurable(Append(S2, S1, term: 5, Entries("a@5", "a@5"), prev: 1, prevTerm: 4));
        SendsWhenDurable(Install(S2, S1, term: 5, SnapshotAt(4, 5)));
        var requests = _history.Step(S1, ElectionTimeout.Instance);
        _history.Persist(S1);
        _history.Send(requests);
        _history.IsGood();
    }

    [Fact]
    public void What_the_core_lets_go_at_once_keeps_it()
    {
        _history.Start(S1, Disk(4, "b@4"));
        _history.Elect(S1);
        _history.Send(_history.Step(S1, Proposal("c")));
        _history.Send(_history.Step(S1, HeartbeatTimeout.Instance));
        _history.IsGood();
    }

    [Fact]
    public void A_refusal_needs_no_entries_on_disk()
    {
        _history.Start(S1, Disk(5));
        _history.Send(_history.Receive(Append(S2, S1, term: 5, Entries("a@5"), prev: 3, prevTerm: 4)));
        _history.IsGood();
    }

    [Fact]
    public void A_request_for_votes_whose_log_was_cut_since_by_the_leader_of_its_term_keeps_it()
    {
        _history.Start(S1, Disk(4, "a@1", "b@1"));
        var requests = _history.Step(S1, ElectionTimeout.Instance);
        _history.Persist(S1);
        _history.Receive(Append(S2, S1, term: 5, Entries("c@5")));
        _history.Persist(S1);
        Assert.Equal(new LogIndex(1), _history.Core(S1).Log.LastIndex);
        _history.Send(requests);
        _history.IsGood();
    }

    [Fact]
    public void A_request_for_votes_whose_log_the_disk_held_only_in_an_earlier_term_violates_it()
    {
        _history.Start(S1, Disk(4, "a@1", "b@1"));
        _history.Store(S1, Disk(5, "a@1") with { VotedFor = S1 });
        _history.Send(new RequestVote(S1, S2, new Term(5), new LogIndex(2), new Term(1)));
        _history.Violates("DurableBeforeSend", "log to 2@", "the log only up to 1");
    }

    [Fact]
    public void A_late_message_of_a_term_that_the_disk_is_past_keeps_it()
    {
        _history.Start(S1, Disk(4));
        var reply = _history.Receive(VoteRequest(S2, S1, term: 5));
        _history.Receive(VoteRequest(S3, S1, term: 6));
        _history.Persist(S1);
        _history.Send(reply);
        _history.IsGood();
    }

    // The content of a snapshot must have been committed by some server.
    private void CommitsElsewhere(params string[] entries)
    {
        var last = Entry(entries[^1]).Term.Value;
        _history.Start(S3, Disk(last, entries));
        _history.Receive(Append(S2, S3, last, prev: entries.Length, prevTerm: last, commit: entries.Length));
    }

    private void SendsWhenDurable(MessageReceived received)
    {
        var output = _history.Receive(received);
        _history.Persist(S1);
        _history.Send(output);
    }

    [Fact]
    public void A_follower_that_acknowledges_a_snapshot_while_its_disk_holds_other_entries_violates_it()
    {
        _history.Start(S3, Disk(2, "a@2", "b@2"));
        _history.Receive(Append(S2, S3, term: 2, prev: 2, prevTerm: 2, commit: 2));
        _history.Start(S1, Disk(5, "x@1", "y@1", "z@1"));
        _history.Send(_history.Receive(Install(S2, S1, term: 5, SnapshotAt(2, 2))));
        _history.Violates("DurableBeforeSend", "S1 sent InstallSnapshotReply", "another entry than its memory");
    }
}
