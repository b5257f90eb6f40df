using Raft.Impl.Core;
using Raft.Verification.Labs;

namespace Raft.Tests.Labs;

/// <summary>Compares what services apply: State Machine Safety as the labs check it.</summary>
public class LabLogsTests
{
    private readonly LabLogs _logs = new(3);
    private readonly List<LabFailure> _failures = [];

    private static Command C(string text) => Command.FromText(text);

    private static ApplyMessage Entry(long index, string command) => new(new LogIndex(index), new LogEntry(new Term(1), C(command)));

    private static ApplyMessage Snapshot(long index, string data) =>
        new(new Snapshot(new LogIndex(index), new Term(1), SnapshotData.FromText(data)));

    private LabService Service(int server, bool takesSnapshots = true) => new(_logs, server, takesSnapshots, _failures.Add);

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
}
