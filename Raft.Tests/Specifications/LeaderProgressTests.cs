using System.Reflection;
using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class LeaderProgressTests
{
    private readonly History _history = new(new LeaderProgress());

    [Fact]
    public void A_matchIndex_that_goes_back_violates_it()
    {
        LeadsTerm2With("a", "b");
        _history.Store(S2, Disk(2, "a@2", "b@2"));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 2));
        _history.IsGood();
        _history.Turn(S1, Leader(Agreement(S2, S1, term: 2, upTo: 1)));
        _history.Violates("LeaderProgress", "S1, leader of term 2", "S2 holds its log up to 2", "only up to 1");
    }

    [Fact]
    public void A_nextIndex_that_does_not_lie_behind_matchIndex_violates_it()
    {
        LeadsTerm2With("a", "b");
        _history.Store(S2, Disk(2, "a@2", "b@2"));
        var broken = Leader(Agreement(S2, S1, term: 2, upTo: 2));

        // No step of the core leads here.
        var progress = (Progress[])typeof(RaftCore).GetField("_progress", BindingFlags.Instance | BindingFlags.NonPublic)!
            .GetValue(broken)!;
        progress[1] = progress[1] with { NextIndex = new LogIndex(2) };
        _history.Turn(S1, broken);
        _history.Violates("LeaderProgress", "S1, leader of term 2", "send entry 2 next to S2", "hold up to 2");
    }

    [Fact]
    public void A_matchIndex_that_the_followers_disk_does_not_reach_violates_it()
    {
        LeadsTerm2With("a", "b");
        _history.Store(S2, Disk(2, "a@2"));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 2));
        _history.Violates("LeaderProgress", "takes it that S2 holds its log up to 2", "the disk there holds up to 1, in term 2");
    }

    [Fact]
    public void A_matchIndex_at_which_the_followers_disk_holds_an_entry_of_another_term_violates_it()
    {
        LeadsTerm2With("a");
        _history.Store(S2, Disk(2, "b@1"));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
        _history.Violates("LeaderProgress", "takes it that S2 holds its log up to 1", "an entry of term 1 at that index");
    }

    [Fact]
    public void A_matchIndex_of_a_follower_that_was_never_in_the_leaders_term_violates_it()
    {
        _history.Start(S1, Disk(1, "a@1"));
        _history.Elect(S1);
        _history.Store(S2, Disk(1, "a@1"));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
        _history.Violates("LeaderProgress", "takes it that S2 holds its log up to 1", "in term 1");
    }

    [Fact]
    public void A_follower_that_discards_what_it_confirmed_violates_it_at_the_leaders_next_step()
    {
        LeadsTerm2With("a", "b");
        _history.Store(S2, Disk(2, "a@2", "b@2"));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 2));
        _history.Store(S2, Disk(2, "a@2"));
        _history.IsGood();
        _history.Step(S1, HeartbeatTimeout.Instance);
        _history.Violates("LeaderProgress", "takes it that S2 holds its log up to 2", "the disk there holds up to 1, in term 2");
    }

    [Fact]
    public void Late_confirmations_that_change_nothing_keep_it()
    {
        LeadsTerm2With("a", "b");
        _history.Store(S2, Disk(2, "a@2", "b@2"));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 2));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
        Assert.Equal(new LogIndex(2), _history.Core(S1).ProgressOf(S2).MatchIndex);
        _history.IsGood();
    }

    [Fact]
    public void A_leader_that_is_elected_again_begins_anew()
    {
        LeadsTerm2With("a");
        _history.Store(S2, Disk(2, "a@2"));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
        _history.Receive(VoteRequest(S3, S1, term: 3));
        _history.Elect(S1);
        Assert.Equal(LogIndex.Zero, _history.Core(S1).ProgressOf(S2).MatchIndex);
        _history.IsGood();
    }

    [Fact]
    public void A_follower_may_give_way_to_the_leader_of_a_later_term()
    {
        LeadsTerm2With("a", "b");
        _history.Store(S2, Disk(2, "a@2", "b@2"));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 2));
        _history.Store(S2, Disk(3, "a@2"));
        _history.Step(S1, HeartbeatTimeout.Instance);
        _history.IsGood();
    }

    [Fact]
    public void A_follower_may_hold_a_snapshot_in_the_place_of_what_it_confirmed()
    {
        LeadsTerm2With("a", "b");
        _history.Store(S2, new DurableState(new Term(2), null, SnapshotAt(2, 2), EntryList.Empty));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
        _history.IsGood();
    }

    private static RaftCore Leader(Input last) => Unseen(S1, Disk(1), [.. Election(S1, 2), Proposal("a"), Proposal("b"), last]);

    private void LeadsTerm2With(params string[] commands)
    {
        _history.Start(S1, Disk(1));
        _history.Elect(S1);
        foreach (var command in commands)
        {
            _history.Step(S1, Proposal(command));
        }

        _history.Persist(S1);
    }
}
