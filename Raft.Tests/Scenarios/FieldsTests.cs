using Raft.Impl.Core;
using Raft.Tests.Core;
using Raft.Verification.Parts;

namespace Raft.Tests.Scenarios;

/// <summary>A core, field by field, whatever its own notion of equality is.</summary>
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
    public void Nothing_is_not_the_first_server() =>
        Assert.NotEqual(
            Fields.HashOf(new DurableState(new Term(1), null, Snapshot.None, EntryList.Empty)),
            Fields.HashOf(new DurableState(new Term(1), new ServerId(1), Snapshot.None, EntryList.Empty)));

    [Fact]
    public void How_a_log_lies_in_memory_does_not_count()
    {
        var log = new RaftLog(
            Snapshot.None, [new LogEntry(new Term(1), Command.FromText("a")), new LogEntry(new Term(1), Command.FromText("b"))]);
        log.ReplaceBy(new Snapshot(new LogIndex(1), new Term(1), default));

        Assert.Equal(Fields.HashOf(log), Fields.HashOf(log.Clone()));
    }
}
