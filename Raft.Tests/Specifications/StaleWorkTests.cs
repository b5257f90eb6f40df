using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class StaleWorkTests
{
    private readonly History _history = new(new StaleWork());

    [Fact]
    public void A_message_of_an_earlier_term_violates_it()
    {
        _history.Start(S1, Disk(3));
        _history.Send(new RequestVoteReply(S1, S2, new Term(2), VoteGranted: true));
        _history.Violates("StaleWork", "S1 sent RequestVoteReply S1 -> S2 (term 2", "it is in term 3");
    }

    [Fact]
    public void A_request_for_votes_of_a_server_that_follows_by_now_violates_it()
    {
        _history.Start(S1, Disk(1));
        _history.Step(S1, ElectionTimeout.Instance);
        _history.Receive(Append(S2, S1, term: 2));
        _history.Send(new RequestVote(S1, S3, new Term(2), LogIndex.Zero, Term.Zero));
        _history.Violates("StaleWork", "S1 sent RequestVote S1 -> S3 (term 2", "it is Follower in term 2");
    }

    [Fact]
    public void An_election_that_begins_before_the_vote_of_the_last_one_is_durable_violates_it()
    {
        _history.Start(S1, Disk(1));
        _history.Step(S1, ElectionTimeout.Instance);
        _history.Turn(S1, Unseen(S1, Disk(2), ElectionTimeout.Instance), ElectionTimeout.Instance);
        _history.Violates("StaleWork", "S1 began an election in term 3, though its disk holds only term 1, not term 2");
    }

    [Fact]
    public void Elections_one_after_the_other_keep_it()
    {
        _history.Start(S1, Disk(1));
        _history.Step(S1, ElectionTimeout.Instance);
        _history.Step(S1, ElectionTimeout.Instance);
        _history.Persist(S1);
        _history.Step(S1, ElectionTimeout.Instance);
        _history.Send(new RequestVote(S1, S3, new Term(3), LogIndex.Zero, Term.Zero));
        _history.IsGood();
    }
}
