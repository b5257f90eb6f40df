using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class LeaderCompletenessTests
{
    private readonly History _history = new(new LeaderCompleteness());

    [Fact]
    public void A_leader_whose_log_ends_before_a_committed_entry_violates_it()
    {
        CommitsInTerm2("a");
        _history.Start(S3, Disk(2));
        _history.Elect(S3);
        _history.Violates("LeaderCompleteness", "S3 leads term 3 without a@2 at index 1", "S1 committed in term 2");
    }

    [Fact]
    public void A_leader_that_holds_another_entry_in_the_place_of_a_committed_one_violates_it()
    {
        CommitsInTerm2("a");
        _history.Start(S3, Disk(2, "b@1"));
        _history.Elect(S3);
        _history.Violates("LeaderCompleteness", "S3 leads term 3 without a@2 at index 1", "S1 committed in term 2");
    }

    [Fact]
    public void A_leader_that_lacks_one_of_two_committed_entries_violates_it()
    {
        CommitsInTerm2("a", "b");
        _history.Start(S3, Disk(2, "a@2"));
        _history.Elect(S3);
        _history.Violates("LeaderCompleteness", "S3 leads term 3 without b@2 at index 2", "S1 committed in term 2");
    }

    [Fact]
    public void A_leader_deposed_unawares_that_commits_what_its_successor_lacks_violates_it()
    {
        _history.Start(S3, Disk(2));
        _history.Elect(S3);
        CommitsInTerm2("a");
        _history.Violates("LeaderCompleteness", "S3 leads term 3 without a@2 at index 1", "S1 committed in term 2");
    }

    [Fact]
    public void A_leader_that_moves_to_a_later_term_without_a_committed_entry_violates_it()
    {
        _history.Start(S3, Disk(1));
        _history.Elect(S3);
        CommitsInTerm2("a");
        _history.IsGood();
        _history.Turn(S3, Unseen(S3, Disk(2), Election(S3, 3)));
        _history.Violates("LeaderCompleteness", "S3 leads term 3 without a@2 at index 1", "S1 committed in term 2");
    }

    [Fact]
    public void A_leader_that_holds_all_committed_entries_keeps_it()
    {
        CommitsInTerm2("a", "b");
        _history.Start(S3, Disk(2, "a@2", "b@2"));
        _history.Elect(S3);
        _history.IsGood();
    }

    [Fact]
    public void A_leader_whose_snapshot_covers_the_committed_entries_keeps_it()
    {
        CommitsInTerm2("a", "b");
        _history.Start(S3, new DurableState(new Term(2), null, SnapshotAt(2, 2), EntryList.Empty));
        _history.Elect(S3);
        _history.IsGood();
    }

    [Fact]
    public void A_leader_may_lack_what_is_not_committed()
    {
        _history.Start(S1, Disk(1));
        _history.Elect(S1);
        _history.Step(S1, Proposal("a"));
        _history.Persist(S1);
        _history.Start(S3, Disk(2));
        _history.Elect(S3);
        _history.IsGood();
    }

    [Fact]
    public void A_leader_of_an_earlier_term_may_lack_what_is_committed_in_a_later_one()
    {
        _history.Start(S3, Disk(0));
        _history.Elect(S3);
        CommitsInTerm2("a");
        _history.IsGood();
    }

    private void CommitsInTerm2(params string[] commands)
    {
        _history.Start(S1, Disk(1));
        _history.Elect(S1);
        foreach (var command in commands)
        {
            _history.Step(S1, Proposal(command));
        }

        _history.Persist(S1);
        _history.Receive(Agreement(S2, S1, term: 2, upTo: commands.Length));
        Assert.Equal(new LogIndex(commands.Length), _history.Core(S1).CommitIndex);
    }
}
