using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

/// <summary>What servers commit, and what their services apply.</summary>
public class StateMachineSafetyTests
{
    private readonly History _history = new(new StateMachineSafety());

    // What servers commit.
    [Fact]
    public void Two_servers_that_commit_different_entries_at_an_index_violate_it()
    {
        Commits(S1, "a@1", "b@1");
        Commits(S2, "a@1", "c@2");
        _history.Violates("StateMachineSafety", "S2 committed c@2 at index 2 in term 2", "S1 committed b@1 there in term 1");
    }

    [Fact]
    public void A_server_that_commits_another_entry_in_its_next_life_violates_it()
    {
        Commits(S1, "a@1");
        _history.Crash(S1);
        Commits(S1, "b@1");
        _history.Violates("StateMachineSafety", "S1 committed b@1 at index 1 in term 1", "S1 committed a@1 there in term 1");
    }

    [Fact]
    public void A_server_that_commits_past_the_end_of_its_log_violates_it()
    {
        var broken = Unseen(S1, Disk(1, "a@1", "b@1"), Append(S2, S1, term: 1, prev: 2, prevTerm: 1, commit: 2));
        broken.Log.TruncateFrom(new LogIndex(2));
        _history.Start(S1, Disk(1, "a@1", "b@1"));
        _history.Turn(S1, broken);
        _history.Violates("StateMachineSafety", "S1 holds entry 2 to be committed", "its log ends at 1");
    }

    [Fact]
    public void A_server_that_commits_what_follows_on_entries_that_no_server_committed_violates_it()
    {
        // With another monitor: this one sees the snapshot already.
        var history = new History(new ElectionSafety());
        history.Start(S1, new DurableState(new Term(1), null, SnapshotAt(2, 1), Entries("c@1")));
        history.Receive(Append(S2, S1, term: 1, prev: 3, prevTerm: 1, commit: 3));
        history.Violates("StateMachineSafety", "S1 committed entry 3", "no server ever committed entry 1");
    }

    [Fact]
    public void A_server_that_takes_a_snapshot_of_what_no_server_committed_violates_it()
    {
        Commits(S1, "a@1");
        _history.Start(S2, Disk(1));
        _history.Receive(Install(S1, S2, term: 1, SnapshotAt(2, 1)));
        _history.Violates("StateMachineSafety", "S2 took a snapshot of entries up to 2", "only 1 were ever committed");
    }

    [Fact]
    public void Servers_that_commit_the_same_entries_keep_it()
    {
        Commits(S1, "a@1", "b@1");
        Commits(S2, "a@1");
        Commits(S3, "a@1", "b@1", "c@1");
        _history.Crash(S1);
        Commits(S1, "a@1", "b@1", "c@1", "d@2");
        _history.IsGood();
    }

    [Fact]
    public void A_snapshot_of_what_is_committed_keeps_it_and_so_does_what_follows_it()
    {
        Commits(S1, "a@1", "b@1");
        _history.Start(S2, Disk(1));
        _history.Receive(Install(S1, S2, term: 1, SnapshotAt(2, 1)));
        _history.Receive(Append(S1, S2, term: 1, Entries("c@1"), prev: 2, prevTerm: 1, commit: 3));
        Assert.Equal(new LogIndex(3), _history.Core(S2).CommitIndex);
        _history.IsGood();
    }

    // What services apply.
    [Fact]
    public void A_service_that_skips_an_entry_violates_it()
    {
        Commits(S1, "a@1", "b@1");
        _history.Apply(S1, 2, "b@1", state: 12);
        _history.Violates("StateMachineSafety", "The service of S1 was given", "b", "after index 0: not the next entry");
    }

    [Fact]
    public void A_service_that_is_given_an_entry_twice_violates_it()
    {
        Commits(S1, "a@1");
        _history.Apply(S1, 1, "a@1", state: 1);
        _history.Apply(S1, 1, "a@1", state: 1);
        _history.Violates("StateMachineSafety", "The service of S1 was given", "after index 1: not the next entry");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_service_that_is_given_a_snapshot_that_does_not_move_it_forward_violates_it(long lastIndex)
    {
        Commits(S1, "a@1", "b@1");
        _history.Apply(S1, 1, "a@1", state: 1);
        _history.Apply(S1, 2, "b@1", state: 12);
        _history.Apply(S1, SnapshotAt(lastIndex, 1), state: lastIndex == 1 ? 1u : 12u);
        _history.Violates(
            "StateMachineSafety",
            "The service of S1 was given",
            $"snapshot to {lastIndex}@1",
            "after index 2",
            "nor a snapshot further on");
    }

    [Fact]
    public void A_service_that_applies_what_is_not_committed_violates_it()
    {
        _history.Start(S1, Disk(1, "a@1"));
        _history.Apply(S1, 1, "a@1", state: 1);
        _history.Violates("StateMachineSafety", "The service of S1 was given", "only 0 entries were ever committed");
    }

    [Fact]
    public void A_service_that_is_given_a_snapshot_of_what_is_not_committed_violates_it()
    {
        Commits(S1, "a@1");
        _history.Start(S2, Disk(1));
        _history.Apply(S2, SnapshotAt(2, 1), state: 12);
        _history.Violates("StateMachineSafety", "The service of S2 was given", "snapshot to 2@1", "only 1 entries were ever committed");
    }

    [Theory]
    [InlineData("b@1")]
    [InlineData("a@2")]
    public void A_service_that_applies_another_entry_than_the_committed_one_violates_it(string other)
    {
        Commits(S1, "a@1");
        _history.Start(S2, Disk(2));
        _history.Apply(S2, 1, other, state: 2);
        _history.Violates("StateMachineSafety", $"The service of S2 was given {other} at index 1", "S1 committed a@1 there");
    }

    [Fact]
    public void Services_in_different_states_after_the_same_entries_violate_it()
    {
        Commits(S1, "a@1");
        Commits(S2, "a@1");
        _history.Apply(S1, 1, "a@1", state: 1);
        _history.Apply(S2, 1, "a@1", state: 2);
        _history.Violates("StateMachineSafety", "After index 1, the services of S2 and S1 are in different states");
    }

    [Fact]
    public void A_service_in_another_state_after_a_snapshot_than_after_its_entries_violates_it()
    {
        Commits(S1, "a@1", "b@1");
        _history.Apply(S1, 1, "a@1", state: 1);
        _history.Apply(S1, 2, "b@1", state: 12);
        _history.Start(S2, Disk(1));
        _history.Apply(S2, SnapshotAt(2, 1), state: 1);
        _history.Violates("StateMachineSafety", "After index 2, the services of S2 and S1 are in different states");
    }

    [Fact]
    public void Services_that_apply_the_committed_entries_in_order_keep_it()
    {
        Commits(S1, "a@1", "b@1", "c@1");
        Commits(S2, "a@1", "b@1");
        _history.Apply(S1, 1, "a@1", state: 1);
        _history.Apply(S2, 1, "a@1", state: 1);
        _history.Apply(S2, 2, "b@1", state: 12);
        _history.Apply(S1, SnapshotAt(3, 1), state: 123);
        _history.IsGood();
    }

    [Fact]
    public void A_service_that_starts_again_is_given_everything_anew()
    {
        Commits(S1, "a@1", "b@1");
        _history.Apply(S1, 1, "a@1", state: 1);
        _history.Apply(S1, 2, "b@1", state: 12);
        _history.Crash(S1);
        Commits(S1, "a@1", "b@1");
        _history.Apply(S1, 1, "a@1", state: 1);
        _history.Crash(S1);
        Commits(S1, "a@1", "b@1");
        _history.Apply(S1, SnapshotAt(2, 1), state: 12);
        _history.IsGood();
    }

    // A server that starts with these entries learns from its leader that they are committed.
    private void Commits(ServerId id, params string[] entries)
    {
        var term = Entry(entries[^1]).Term.Value;
        _history.Start(id, Disk(term, entries));
        _history.Receive(Append(id == S1 ? S2 : S1, id, term, prev: entries.Length, prevTerm: term, commit: entries.Length));
    }

    [Fact]
    public void A_server_that_takes_a_snapshot_that_ends_with_another_entry_violates_it()
    {
        Commits(S3, "a@1");
        _history.Start(S1, Disk(2));
        _history.Receive(Install(S2, S1, term: 2, SnapshotAt(1, 2)));
        _history.Violates("StateMachineSafety", "S1 took a snapshot to 1@2", "S3 committed a@1 at index 1");
    }

    [Fact]
    public void A_server_that_starts_with_a_snapshot_of_what_no_server_committed_violates_it()
    {
        _history.Start(S1, new DurableState(new Term(1), null, SnapshotAt(2, 1), Entries()));
        _history.Violates("StateMachineSafety", "S1 took a snapshot of entries up to 2", "only 0 were ever committed");
    }

    [Fact]
    public void A_service_that_is_given_a_snapshot_that_ends_with_another_entry_violates_it()
    {
        Commits(S3, "a@1");
        _history.Apply(S3, SnapshotAt(1, 2), 1);
        _history.Violates("StateMachineSafety", "The service of S3 was given a snapshot to 1@2 at index 1", "S3 committed a@1 there");
    }

    [Fact]
    public void A_server_that_changes_an_entry_that_it_committed_violates_it()
    {
        Commits(S1, "a@1");
        _history.Turn(S1, Unseen(S1, Disk(1, "b@1"), Append(S2, S1, term: 1, prev: 1, prevTerm: 1, commit: 1)));
        _history.Violates("StateMachineSafety", "S1 committed b@1 at index 1", "S1 committed a@1 there");
    }
}
