using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class CommittedByQuorumTests
{
    private readonly History _history = new(new CommittedByQuorum());

    [Fact]
    public void An_entry_that_is_committed_on_the_disk_of_its_leader_alone_violates_it()
    {
        LeadsTerm2With("a");
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
        _history.Violates("CommittedByQuorum", "S1 committed a@2 at index 1 in term 2", "only 1 of 3 disks");
    }

    [Fact]
    public void An_entry_in_whose_place_another_disk_holds_one_of_another_term_violates_it()
    {
        LeadsTerm2With("a");
        _history.Store(S2, Disk(2, "b@1"));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
        _history.Violates("CommittedByQuorum", "S1 committed a@2 at index 1 in term 2", "only 1 of 3 disks");
    }

    [Fact]
    public void Each_entry_that_too_few_disks_hold_is_named()
    {
        LeadsTerm2With("a", "b");
        _history.Store(S2, Disk(2, "a@2"));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 2));
        _history.Violates("CommittedByQuorum", "S1 committed b@2 at index 2 in term 2", "only 1 of 3 disks");
    }

    [Fact]
    public void A_follower_that_commits_what_no_disk_holds_violates_it()
    {
        _history.Start(S1, Disk(2));
        _history.Receive(Append(S2, S1, term: 2, Entries("a@2"), commit: 1));
        _history.Violates("CommittedByQuorum", "S1 committed a@2 at index 1 in term 2", "only 0 of 3 disks");
    }

    // Figure 8.
    [Fact]
    public void A_leader_that_commits_an_entry_of_an_earlier_term_by_counting_violates_it()
    {
        _history.Store(S2, Disk(2, "a@1"));
        _history.Start(S1, Disk(2, "a@1"));
        _history.Elect(S1);
        _history.Turn(S1, Unseen(S1, Disk(2, "a@1"), [Append(S2, S1, term: 2, prev: 1, prevTerm: 1, commit: 1), .. Election(S1, 3)]));
        _history.Violates("CommittedByQuorum", "S1, leader of term 3", "up to entry 1, which is of term 1");
    }

    // Figure 2, AppendEntries receiver 5: commitIndex = min(leaderCommit, index of last new entry).
    [Fact]
    public void A_follower_that_commits_further_than_the_message_reaches_violates_it()
    {
        var message = Append(S3, S1, term: 2, prev: 1, prevTerm: 1, commit: 2);
        _history.Store(S2, Disk(2, "a@1", "b@1"));
        _history.Start(S1, Disk(2, "a@1", "b@1"));
        _history.Turn(S1, Unseen(S1, Disk(2, "a@1", "b@1"), Append(S3, S1, term: 2, prev: 2, prevTerm: 1, commit: 2)), message);
        _history.Violates("CommittedByQuorum", "S1, Follower in term 2, committed up to entry 2", "reaches only to 1");
    }

    [Fact]
    public void A_follower_that_commits_without_a_message_that_says_so_violates_it()
    {
        _history.Store(S2, Disk(2, "a@1"));
        _history.Start(S1, Disk(2, "a@1"));
        _history.Turn(S1, Unseen(S1, Disk(2, "a@1"), Append(S3, S1, term: 2, prev: 1, prevTerm: 1, commit: 1)), ElectionTimeout.Instance);
        _history.Violates("CommittedByQuorum", "S1, Follower in term 2, committed up to entry 1", "reaches only to 0");
    }

    [Fact]
    public void A_follower_that_commits_as_far_as_a_message_reaches_keeps_it()
    {
        _history.Store(S2, Disk(2, "a@1", "b@1"));
        _history.Start(S1, Disk(2, "a@1", "b@1"));
        _history.Receive(Append(S3, S1, term: 2, prev: 1, prevTerm: 1, commit: 2));
        Assert.Equal(new LogIndex(1), _history.Core(S1).CommitIndex);
        _history.Receive(Append(S3, S1, term: 2, prev: 2, prevTerm: 1, commit: 2));
        Assert.Equal(new LogIndex(2), _history.Core(S1).CommitIndex);
        _history.IsGood();
    }

    [Fact]
    public void A_follower_that_takes_a_snapshot_commits_up_to_its_end()
    {
        _history.Start(S1, Disk(2));
        _history.Receive(Install(S3, S1, term: 2, SnapshotAt(3, 2)));
        Assert.Equal(new LogIndex(3), _history.Core(S1).CommitIndex);
        _history.IsGood();
    }

    [Fact]
    public void An_entry_that_a_majority_of_the_disks_hold_keeps_it()
    {
        LeadsTerm2With("a");
        _history.Store(S2, Disk(2, "a@2"));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
        Assert.Equal(new LogIndex(1), _history.Core(S1).CommitIndex);
        _history.IsGood();
    }

    [Fact]
    public void The_disk_of_the_leader_need_not_be_one_of_the_majority()
    {
        _history.Start(S1, Disk(1));
        _history.Elect(S1);
        _history.Step(S1, Proposal("a"));
        _history.Store(S2, Disk(2, "a@2"));
        _history.Store(S3, Disk(2, "a@2"));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
        _history.Receive(Agreement(S3, S1, term: 2, upTo: 1));
        Assert.Equal(new LogIndex(1), _history.Core(S1).CommitIndex);
        _history.IsGood();
    }

    [Fact]
    public void A_disk_whose_snapshot_covers_the_entries_holds_them()
    {
        LeadsTerm2With("a", "b");
        _history.Store(S2, new DurableState(new Term(2), null, SnapshotAt(2, 2), EntryList.Empty));
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 2));
        Assert.Equal(new LogIndex(2), _history.Core(S1).CommitIndex);
        _history.IsGood();
    }

    [Fact]
    public void An_entry_of_an_earlier_term_that_is_committed_with_one_of_the_leaders_term_keeps_it()
    {
        _history.Store(S2, Disk(3, "a@1", "b@3"));
        _history.Start(S1, Disk(2, "a@1"));
        _history.Elect(S1);
        _history.Step(S1, Proposal("b"));
        _history.Persist(S1);
        _history.Receive(Agreement(S2, S1, term: 3, upTo: 2));
        Assert.Equal(new LogIndex(2), _history.Core(S1).CommitIndex);
        _history.IsGood();
    }

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
