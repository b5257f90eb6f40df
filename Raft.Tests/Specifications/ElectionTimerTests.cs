using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class ElectionTimerTests
{
    private readonly History _history = new(new ElectionTimer());

    // The output of a step that starts an election, and so restarts the timer.
    private static Output Restart => new RaftCore(S1, [S1, S2, S3], Disk(1)).Step(ElectionTimeout.Instance);

    [Fact]
    public void A_refused_vote_that_restarts_the_election_timer_violates_it()
    {
        _history.Start(S1, Disk(2, "a@2"));
        _history.Turn(S1, _history.Core(S1), VoteRequest(S2, S1, term: 2), Restart);
        _history.Violates("ElectionTimer", "S1, Follower in term 2, puts its election off after");
    }

    [Fact]
    public void A_message_of_an_earlier_leader_that_restarts_the_election_timer_violates_it()
    {
        _history.Start(S1, Disk(2));
        _history.Turn(S1, _history.Core(S1), Append(S2, S1, term: 1), Restart);
        _history.Violates("ElectionTimer", "S1, Follower in term 2, puts its election off after");
    }

    [Fact]
    public void A_message_of_the_leader_that_does_not_restart_the_election_timer_violates_it()
    {
        _history.Start(S1, Disk(2));
        _history.Turn(S1, _history.Core(S1), Append(S2, S1, term: 2));
        _history.Violates("ElectionTimer", "S1, Follower in term 2, does not put its election off after");
    }

    [Fact]
    public void A_leader_that_ceases_to_lead_and_does_not_begin_to_wait_violates_it()
    {
        _history.Start(S1, Disk(1));
        _history.Elect(S1);
        _history.Turn(S1, Unseen(S1, Disk(3)), VoteRequest(S2, S1, term: 3));
        _history.Violates("ElectionTimer", "S1, Follower in term 3, does not put its election off after");
    }

    [Fact]
    public void A_candidate_that_does_not_wait_anew_once_its_vote_is_durable_violates_it()
    {
        _history.Start(S1, Disk(1));
        _history.Step(S1, ElectionTimeout.Instance);
        _history.IsGood();
        _history.Turn(S1, _history.Core(S1), new WriteDurable(1));
        _history.Violates("ElectionTimer", "S1, Candidate in term 2, does not put its election off after");
    }

    [Fact]
    public void A_write_that_is_not_of_its_vote_and_restarts_the_election_timer_violates_it()
    {
        _history.Start(S1, Disk(1));
        _history.Step(S1, ElectionTimeout.Instance);
        _history.Persist(S1);
        _history.IsGood();
        _history.Turn(S1, _history.Core(S1), new WriteDurable(1), Restart);
        _history.Violates("ElectionTimer", "S1, Candidate in term 2, puts its election off after");
    }

    [Fact]
    public void An_election_timeout_while_the_vote_is_not_durable_keeps_it()
    {
        _history.Start(S1, Disk(1));
        _history.Step(S1, ElectionTimeout.Instance);
        Assert.Equal(TimerChange.Restart, _history.Step(S1, ElectionTimeout.Instance).ElectionTimer);
        Assert.Equal(new Term(2), _history.Core(S1).CurrentTerm);
        _history.IsGood();
    }

    [Fact]
    public void An_election_timeout_soon_after_the_election_timer_was_restarted_violates_it()
    {
        _history.Now = TimeSpan.FromSeconds(10);
        _history.Start(S1, Disk(1));
        _history.Receive(Append(S2, S1, term: 1));
        _history.Now += TimeSpan.FromMilliseconds(300);
        _history.Step(S1, ElectionTimeout.Instance);
        _history.Violates("ElectionTimer", "S1 took an election timeout 300 ms after its election was put off");
    }

    [Fact]
    public void An_election_timeout_in_time_keeps_it_and_so_does_one_of_another_life()
    {
        _history.Now = TimeSpan.FromSeconds(10);
        _history.Start(S1, Disk(1));
        _history.Receive(Append(S2, S1, term: 1));
        _history.Now += TimeSpan.FromMilliseconds(400);
        _history.Step(S1, ElectionTimeout.Instance);
        _history.Crash(S1);
        _history.Start(S1);
        _history.Step(S1, ElectionTimeout.Instance);
        _history.IsGood();
    }

    [Fact]
    public void The_rules_of_the_figure_keep_it()
    {
        _history.Start(S1, Disk(2, "a@2"));
        Assert.Equal(TimerChange.None, _history.Receive(VoteRequest(S2, S1, term: 3)).ElectionTimer);
        Assert.Equal(TimerChange.Restart, _history.Receive(VoteRequest(S2, S1, term: 3, lastIndex: 1, lastTerm: 2)).ElectionTimer);
        Assert.Equal(TimerChange.Restart, _history.Receive(Append(S2, S1, term: 3)).ElectionTimer);
        Assert.Equal(TimerChange.None, _history.Receive(Append(S3, S1, term: 2)).ElectionTimer);
        _history.Persist(S1);
        Assert.Equal(TimerChange.Restart, _history.Step(S1, ElectionTimeout.Instance).ElectionTimer);
        Assert.Equal(TimerChange.Restart, _history.Step(S1, new WriteDurable(long.MaxValue)).ElectionTimer);
        Assert.Equal(TimerChange.None, _history.Step(S1, new WriteDurable(long.MaxValue)).ElectionTimer);
        _history.Elect(S1);
        Assert.Equal(TimerChange.Restart, _history.Receive(VoteRequest(S2, S1, term: 9)).ElectionTimer);
        _history.IsGood();
    }
}
