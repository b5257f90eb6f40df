using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class PersistenceTests
{
    private readonly History _history = new(new Persistence());

    [Fact]
    public void A_disk_that_lacks_an_entry_once_all_is_written_violates_it()
    {
        LeadsTerm2WithOneEntry();
        _history.Store(S1, new DurableState(new Term(2), S1, Snapshot.None, EntryList.Empty));
        _history.Step(S1, new WriteDurable(2));
        _history.Violates("Persistence", "All writes of S1 are durable", "its disk holds the log up to 0@0", "up to 1@2");
    }

    [Fact]
    public void A_disk_that_holds_an_entry_too_many_violates_it()
    {
        LeadsTerm2WithOneEntry();
        _history.Store(S1, new DurableState(new Term(2), S1, Snapshot.None, Entries("a@2", "b@2")));
        _history.Step(S1, new WriteDurable(2));
        _history.Violates("Persistence", "its disk holds the log up to 2@2", "up to 1@2");
    }

    [Fact]
    public void A_disk_without_the_vote_violates_it()
    {
        LeadsTerm2WithOneEntry();
        _history.Store(S1, Disk(2, "a@2"));
        _history.Step(S1, new WriteDurable(2));
        _history.Violates("Persistence", "a vote for no server", "one for S1");
    }

    [Fact]
    public void A_disk_that_holds_another_snapshot_violates_it()
    {
        _history.Start(S1, new DurableState(new Term(2), null, SnapshotAt(3, 2), EntryList.Empty));
        _history.Step(S1, ElectionTimeout.Instance);
        _history.Store(S1, new DurableState(new Term(3), S1, new Snapshot(new LogIndex(3), new Term(2), default), EntryList.Empty));
        _history.Step(S1, new WriteDurable(1));
        _history.Violates("Persistence", "its disk holds a snapshot to 3@2, its memory another");
    }

    [Fact]
    public void While_a_write_is_in_flight_the_disk_may_lag_behind()
    {
        LeadsTerm2WithOneEntry();
        _history.Step(S1, new WriteDurable(1));
        _history.IsGood();
    }

    [Fact]
    public void A_disk_that_holds_what_memory_holds_keeps_it()
    {
        LeadsTerm2WithOneEntry();
        _history.Persist(S1);
        _history.IsGood();
    }

    private void LeadsTerm2WithOneEntry()
    {
        _history.Start(S1, Disk(1));
        _history.Elect(S1);
        _history.Step(S1, Proposal("a"));
    }
}
