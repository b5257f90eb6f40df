using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class MonotonicityTests
{
    private readonly History _history = new(new Monotonicity());

    [Fact]
    public void A_term_that_goes_back_while_the_server_lives_violates_it()
    {
        _history.Start(S1, Disk(5));
        _history.Turn(S1, Unseen(S1, Disk(4)));
        _history.Violates("Monotonicity", "The term of S1 went back from 5 to 4");
    }

    [Fact]
    public void A_commit_index_that_goes_back_while_the_server_lives_violates_it()
    {
        _history.Start(S1, Disk(1, "a@1", "b@1"));
        _history.Receive(Append(S2, S1, term: 1, prev: 2, prevTerm: 1, commit: 2));
        _history.Turn(S1, Unseen(S1, Disk(1, "a@1", "b@1"), Append(S2, S1, term: 1, prev: 1, prevTerm: 1, commit: 1)));
        _history.Violates("Monotonicity", "The commit index of S1 went back from 2 to 1");
    }

    [Fact]
    public void A_term_that_was_sent_and_is_lost_by_a_crash_violates_it()
    {
        _history.Start(S1, Disk(4));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Crash(S1);
        _history.Start(S1);
        _history.Violates("Monotonicity", "S1 started again in term 4", "in term 5");
    }

    [Fact]
    public void A_term_that_was_sent_two_incarnations_ago_is_still_remembered()
    {
        _history.Start(S1, Disk(4));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Persist(S1);
        _history.Crash(S1);
        _history.Start(S1);
        _history.Send(new RequestVoteReply(S1, S2, new Term(3), VoteGranted: false));
        _history.Crash(S1);
        _history.IsGood();
        _history.Start(S1, Disk(4));
        _history.Violates("Monotonicity", "S1 started again in term 4", "in term 5");
    }

    [Fact]
    public void Terms_and_commit_indexes_that_go_forward_or_stay_keep_it()
    {
        _history.Start(S1, Disk(1, "a@1", "b@1"));
        _history.Receive(Append(S2, S1, term: 1, prev: 1, prevTerm: 1, commit: 1));
        _history.Receive(Append(S2, S1, term: 1, prev: 1, prevTerm: 1, commit: 1));
        _history.Receive(Append(S2, S1, term: 2, prev: 2, prevTerm: 1, commit: 2));
        _history.Receive(Append(S3, S1, term: 1, prev: 2, prevTerm: 1, commit: 0));
        _history.IsGood();
    }

    [Fact]
    public void A_term_that_was_never_sent_may_be_lost_by_a_crash()
    {
        _history.Start(S1, Disk(4));
        _history.Receive(VoteRequest(S2, S1, term: 5));
        _history.Crash(S1);
        _history.Start(S1);
        Assert.Equal(new Term(4), _history.Core(S1).CurrentTerm);
        _history.IsGood();
    }

    [Fact]
    public void A_term_that_was_sent_and_is_on_disk_survives_a_crash()
    {
        _history.Start(S1, Disk(4));
        var output = _history.Receive(VoteRequest(S2, S1, term: 5));
        _history.Persist(S1);
        _history.Send(output);
        _history.Crash(S1);
        _history.Start(S1);
        _history.IsGood();
    }

    [Fact]
    public void A_commit_index_may_be_lost_by_a_crash()
    {
        _history.Start(S1, Disk(1, "a@1"));
        _history.Receive(Append(S2, S1, term: 1, prev: 1, prevTerm: 1, commit: 1));
        _history.Crash(S1);
        _history.Start(S1);
        _history.Receive(Append(S2, S1, term: 1, prev: 1, prevTerm: 1));
        _history.IsGood();
    }
}
