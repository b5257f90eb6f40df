using System.Collections.Concurrent;
using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Exploration;
using Raft.Verification.Mutants;
using Xunit.Abstractions;

namespace Raft.Tests.Traces;

/// <summary>
/// Bugs that were found, as shrunk traces without their events: <c>raft-verify mutants --traces DIR</c> writes such. Each file is named
/// after the seeded bug that it shows.
/// </summary>
public sealed class FoundBugsTests(FoundBugsTests.Worlds worlds, ITestOutputHelper output) : IClassFixture<FoundBugsTests.Worlds>
{
    public static TheoryData<string> Bugs => [.. Files.Keys.Order(StringComparer.Ordinal)];

    private static Dictionary<string, Trace> Files { get; } =
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Traces"), $"*{_ending}")
            .ToDictionary(file => Path.GetFileName(file)[..^_ending.Length], Trace.Read);

    private const string _ending = ".trace.json";

    [Theory]
    [MemberData(nameof(Bugs))]
    public void The_correct_implementation_violates_nothing(string bug)
    {
        if (Difference(Files[bug]) is { } difference)
        {
            output.WriteLine($"Its choices do not fit, and it is on by default: {difference}");
        }

        Assert.Null(Files[bug].Rerun());
        Assert.Null((Files[bug] with { Options = Files[bug].ClusterOptions with { Conformance = true } }).Rerun());
    }

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Bugs))]
    public async Task With_the_bug_the_property_is_violated(string bug) =>
        Assert.Equal(Files[bug].Violation.Property, await worlds.Rerun[bug]);

    // Schedules in which a monitor once reported the correct implementation.
    [Theory]
    [InlineData("a-snapshot-replaces-a-no-op-that-waits-for-the-service")]
    [InlineData("an-operator-stops-leaders-until-one-is-of-a-later-term")]
    public void A_false_alarm_of_a_monitor_is_not_raised_again(string name)
    {
        var trace = Trace.Read(Path.Combine(AppContext.BaseDirectory, "Traces", "FalseAlarms", $"{name}{_ending}"));

        Assert.Null(trace.Rerun());
    }

    // Schedules that once found a fault of the implementation.
    [Theory]
    [InlineData("an-entry-is-compacted-before-it-is-sent")]
    [InlineData("a-vote-for-itself-is-lost-with-its-group")]
    public void A_fault_that_was_mended_does_not_return(string name)
    {
        var trace = Trace.Read(Path.Combine(AppContext.BaseDirectory, "Traces", "Mended", $"{name}{_ending}"));

        Assert.Null(trace.Rerun());
    }

    [Fact]
    public void Every_seeded_bug_has_a_trace() =>
        Assert.Equal(
            MutantCatalogue.Own().Select(mutant => mutant.Id).Order(StringComparer.Ordinal), Files.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void None_names_a_place_where_it_was_built() =>
        Assert.All(Files.Values, trace => Assert.DoesNotMatch(@" in ([A-Za-z]:)?[/\\]", trace.Violation.Message));

    [Fact]
    public void None_holds_a_raw_record_in_its_text() =>
        Assert.All(Files.Values, trace => Assert.DoesNotMatch(@"\{ \w+ = ", trace.Violation.Message));

    private static string? Difference(Trace trace)
    {
        try
        {
            Schedule.Run(
                trace.FindScenario().Following(trace.Script), trace.Options, new Choices(new Replay(trace.Choices)), seed: 0);
            return null;
        }
        catch (ReplayDivergedException difference)
        {
            return difference.Message;
        }
    }

    /// <summary>What each trace violates with its bug in the implementation: a world each, all cores at work once a test asks.</summary>
    public sealed class Worlds
    {
        private readonly Lazy<IReadOnlyDictionary<string, Task<string?>>> _rerun = new(RerunAll);

        internal IReadOnlyDictionary<string, Task<string?>> Rerun => _rerun.Value;

        private static Dictionary<string, Task<string?>> RerunAll()
        {
            var results = Files.Keys.ToDictionary(
                bug => bug, _ => new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously));
            var waiting = new ConcurrentQueue<string>(Files.Keys);
            for (var worker = 0; worker < Environment.ProcessorCount; worker++)
            {
                new Thread(() =>
                {
                    while (waiting.TryDequeue(out var bug))
                    {
                        try
                        {
                            using var world = new MutantContext(MutantCatalogue.Find(MutantCatalogue.Own(), bug));
                            results[bug].SetResult(world.Rerun(Files[bug]));
                        }
                        catch (Exception exception)
                        {
                            results[bug].SetException(exception);
                        }
                    }
                })
                { IsBackground = true, Name = "found bugs" }.Start();
            }

            return results.ToDictionary(one => one.Key, one => one.Value.Task);
        }
    }
}
