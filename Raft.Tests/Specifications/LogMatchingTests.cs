using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class LogMatchingTests
{
    private readonly History _history = new(new LogMatching());

    [Fact]
    public void Two_disks_with_different_commands_at_the_same_index_and_term_violate_it()
    {
        _history.Start(S1, Disk(1, "a@1", "b@1"));
        _history.Start(S2, Disk(1, "a@1", "c@1"));
        _history.Violates("LogMatching", "S2 holds c@1 at index 2", "S1 held b@1");
    }

    [Fact]
    public void A_follower_that_takes_another_command_at_an_index_and_term_violates_it()
    {
        _history.Start(S1, Disk(1, "a@1"));
        _history.Start(S2, Disk(1));
        _history.Receive(Append(S3, S2, term: 1, Entries("b@1")));
        _history.Violates("LogMatching", "S2 holds b@1 at index 1", "S1 held a@1");
    }

    [Fact]
    public void Two_leaders_that_append_different_commands_at_the_same_index_and_term_violate_it()
    {
        _history.Start(S1, Disk(1));
        _history.Start(S2, Disk(1));
        _history.Elect(S1);
        _history.Elect(S2);
        _history.Step(S1, Proposal("a"));
        _history.Step(S2, Proposal("b"));
        _history.Violates("LogMatching", "S2 holds b@2 at index 1", "S1 held a@2");
    }

    [Fact]
    public void The_same_entry_after_entries_of_different_terms_violates_it()
    {
        _history.Start(S1, Disk(3, "a@1", "c@3"));
        _history.Start(S2, Disk(3, "b@2", "c@3"));
        _history.Violates("LogMatching", "S2 holds c@3 at index 2 after an entry of term 2", "S1 held it there after one of term 1");
    }

    [Fact]
    public void The_same_entry_after_a_snapshot_of_another_term_violates_it()
    {
        _history.Start(S1, Disk(3, "a@1", "c@3"));
        _history.Start(S2, new DurableState(new Term(3), null, SnapshotAt(1, 2), Entries("c@3")));
        _history.Violates("LogMatching", "S2 holds c@3 at index 2 after an entry of term 2", "S1 held it there after one of term 1");
    }

    [Fact]
    public void An_entry_that_is_held_no_longer_is_still_remembered()
    {
        _history.Start(S1, Disk(2, "a@1"));
        _history.Receive(Append(S3, S1, term: 2, Entries("b@2")));
        _history.Start(S2, Disk(1, "c@1"));
        _history.Violates("LogMatching", "S2 holds c@1 at index 1", "S1 held a@1");
    }

    [Fact]
    public void Equal_logs_keep_it()
    {
        _history.Start(S1, Disk(3, "a@1", "c@3"));
        _history.Start(S2, Disk(3, "a@1", "c@3"));
        _history.Start(S3, new DurableState(new Term(3), null, SnapshotAt(1, 1), Entries("c@3")));
        _history.IsGood();
    }

    [Fact]
    public void Different_commands_at_the_same_index_of_different_terms_keep_it()
    {
        _history.Start(S1, Disk(3, "a@1", "b@2"));
        _history.Start(S2, Disk(3, "a@1", "c@3"));
        _history.IsGood();
    }

    [Fact]
    public void A_follower_that_takes_over_its_leaders_log_keeps_it()
    {
        _history.Start(S1, Disk(3, "a@1", "c@3"));
        _history.Start(S2, Disk(3, "b@2", "b@2"));
        _history.Receive(Append(S1, S2, term: 3, Entries("a@1", "c@3")));
        Assert.Equal(_history.Core(S1).Log, _history.Core(S2).Log);
        _history.IsGood();
    }
}
