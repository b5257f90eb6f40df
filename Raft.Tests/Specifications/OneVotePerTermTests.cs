using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class OneVotePerTermTests
{
    private readonly History _history = new(new OneVotePerTerm());

    [Fact]
    public void Votes_for_two_candidates_of_a_term_violate_it()
    {
        _history.Start(S1, Disk(4));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Send(new RequestVoteReply(S1, S3, new Term(5), VoteGranted: true));
        _history.Violates("OneVotePerTerm", "S1 voted for S3 in term 5", "it had voted for S2");
    }

    [Fact]
    public void A_vote_that_is_changed_in_its_term_violates_it_before_anything_is_sent()
    {
        _history.Start(S1, Disk(4));
        _history.Receive(VoteRequest(S2, S1, term: 5));
        _history.Turn(S1, Unseen(S1, Disk(4), VoteRequest(S3, S1, term: 5)));
        _history.Violates("OneVotePerTerm", "S1 votes for S3 in term 5", "it has voted for S2");
    }

    [Fact]
    public void A_vote_that_is_forgotten_in_its_term_violates_it()
    {
        _history.Start(S1, Disk(4));
        _history.Receive(VoteRequest(S2, S1, term: 5));
        _history.Turn(S1, Unseen(S1, Disk(5)));
        _history.Violates("OneVotePerTerm", "S1 forgets in term 5 that it has voted for S2");
    }

    [Fact]
    public void A_vote_in_a_later_term_violates_nothing()
    {
        _history.Start(S1, Disk(4));
        _history.Receive(VoteRequest(S2, S1, term: 5));
        _history.Receive(VoteRequest(S3, S1, term: 6));
        _history.IsGood();
    }

    [Fact]
    public void A_candidate_that_votes_for_another_in_its_term_violates_it()
    {
        _history.Start(S1, Disk(4));
        _history.Send(_history.Step(S1, ElectionTimeout.Instance));
        _history.Send(new RequestVoteReply(S1, S3, new Term(5), VoteGranted: true));
        _history.Violates("OneVotePerTerm", "S1 voted for S3 in term 5", "it had voted for S1");
    }

    [Fact]
    public void A_voter_that_stands_for_election_in_the_same_term_violates_it()
    {
        _history.Start(S1, Disk(4));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Send(new RequestVote(S1, S3, new Term(5), LogIndex.Zero, Term.Zero));
        _history.Violates("OneVotePerTerm", "S1 voted for S1 in term 5", "it had voted for S2");
    }

    [Fact]
    public void A_second_vote_after_a_crash_that_lost_the_term_violates_it()
    {
        _history.Start(S1, Disk(4));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Crash(S1);
        _history.Start(S1);
        _history.IsGood();
        _history.Send(_history.Receive(VoteRequest(S3, S1, term: 5)));
        _history.Violates("OneVotePerTerm", "S1 voted for S3 in term 5", "it had voted for S2");
    }

    [Fact]
    public void A_server_that_starts_again_without_the_vote_that_it_gave_violates_it()
    {
        _history.Start(S1, Disk(5));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Crash(S1);
        _history.Start(S1);
        _history.Violates("OneVotePerTerm", "S1 started again in term 5 with a vote for no server", "it had voted for S2");
    }

    [Fact]
    public void A_server_that_starts_again_with_another_vote_than_it_gave_violates_it()
    {
        _history.Start(S1, Disk(5));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Crash(S1);
        _history.Start(S1, Disk(5) with { VotedFor = S3 });
        _history.Violates("OneVotePerTerm", "S1 started again in term 5 with a vote for S3", "it had voted for S2");
    }

    [Fact]
    public void A_vote_that_is_given_to_the_same_candidate_again_keeps_it_over_a_crash_too()
    {
        _history.Start(S1, Disk(4));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Persist(S1);
        _history.Crash(S1);
        _history.Start(S1);
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.IsGood();
    }

    [Fact]
    public void A_refusal_keeps_it()
    {
        _history.Start(S1, Disk(4));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Send(_history.Receive(VoteRequest(S3, S1, term: 5)));
        _history.IsGood();
    }

    [Fact]
    public void Votes_for_two_candidates_of_different_terms_keep_it()
    {
        _history.Start(S1, Disk(4));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Send(_history.Receive(VoteRequest(S3, S1, term: 6)));
        _history.Send(_history.Step(S1, ElectionTimeout.Instance));
        _history.IsGood();
    }

    [Fact]
    public void Votes_of_two_servers_for_different_candidates_of_a_term_keep_it()
    {
        _history.Start(S1, Disk(4));
        _history.Start(S3, Disk(4));
        _history.Send(_history.Receive(VoteRequest(S2, S1, term: 5)));
        _history.Send(_history.Step(S3, ElectionTimeout.Instance));
        _history.IsGood();
    }

    [Fact]
    public void A_vote_that_was_never_sent_may_be_lost_by_a_crash()
    {
        _history.Start(S1, Disk(5));
        _history.Receive(VoteRequest(S2, S1, term: 5));
        _history.Crash(S1);
        _history.Start(S1);
        _history.Send(_history.Receive(VoteRequest(S3, S1, term: 5)));
        _history.IsGood();
    }
}
