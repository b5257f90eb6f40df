using Raft.Impl.Core;
using Raft.Verification.Labs;

namespace Raft.Tests.Labs;

/// <summary>Compares what services apply: State Machine Safety as the labs check it.</summary>
public class LabLogsTests
{
    private readonly LabLogs _logs = new(3);
    private readonly List<LabFailure> _failures = [];

    private static Command C(string text) => Command.FromText(text);

    private static ApplyMessage Entry(long index, string command, long term = 1) =>
        new(new LogIndex(index), new LogEntry(new Term(term), C(command)));

    private static ApplyMessage Snapshot(long index, string data) =>
        new(new Snapshot(new LogIndex(index), new Term(1), SnapshotData.FromText(data)));

    private LabService Service(int server, bool takesSnapshots = true, bool hasNoOps = false) =>
        new(_logs, server, takesSnapshots, hasNoOps, _failures.Add);

    [Fact]
    public void Servers_that_apply_different_commands_fail_the_test()
    {
        Service(0).Apply(Entry(1, "x"));
        Service(1).Apply(Entry(1, "y"));
        Assert.Contains(
            "at index 1, server 1 applied y, but server 0 applied x", Assert.Single(_failures).Message, StringComparison.Ordinal);
        Assert.Equal((1, C("x")), _logs.At(1));
    }

    [Fact]
    public void A_life_that_applies_another_command_than_the_one_before_it_fails_the_test()
    {
        Service(0).Apply(Entry(1, "x"));
        Service(0).Apply(Entry(1, "y"));
        Assert.Single(_failures);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_gap_fails_the_test(bool takesSnapshots)
    {
        var service = Service(0, takesSnapshots);
        service.Apply(Entry(1, "x"));
        service.Apply(Entry(3, "z"));
        Assert.Single(_failures);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_no_ops_a_gap_fails_the_test_even_where_the_term_rises(bool takesSnapshots)
    {
        var service = Service(0, takesSnapshots);
        service.Apply(Entry(1, "x", term: 1));
        service.Apply(Entry(3, "z", term: 2));
        Assert.Single(_failures);
    }

    [Theory]
    [InlineData("2@1 3@1 5@2 6@2")]
    [InlineData("2@3 4@9")]
    [InlineData("2@1 5@3")]
    [InlineData("4@5 5@5 9@9")]
    public void With_no_ops_a_gap_where_the_term_rises_has_an_index_for_each_term_at_most(string entries)
    {
        ApplyAll(entries, takesSnapshots: true);
        ApplyAll(entries, takesSnapshots: false);
        Assert.Empty(_failures);
        Assert.Equal((1, null), _logs.At(1));
    }

    [Theory]
    [InlineData("1@1")]
    [InlineData("2@1 3@2")]
    [InlineData("2@1 4@1")]
    [InlineData("2@1 5@2")]
    [InlineData("3@1")]
    [InlineData("2@2 4@1")]
    [InlineData("2@1 2@1")]
    [InlineData("2@1 3@1 2@2")]
    public void With_no_ops_any_other_gap_and_none_where_the_term_rises_fails_the_test(string entries)
    {
        ApplyAll(entries, takesSnapshots: true);
        Assert.Contains("expected a gap in the indexes where the term rises", Assert.Single(_failures).Message, StringComparison.Ordinal);
        _failures.Clear();
        ApplyAll(entries, takesSnapshots: false);
        Assert.Single(_failures);
    }

    [Fact]
    public void A_no_op_where_another_server_applied_a_command_fails_the_test()
    {
        var (one, other) = (Service(0, hasNoOps: true), Service(1, hasNoOps: true));
        one.Apply(Entry(2, "x", term: 1));
        one.Apply(Entry(3, "y", term: 1));
        other.Apply(Entry(2, "x", term: 1));
        other.Apply(Entry(4, "z", term: 2));
        Assert.Contains(
            "at index 3, server 1 applied no command, but server 0 applied y",
            Assert.Single(_failures).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_holds_the_no_ops_and_the_term_after_which_the_next_gap_comes()
    {
        var service = Service(0, hasNoOps: true);
        SnapshotData? taken = null;
        for (var index = 2; index <= 8; index++)
        {
            service.Apply(Entry(index, $"c{index}", term: 1));
            taken = service.Compact() ?? taken;
        }

        // The no-op of term 2 has index 9, at which a snapshot would be due.
        Assert.Null(taken);
        service.Apply(Entry(10, "c10", term: 2));
        var snapshot = new Snapshot(new LogIndex(10), new Term(2), service.Compact()!.Value);
        Assert.Null(service.Compact());

        var other = Service(1, hasNoOps: true);
        other.Apply(new ApplyMessage(snapshot));
        Assert.Equal(service.State, other.State);
        Assert.Equal((2, null), _logs.At(9));
        Assert.Equal((2, C("c8")), _logs.At(8));
        other.Apply(Entry(11, "c11", term: 2));
        Assert.Empty(_failures);
        other.Apply(Entry(13, "c13", term: 2));
        Assert.Single(_failures);
    }

    [Fact]
    public void An_entry_that_comes_twice_fails_a_snapshot_test()
    {
        var service = Service(0);
        service.Apply(Entry(1, "x"));
        service.Apply(Entry(1, "x"));
        Assert.Contains("expected to apply entry 2, not 1", Assert.Single(_failures).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_tenth_entry_brings_a_snapshot_of_the_whole_history()
    {
        var service = Service(0);
        var snapshots = new List<LogIndex>();
        SnapshotData? last = null;
        for (var index = 1; index <= 30; index++)
        {
            service.Apply(Entry(index, $"c{index}"));
            if (service.Compact() is { } snapshot)
            {
                snapshots.Add(service.Applied);
                last = snapshot;
            }
        }

        Assert.Equal([9, 19, 29], snapshots.Select(index => index.Value));
        var other = Service(1);
        other.Apply(new ApplyMessage(new Snapshot(new LogIndex(29), new Term(1), last!.Value)));
        other.Apply(Entry(30, "c30"));
        Assert.Empty(_failures);
        Assert.Equal(service.State, other.State);
        Assert.Equal((2, C("c7")), _logs.At(7));
        Assert.Equal(30, _logs.Highest);
    }

    [Fact]
    public void A_snapshot_that_was_just_installed_is_not_taken_again()
    {
        var service = Service(0);
        service.Apply(Snapshot(9, "9\n1\n2\n3\n4\n5\n6\n7\n8\n9"));
        Assert.Null(service.Compact());
        Assert.Empty(_failures);
    }

    [Theory]
    [InlineData("")]
    [InlineData("state")]
    [InlineData("3\nx")]
    [InlineData("1\nx")]
    public void A_snapshot_of_something_else_fails_the_test(string data)
    {
        Service(0).Apply(Snapshot(2, data));
        Assert.Single(_failures);
    }

    [Fact]
    public void A_life_that_has_ended_counts_nothing()
    {
        var service = Service(0);
        service.End();
        service.Apply(Entry(1, "x"));
        Assert.Equal((0, null), _logs.At(1));
        Assert.Null(service.Compact());
    }

    [Fact]
    public void Without_snapshots_the_log_is_not_compacted()
    {
        var service = Service(0, takesSnapshots: false);
        for (var index = 1; index <= 9; index++)
        {
            service.Apply(Entry(index, "x"));
        }

        Assert.Null(service.Compact());
    }

    // Applies entries in the form index@term.
    private void ApplyAll(string entries, bool takesSnapshots)
    {
        _logs.Clear(0);
        var service = Service(0, takesSnapshots, hasNoOps: true);
        foreach (var entry in entries.Split(' '))
        {
            var (index, term) = (long.Parse(entry.Split('@')[0]), long.Parse(entry.Split('@')[1]));
            service.Apply(Entry(index, entry, term));
        }
    }
}
