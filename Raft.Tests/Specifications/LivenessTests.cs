using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class LivenessTests
{
    private static readonly TimeSpan _electionBound = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _commitBound = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _start = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);
    private readonly History _history = new(new Liveness(_electionBound, _commitBound));

    [Fact]
    public void No_leader_within_the_bound_violates_it()
    {
        _history.Start(S1, Disk(1));
        _history.Start(S2, Disk(1));
        _history.FaultsEnded(_start);
        _history.Time(_start + _electionBound + _tick);
        _history.Violates("Liveness", "no leader that a majority follows for 2 s");
    }

    [Fact]
    public void While_something_is_broken_again_nothing_is_expected_and_afterwards_the_bound_begins_anew()
    {
        _history.Start(S1, Disk(1));
        _history.Start(S2, Disk(1));
        _history.FaultsEnded(_start);
        _history.FaultsResumed();
        var mended = _start + (10 * _electionBound);
        _history.Time(mended);
        _history.FaultsEnded(mended);
        _history.Time(mended + _electionBound);
        _history.IsGood();
        _history.Time(mended + _electionBound + _tick);
        _history.Violates("Liveness", "no leader that a majority follows for 2 s");
    }

    [Fact]
    public void A_leader_that_no_server_follows_violates_it()
    {
        _history.Start(S1, Disk(1));
        _history.Start(S2, Disk(1));
        _history.Start(S3, Disk(1));
        _history.Elect(S1);
        _history.FaultsEnded(_start);
        _history.Time(_start + _electionBound + _tick);
        _history.Violates("Liveness", "no leader that a majority follows for 2 s");
    }

    [Fact]
    public void A_leader_whose_follower_crashed_violates_it()
    {
        LeadsTerm2();
        _history.FaultsEnded(_start);
        _history.Time(_start + _tick);
        _history.Crash(S2);
        _history.Time(_start + (2 * _tick));
        _history.Time(_start + (2 * _tick) + _electionBound + _tick);
        _history.Violates("Liveness", "no leader that a majority follows for 2 s");
    }

    [Fact]
    public void A_leader_whose_followers_moved_to_a_later_term_violates_it()
    {
        LeadsTerm2();
        _history.Receive(VoteRequest(S3, S2, term: 3));
        _history.FaultsEnded(_start);
        _history.Time(_start + _electionBound + _tick);
        _history.Violates("Liveness", "no leader that a majority follows for 2 s");
    }

    [Fact]
    public void A_proposal_that_is_accepted_but_not_committed_within_the_bound_violates_it()
    {
        LeadsTerm2();
        _history.FaultsEnded(_start);
        _history.Time(_start + _tick);
        _history.Step(S1, Proposal("a"));
        _history.Time(_start + _tick + _commitBound + _tick);
        _history.Violates("Liveness", "S1 accepted entry 1 in term 2", "not committed it after 3 s");
    }

    [Fact]
    public void A_proposal_that_was_accepted_before_faults_ended_is_due_from_then_on()
    {
        LeadsTerm2();
        _history.Step(S1, Proposal("a"));
        _history.FaultsEnded(_start);
        _history.Time(_start + _commitBound);
        _history.IsGood();
        _history.Time(_start + _commitBound + _tick);
        _history.Violates("Liveness", "S1 accepted entry 1 in term 2", "not committed it after 3 s");
    }

    [Fact]
    public void By_default_a_leader_is_due_in_5_seconds_and_an_agreement_in_10()
    {
        var leaderless = new History(new Liveness());
        leaderless.FaultsEnded(_start);
        leaderless.Time(_start + TimeSpan.FromSeconds(5));
        leaderless.IsGood();
        leaderless.Time(_start + TimeSpan.FromSeconds(5) + _tick);
        leaderless.Violates("Liveness", "for 5 s");

        var stuck = new History(new Liveness());
        LeadsTerm2(stuck);
        stuck.Step(S1, Proposal("a"));
        stuck.FaultsEnded(_start);
        stuck.Time(_start + TimeSpan.FromSeconds(10));
        stuck.IsGood();
        stuck.Time(_start + TimeSpan.FromSeconds(10) + _tick);
        stuck.Violates("Liveness", "after 10 s");
    }

    [Fact]
    public void Before_faults_end_nothing_is_due()
    {
        LeadsTerm2();
        _history.Step(S1, Proposal("a"));
        _history.Crash(S2);
        _history.Time(_start);
        _history.Time(2 * _start);
        _history.IsGood();
    }

    [Fact]
    public void No_leader_up_to_the_bound_keeps_it_where_there_is_one_then()
    {
        _history.Start(S1, Disk(1));
        _history.Start(S2, Disk(1));
        _history.FaultsEnded(_start);
        _history.Time(_start + _electionBound);
        _history.Elect(S1);
        _history.Receive(Append(S1, S2, term: 2));
        _history.Time(_start + _electionBound + _tick);
        _history.IsGood();
    }

    [Fact]
    public void A_leader_that_a_majority_follows_keeps_it()
    {
        LeadsTerm2();
        _history.FaultsEnded(_start);
        _history.Time(_start + _electionBound + _tick);
        _history.Time(2 * _start);
        _history.IsGood();
    }

    [Fact]
    public void A_proposal_that_is_committed_within_the_bound_keeps_it()
    {
        LeadsTerm2();
        _history.FaultsEnded(_start);
        _history.Step(S1, Proposal("a"));
        _history.Persist(S1);
        _history.Time(_start + _commitBound);
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
        _history.Time(_start + _commitBound + _tick);
        _history.IsGood();
    }

    [Fact]
    public void A_leader_that_lost_its_term_need_not_commit_what_it_accepted()
    {
        LeadsTerm2();
        _history.FaultsEnded(_start);
        _history.Step(S1, Proposal("a"));
        _history.Time(_start + _commitBound);
        _history.Start(S3, Disk(2));
        _history.Elect(S3);
        _history.Receive(Append(S3, S1, term: 3));
        _history.Time(_start + _commitBound + _tick);
        _history.IsGood();
    }

    [Fact]
    public void A_follower_that_declines_a_proposal_owes_nothing()
    {
        LeadsTerm2();
        _history.FaultsEnded(_start);
        Assert.False(_history.Step(S2, Proposal("a")).Proposals[0].IsTaken);
        _history.Time(_start + _commitBound + _tick);
        _history.IsGood();
    }

    [Fact]
    public void A_service_that_gets_no_further_though_its_leader_has_committed_more_violates_it()
    {
        LeadsTerm2();
        CommitsAnEntry();
        _history.FaultsEnded(_start);
        _history.Apply(S1, 1, "a@2", 1);
        _history.Time(_start + _commitBound);
        _history.IsGood();
        _history.Time(_start + _commitBound + _tick);
        _history.Violates(
            "Liveness", "The service of S2 is at index 0, and has got no further for 3 s", "its leader S1 has committed up to 1");
    }

    [Fact]
    public void A_service_that_applies_what_is_committed_keeps_it()
    {
        LeadsTerm2();
        CommitsAnEntry();
        _history.FaultsEnded(_start);
        _history.Time(_start + _commitBound);
        foreach (var server in (ServerId[])[S1, S2])
        {
            _history.Apply(server, 1, "a@2", 1);
        }

        _history.Time(_start + _commitBound + _tick);
        _history.Time(2 * _start);
        _history.IsGood();
    }

    private void CommitsAnEntry()
    {
        _history.Step(S1, Proposal("a"));
        _history.Persist(S1);
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
        Assert.Equal(new LogIndex(1), _history.Core(S1).CommitIndex);
    }

    private void LeadsTerm2() => LeadsTerm2(_history);

    private static void LeadsTerm2(History history)
    {
        history.Start(S1, Disk(1));
        history.Start(S2, Disk(1));
        history.Elect(S1);
        history.Receive(Append(S1, S2, term: 2));
    }

    [Fact]
    public void Leaders_none_of_which_lasts_violate_it()
    {
        LeadsTerm2();
        _history.FaultsEnded(_start);
        for (var half = 1; half <= 7; half++)
        {
            _history.Time(_start + (half * TimeSpan.FromSeconds(0.5)));
            _history.Receive(VoteRequest(S3, S1, _history.Core(S1).CurrentTerm.Value + 1));
            _history.Elect(S1);
            _history.Receive(Append(S1, S2, _history.Core(S1).CurrentTerm.Value));
        }

        _history.Violates("Liveness", "No leader has lasted for 1 s, since 3 s");
    }
}
