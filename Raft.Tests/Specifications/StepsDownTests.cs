using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class StepsDownTests
{
    private readonly History _history = new(new StepsDown());

    [Fact]
    public void A_leader_that_stays_in_its_term_when_a_reply_shows_a_later_one_violates_it()
    {
        _history.Start(S1, Disk(1));
        _history.Elect(S1);
        _history.Turn(S1, _history.Core(S1), Agreement(S2, S1, term: 3, upTo: 0));
        _history.Violates("StepsDown", "S1, Leader, stays in term 2 after AppendEntriesReply S2 -> S1 (term 3");
    }

    [Fact]
    public void A_server_that_takes_a_later_term_but_remains_a_candidate_violates_it()
    {
        _history.Start(S1, Disk(1));
        _history.Step(S1, ElectionTimeout.Instance);
        _history.Turn(S1, Unseen(S1, Disk(2), ElectionTimeout.Instance), VoteRequest(S2, S1, term: 3));
        _history.Violates("StepsDown", "S1 is Candidate in term 3 after RequestVote S2 -> S1 (term 3");
    }

    [Fact]
    public void A_candidate_that_does_not_follow_the_leader_of_its_term_violates_it()
    {
        _history.Start(S1, Disk(1));
        _history.Step(S1, ElectionTimeout.Instance);
        _history.Turn(S1, _history.Core(S1), Append(S2, S1, term: 2));
        _history.Violates("StepsDown", "S1, Candidate in term 2, does not follow S2");
    }

    [Fact]
    public void Who_steps_down_for_a_later_term_or_follows_the_leader_of_its_own_keeps_it()
    {
        _history.Start(S1, Disk(1));
        _history.Elect(S1);
        _history.Receive(Agreement(S2, S1, term: 3, upTo: 0));
        _history.Step(S1, ElectionTimeout.Instance);
        _history.Receive(Append(S2, S1, term: 4));
        _history.IsGood();
    }

    [Fact]
    public void A_message_of_an_earlier_term_changes_nothing()
    {
        _history.Start(S1, Disk(4));
        _history.Elect(S1);
        _history.Receive(Append(S2, S1, term: 4));
        _history.IsGood();
    }
}
