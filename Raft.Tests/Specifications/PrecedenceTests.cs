using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Scenarios;
using Raft.Verification.Specifications;

namespace Raft.Tests.Specifications;

/// <summary>Which of several properties is reported.</summary>
public class PrecedenceTests
{
    [Fact]
    public void Of_several_properties_that_one_event_violates_the_first_in_the_order_of_monitors_is_reported()
    {
        // Commits are checked before the step, so the consequence is seen first.
        Assert.Equal("Cause", Reported(new Watch("Cause", onCommitted: false), new Watch("Consequence", onCommitted: true)));
        Assert.Equal("Consequence", Reported(new Watch("Consequence", onCommitted: true), new Watch("Cause", onCommitted: false)));
    }

    [Fact]
    public void The_first_event_that_violates_a_property_counts_whatever_later_ones_violate() =>
        Assert.Equal("Late", Reported(new Watch("Early", onCommitted: true), new Watch("Late", onCommitted: false) { AnyStep = true }));

    [Fact]
    public void Votes_come_before_leaders_logs_before_what_is_committed_and_timers_after_all_of_them()
    {
        var order = Specification.AllMonitors().Select(monitor => monitor.Property).ToList();

        string[] chain =
        [
            "OneVotePerTerm", "ElectedByQuorum", "ElectionSafety", "LogMatching", "CommittedByQuorum", "LeaderCompleteness",
            "StateMachineSafety", "ElectionTimer", "Liveness",
        ];
        Assert.Equal(chain, chain.OrderBy(order.IndexOf));
    }

    [Fact]
    public void No_text_of_an_input_a_write_or_a_message_to_the_service_is_a_raw_record()
    {
        var entry = new LogEntry(new Term(2), Command.FromText("c1"));
        var snapshot = new Snapshot(new LogIndex(1), new Term(1), SnapshotData.FromText("s1"));
        object[] all =
        [
            new MessageReceived(new RequestVote(new ServerId(1), new ServerId(2), new Term(1), LogIndex.Zero, Term.Zero)),
            ElectionTimeout.Instance,
            HeartbeatTimeout.Instance,
            new Propose(entry.Command),
            new WriteDurable(3),
            ReadyToApply.Instance,
            new Read(1),
            new TransferLeadership(new ServerId(2)),
            new TransferLeadership(Target: null),
            LeaderIsSilent.Instance,
            LeaseExpired.Instance,
            new Compact(new LogIndex(1), snapshot.Data),
            new RaftWrite(1, new Term(1), new ServerId(2), snapshot, new LogSuffix(new LogIndex(2), EntryList.Of([entry]))),
            new ApplyMessage(new LogIndex(1), entry),
            new ApplyMessage(snapshot),
        ];

        Assert.All(all, one => Assert.DoesNotContain("{", one.ToString(), StringComparison.Ordinal));
        var types = typeof(Input).Assembly.GetExportedTypes()
            .Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(Input)));
        Assert.Subset(all.Select(one => one.GetType()).ToHashSet(), types.ToHashSet());
    }

    private static string? Reported(params SpecificationMonitor[] monitors)
    {
        var scenario = Scenario.All.First(one => one.Name == "replication");
        return ClusterSchedule.Run(scenario, scenario.Options, new Choices(new RandomWalk()), seed: 1, monitors).Violation?.Property;
    }

    // Fires at the first step that commits something: as a whole, or as the entry is committed.
    private sealed class Watch(string property, bool onCommitted) : SpecificationMonitor
    {
        public bool AnyStep { get; init; }

        public override string Property => property;

        public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
        {
            if (!onCommitted && (AnyStep || core.CommitIndex > server.PreviousCommitIndex))
            {
                Violate($"A step of {server.Id}.");
            }
        }

        public override void OnCommitted(LogIndex index, CommittedEntry entry)
        {
            if (onCommitted)
            {
                Violate($"Entry {index}.");
            }
        }
    }
}
