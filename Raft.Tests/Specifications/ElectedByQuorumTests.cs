using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class ElectedByQuorumTests
{
    private readonly History _history = new(new ElectedByQuorum());

    [Fact]
    public void A_leader_that_no_other_server_voted_for_violates_it()
    {
        _history.Start(S1, Disk(1));
        _history.Elect(S1);
        _history.Violates("ElectedByQuorum", "S1 leads term 2, though only 1 of 3 servers voted for it");
    }

    [Fact]
    public void A_vote_of_an_earlier_term_does_not_count()
    {
        _history.Start(S1, Disk(1));
        Votes(S2, term: 1);
        _history.Elect(S1);
        _history.Violates("ElectedByQuorum", "only 1 of 3");
    }

    [Fact]
    public void The_leaders_own_vote_counts_once_it_is_on_its_disk()
    {
        _history.Start(S1, Disk(1));
        Votes(S2, term: 2);
        _history.Turn(S1, Unseen(S1, Disk(1), Election(S1, 2)));
        _history.Violates("ElectedByQuorum", "only 1 of 3", "its own vote is not on its disk");
    }

    [Fact]
    public void A_vote_that_comes_twice_counts_once()
    {
        _history.Start(S1, Disk(1));
        Votes(S2, term: 2);
        Votes(S2, term: 2);
        _history.Turn(S1, Unseen(S1, Disk(1), Election(S1, 2)));
        _history.Violates("ElectedByQuorum", "only 1 of 3");
    }

    [Fact]
    public void A_leader_with_the_votes_of_a_majority_keeps_it()
    {
        _history.Start(S1, Disk(1));
        Votes(S2, term: 2);
        _history.Elect(S1);
        _history.IsGood();
    }

    private void Votes(ServerId voter, long term) => _history.Send(new RequestVoteReply(voter, S1, new Term(term), VoteGranted: true));
}
