using Raft.Impl.Core;
using Raft.Tests.Core;
using Raft.Verification.Parts;

namespace Raft.Tests.Scenarios;

/// <summary>Compares cores field by field, independently of their own equality.</summary>
public sealed class FieldsTests
{
    [Fact]
    public void A_copy_has_the_same_fields()
    {
        var leader = Server.Leader(term: 5, log: [1, 4]).Core;

        Assert.Equal(Fields.HashOf(leader), Fields.HashOf(leader.Clone()));
        Assert.Equal(Fields.TextOf(leader), Fields.TextOf(leader.Clone()));
    }

    [Fact]
    public void Any_step_that_changes_a_field_changes_the_hash()
    {
        var server = Server.Started(term: 4);
        var before = server.Core.Clone();

        server.AppendEntries(term: 4);

        Assert.NotEqual(Fields.HashOf(before), Fields.HashOf(server.Core));
        Assert.Contains("_leader none", Fields.Difference(before, server.Core), StringComparison.Ordinal);
    }

    [Fact]
    public void No_vote_differs_from_a_vote_for_the_first_server() =>
        Assert.NotEqual(
            Fields.HashOf(new DurableState(new Term(1), null, Snapshot.None, EntryList.Empty)),
            Fields.HashOf(new DurableState(new Term(1), new ServerId(1), Snapshot.None, EntryList.Empty)));

    [Fact]
    public void The_memory_layout_of_a_log_does_not_matter()
    {
        var log = new RaftLog(
            Snapshot.None, [new LogEntry(new Term(1), Command.FromText("a")), new LogEntry(new Term(1), Command.FromText("b"))]);
        log.ReplaceBy(new Snapshot(new LogIndex(1), new Term(1), default));

        Assert.Equal(Fields.HashOf(log), Fields.HashOf(log.Clone()));
    }
}
