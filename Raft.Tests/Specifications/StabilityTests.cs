using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class StabilityTests
{
    private static readonly TimeSpan _start = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);
    private readonly History _history = new(new Stability());

    public StabilityTests()
    {
        _history.Start(S1, Disk(1));
        _history.Start(S2, Disk(1));
        _history.Elect(S1);
        _history.Receive(Append(S1, S2, term: 2));
        _history.Rest(_start);
    }

    [Fact]
    public void An_election_while_the_cluster_is_at_rest_violates_it()
    {
        _history.Persist(S2);
        _history.Step(S2, ElectionTimeout.Instance);
        _history.Violates("Stability", "The cluster is at rest and S1 leads term 2, but S2 is Candidate in term 3");
    }

    [Fact]
    public void A_follower_that_does_not_hear_from_its_leader_violates_it()
    {
        _history.Time(_start + (1.5 * _interval));
        _history.IsGood();
        _history.Time(_start + (1.6 * _interval));
        _history.Violates("Stability", "S2 has not heard from its leader S1 for 160 ms; heartbeats come every 100 ms");
    }

    [Fact]
    public void A_heartbeat_that_comes_too_late_violates_it()
    {
        _history.Now = _start + (2 * _interval);
        _history.Receive(Append(S1, S2, term: 2));
        _history.Violates("Stability", "S2 has not heard from its leader S1 for 200 ms");
    }

    [Fact]
    public void Heartbeats_in_their_interval_keep_it()
    {
        for (var beat = 1; beat <= 20; beat++)
        {
            _history.Now = _start + (beat * _interval);
            _history.Receive(Append(S1, S2, term: 2));
            _history.Time(_start + (beat * _interval));
        }

        _history.IsGood();
    }

    [Fact]
    public void While_something_is_broken_nothing_is_expected()
    {
        _history.FaultsResumed();
        _history.Time(_start + (20 * _interval));
        _history.Step(S2, ElectionTimeout.Instance);
        _history.IsGood();
    }
}
