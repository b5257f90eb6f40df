using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class LeaderAppendOnlyTests
{
    private static readonly LogEntry _a = Entry("a@1");
    private static readonly LogEntry _b = Entry("b@1");
    private readonly History _history = new(new LeaderAppendOnly());

    [Fact]
    public void A_leader_that_deletes_its_last_entry_violates_it()
    {
        _history.Start(S1, Holding(_a, _b));
        _history.Elect(S1);
        _history.Turn(S1, Unseen(S1, Holding(_a), Election(S1, 2)));
        _history.Violates("LeaderAppendOnly", "S1, leader of term 2", "from index 2 on", "reached to 2");
    }

    [Fact]
    public void A_leader_that_deletes_all_its_entries_violates_it()
    {
        _history.Start(S1, Holding(_a, _b));
        _history.Elect(S1);
        _history.Turn(S1, Unseen(S1, Holding(), Election(S1, 2)));
        _history.Violates("LeaderAppendOnly", "S1, leader of term 2", "from index 1 on", "reached to 2");
    }

    [Fact]
    public void A_leader_that_overwrites_an_entry_violates_it()
    {
        _history.Start(S1, Holding(_a, _b));
        _history.Elect(S1);
        _history.Turn(S1, Unseen(S1, Holding(_a, Entry("c@1")), Election(S1, 2)));
        _history.Violates("LeaderAppendOnly", "S1, leader of term 2", "from index 2 on", "reached to 2");
    }

    [Fact]
    public void A_leader_that_loses_entries_as_it_compacts_its_log_violates_it()
    {
        _history.Start(S1, Holding(_a, _b));
        _history.Elect(S1);
        _history.Step(S1, Proposal("c"));
        _history.Persist(S1);
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 3));
        _history.Turn(S1, Unseen(S1, new DurableState(new Term(1), null, SnapshotAt(1, 1), EntryList.Of(_b)), Election(S1, 2)));
        _history.Violates("LeaderAppendOnly", "S1, leader of term 2", "from index 3 on", "reached to 3");
    }

    [Fact]
    public void A_leader_that_appends_keeps_it()
    {
        _history.Start(S1, Holding(_a, _b));
        _history.Elect(S1);
        _history.Step(S1, Proposal("c"));
        _history.Step(S1, Proposal("d"));
        Assert.Equal(new LogIndex(4), _history.Core(S1).Log.LastIndex);
        _history.IsGood();
    }

    [Fact]
    public void A_leader_that_compacts_what_it_committed_keeps_it()
    {
        _history.Start(S1, Holding(_a, _b));
        _history.Elect(S1);
        _history.Step(S1, Proposal("c"));
        _history.Persist(S1);
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 3));
        _history.Step(S1, new Compact(new LogIndex(2), SnapshotAt(2, 1).Data));
        Assert.Equal(new LogIndex(3), _history.Core(S1).Log.FirstIndex);
        _history.Step(S1, Proposal("d"));
        _history.IsGood();
    }

    [Fact]
    public void A_follower_that_deletes_what_conflicts_with_its_leader_keeps_it()
    {
        _history.Start(S1, Holding(_a, _b));
        _history.Receive(Append(S2, S1, term: 2, Entries("c@2"), prev: 1, prevTerm: 1));
        _history.IsGood();
    }

    [Fact]
    public void A_leader_that_lost_its_term_may_delete_what_it_appended()
    {
        _history.Start(S1, Holding(_a, _b));
        _history.Elect(S1);
        _history.Step(S1, Proposal("c"));
        _history.Receive(Append(S2, S1, term: 3, Entries("d@3"), prev: 2, prevTerm: 1));
        _history.IsGood();
    }

    private static DurableState Holding(params LogEntry[] log) => new(new Term(1), null, Snapshot.None, EntryList.Of(log));
}
