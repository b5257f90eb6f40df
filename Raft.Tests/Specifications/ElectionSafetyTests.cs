using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class ElectionSafetyTests
{
    private readonly History _history = new(new ElectionSafety());

    [Fact]
    public void Two_servers_that_lead_the_same_term_violate_it()
    {
        _history.Start(S1, Disk(4));
        _history.Start(S2, Disk(4));
        _history.Elect(S1);
        _history.Elect(S2);
        _history.Violates("ElectionSafety", "S2 (life 1) leads term 5", "S1 (life 1) led");
    }

    [Fact]
    public void A_server_that_leads_the_same_term_in_two_lives_violates_it()
    {
        _history.Start(S1, Disk(4));
        _history.Elect(S1);
        _history.Crash(S1);
        _history.Start(S1, Disk(4));
        _history.Elect(S1);
        _history.Violates("ElectionSafety", "S1 (life 2) leads term 5", "S1 (life 1) led");
    }

    [Fact]
    public void A_leader_that_goes_over_to_a_term_that_another_leads_violates_it()
    {
        _history.Start(S1, Disk(4));
        _history.Start(S2, Disk(5));
        _history.Elect(S1);
        _history.Elect(S2);
        _history.IsGood();
        _history.Turn(S1, Unseen(S1, Disk(5), Election(S1, 6)));
        _history.Violates("ElectionSafety", "S1 (life 1) leads term 6", "S2 (life 1) led");
    }

    [Fact]
    public void Leaders_of_different_terms_keep_it_even_at_the_same_time()
    {
        _history.Start(S1, Disk(4));
        _history.Start(S2, Disk(5));
        _history.Elect(S1);
        _history.Elect(S2);
        _history.IsGood();
    }

    [Fact]
    public void A_leader_that_continues_to_lead_keeps_it()
    {
        _history.Start(S1, Disk(4));
        _history.Elect(S1);
        _history.Step(S1, HeartbeatTimeout.Instance);
        _history.Step(S1, Proposal("a"));
        _history.IsGood();
    }

    [Fact]
    public void A_candidate_of_a_term_that_another_leads_keeps_it()
    {
        _history.Start(S1, Disk(4));
        _history.Start(S2, Disk(4));
        _history.Elect(S1);
        _history.Step(S2, ElectionTimeout.Instance);
        _history.IsGood();
    }

    [Fact]
    public void A_server_that_leads_again_in_a_later_term_keeps_it()
    {
        _history.Start(S1, Disk(4));
        _history.Elect(S1);
        _history.Crash(S1);
        _history.Start(S1);
        _history.Elect(S1);
        _history.IsGood();
    }
}
