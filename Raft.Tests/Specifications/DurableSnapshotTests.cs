using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class DurableSnapshotTests
{
    private static readonly DurableState _compacted = new(new Term(1), null, SnapshotAt(2, 1), Entries("c@1"));
    private readonly History _history = new(new DurableSnapshot());

    [Fact]
    public void A_snapshot_that_is_reported_durable_before_it_is_on_disk_violates_it()
    {
        _history.Start(S1, Disk(1, "a@1", "b@1"));
        _history.Compacted(S1, 2);
        _history.Violates(
            "DurableSnapshot", "S1 told its service that the snapshot up to 2 is durable, but its disk holds one up to 0 only");
    }

    [Fact]
    public void A_log_that_keeps_what_its_snapshot_covers_violates_it()
    {
        _history.Start(S1, Disk(1, "a@1", "b@1", "c@1"));
        _history.Store(S1, _compacted);
        _history.Compacted(S1, 2);
        _history.Violates("DurableSnapshot", "the log up to 2 is compacted, but its log still begins at 1");
    }

    [Fact]
    public void A_snapshot_that_is_on_disk_and_replaces_the_log_keeps_it_also_an_older_one()
    {
        _history.Start(S1, _compacted);
        _history.Compacted(S1, 2);
        _history.Compacted(S1, 1);
        _history.IsGood();
    }
}
