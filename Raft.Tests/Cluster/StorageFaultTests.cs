using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Cluster;

/// <summary>Where a schedule stores, and the faults of disks with files.</summary>
public sealed class StorageFaultTests
{
    private const string MisreadEntry = "fault: a read of an entry returns a wrong bit";

    private static Scenario Files { get; } = Scenario.All.Single(scenario => scenario.Name == "files");

    private static Choices Drawn(ulong seed)
    {
        var choices = new Choices(new RandomWalk());
        choices.Begin(seed);
        return choices;
    }

    [Fact]
    public void One_schedule_in_sixteen_stores_in_files_and_one_in_sixteen_sends_over_streams()
    {
        var options = new ClusterOptions { DrawsStorage = true, DrawsTransport = true };
        var (files, streams) = (0, 0);
        for (var seed = 0UL; seed < 1600; seed++)
        {
            var limits = DrawnLimits.Of(options, Drawn(seed));
            files += limits.Files ? 1 : 0;
            streams += limits.Streams ? 1 : 0;
        }

        Assert.InRange(files, 60, 140);
        Assert.InRange(streams, 60, 140);
    }

    // So traces from before replay.
    [Fact]
    public void Without_the_options_nothing_is_drawn()
    {
        var choices = Drawn(1);
        Assert.False(DrawnLimits.Of(new ClusterOptions(), choices) is { Files: true } or { Streams: true });
        Assert.True(DrawnLimits.Of(new ClusterOptions { Files = true }, choices) is { Files: true, Streams: false });
        Assert.Equal(0, choices.Count);
    }

    [Fact]
    public void Every_scenario_with_a_cluster_draws_where_it_stores_or_stores_in_files() =>
        Assert.Equal(
            ["cores", "node"],
            Scenario.All.Where(scenario => !scenario.Options.DrawsStorage && !scenario.Options.Files).Select(scenario => scenario.Name));

    [Fact]
    public void A_server_whose_disk_is_full_stops_and_continues_once_there_is_room()
    {
        var stopped = 0;
        for (var seed = 0UL; seed < 40; seed++)
        {
            var (result, events) = Run(new FaultBudget { FullDisks = 3 }, seed);
            Assert.Null(result.Violation);
            stopped += result.Faults[FaultKind.FullDisk] > 0
                ? events.Count(one => one is { Kind: TraceEventKind.Crashed, Reason: "its node has stopped" })
                : 0;
        }

        Assert.True(stopped > 0);
    }

    [Fact]
    public void A_server_whose_files_are_damaged_is_refused_and_returns_as_the_guide_says()
    {
        var (refused, returned) = (0, 0);
        for (var seed = 0UL; seed < 60; seed++)
        {
            var (result, events) = Run(new FaultBudget { Crashes = 3, Damages = 1 }, seed);
            Assert.Null(result.Violation);
            var isRefused = events.Any(one => one is { Reason: "its files are refused" });
            refused += isRefused ? 1 : 0;
            returned += events.Any(one => one.What?.StartsWith("the server lost its files", StringComparison.Ordinal) == true) ? 1 : 0;
        }

        Assert.True(refused >= returned && returned > 0, $"{refused} refused, {returned} returned");
    }

    // The monitors see what each service has applied, and what each server holds.
    [Fact]
    public void A_wrong_bit_in_what_is_read_of_a_snapshot_stops_the_server_and_reaches_no_service()
    {
        var (misread, stopped) = (0, 0);
        for (var seed = 0UL; seed < 300; seed++)
        {
            var (result, events) = Run(new FaultBudget { Crashes = 3, Damages = 1 }, seed);
            Assert.Null(result.Violation);
            if (events.FirstOrDefault(one => one.What == "fault: a read of a snapshot returns a wrong bit") is { } read)
            {
                misread++;
                stopped += events.Any(one => one.Server == read.Server && one.Reason == "its node has stopped") ? 1 : 0;
            }
        }

        Assert.True(stopped > 10 && stopped <= misread, $"{misread} misread, {stopped} stopped");
    }

    [Fact]
    public void A_wrong_bit_in_an_entry_that_is_read_back_stops_the_server_with_the_reason_and_reaches_no_other()
    {
        var (misread, stopped) = (0, 0);
        for (var seed = 0UL; seed < 150; seed++)
        {
            var (result, events) = Run(new FaultBudget { Crashes = 3, Damages = 1 }, seed);
            Assert.Null(result.Violation);
            if (events.FirstOrDefault(one => one.What == MisreadEntry) is { } read)
            {
                // The server takes no further step.
                var after = events.SkipWhile(one => one != read).First(one =>
                    one.Server == read.Server && one.Kind is TraceEventKind.Stepped or TraceEventKind.Crashed);
                Assert.Equal(TraceEventKind.Crashed, after.Kind);
                misread++;
                stopped += after.Reason == "its node has stopped" ? 1 : 0;
            }
        }

        Assert.True(stopped > 10, $"{misread} misread, {stopped} stopped");
    }

    [Fact]
    public void A_storage_that_takes_a_wrong_bit_of_an_entry_for_the_entry_is_found()
    {
        var (result, events) = FirstViolation(new FaultBudget { Crashes = 3, Damages = 1 }, reader => new CarelessReader(reader));

        Assert.Contains(events, one => one.What == MisreadEntry);
        Assert.Equal("Persistence", result?.Violation?.Property);
        Assert.Contains("back at index", result?.Violation?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_storage_that_refuses_an_entry_although_no_bit_was_wrong_is_found()
    {
        var (result, _) = FirstViolation(new FaultBudget { Crashes = 3 }, _ => new RefusingReader());

        Assert.Equal("Persistence", result?.Violation?.Property);
        Assert.Contains("back: It is refused.", result?.Violation?.Message, StringComparison.Ordinal);
    }

    // A monitor that reads entries back neither draws a fault nor changes what the server has to read.
    [Fact]
    public void Who_observes_a_schedule_does_not_change_it()
    {
        var misread = 0;
        for (var seed = 0UL; seed < 25; seed++)
        {
            var events = new EventLog();
            var hash = HashOf(seed, conformance: true, events);
            Assert.Equal(hash, HashOf(seed, conformance: true, log: null));
            Assert.Equal(hash, HashOf(seed, conformance: false, log: null));
            misread += events.Events.Any(one => one.What == MisreadEntry) ? 1 : 0;
        }

        Assert.True(misread > 0);

        static ulong HashOf(ulong seed, bool conformance, EventLog? log)
        {
            var choices = new Choices(new SwarmWalk());
            var faults = new FaultBudget { Crashes = 3, Damages = 1 };
            var options = Files.Options with { DrawsTransport = false, Conformance = conformance, Faults = faults };
            Assert.Null(Schedule.Run(Files, options, choices, seed, log: log).Violation);
            return choices.Hash;
        }
    }

    private static (ScheduleResult? Result, IReadOnlyList<TraceEvent> Events) FirstViolation(
        FaultBudget faults, Func<ILogReader, ILogReader> reader) =>
        Enumerable.Range(0, 100).Select(seed => Run(faults, (ulong)seed, reader)).FirstOrDefault(run => run.Result.Violation is not null);

    private static (ScheduleResult Result, IReadOnlyList<TraceEvent> Events) Run(
        FaultBudget faults, ulong seed, Func<ILogReader, ILogReader>? reader = null)
    {
        var log = new EventLog();
        var options = Files.Options with { DrawsTransport = false, Faults = faults };
        var scenario = new Scenario("files", "files", options, async cluster =>
        {
            foreach (var server in ((SimulatedCluster)cluster).Simulated)
            {
                server.Files!.ReadsThrough = reader;
            }

            await Files.RunAsync(cluster);
        });
        return (Schedule.Run(scenario, options, new Choices(new SwarmWalk()), seed, log: log), log.Events);
    }

    // Gives a wrong entry where the storage refuses one.
    private sealed class CarelessReader(ILogReader reader) : ILogReader
    {
        public EntryList Read(LogIndex first, int limit, long bytes)
        {
            try
            {
                return reader.Read(first, limit, bytes);
            }
            catch (StorageRefusedException)
            {
                return EntryList.Of([new LogEntry(new Term(1), Command.FromText("wrong"))]);
            }
        }
    }

    private sealed class RefusingReader : ILogReader
    {
        public EntryList Read(LogIndex first, int limit, long bytes) => throw new IOException("It is refused.");
    }
}
