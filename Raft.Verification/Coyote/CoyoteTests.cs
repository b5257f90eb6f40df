using DeterministicSimulation;
using Microsoft.Coyote.SystematicTesting;
using Raft.Verification.Exploration;

namespace Raft.Verification.Coyote;

/// <summary>
/// The tests of <c>coyote test</c>: every scenario, by its name. A violation prints the events of its schedule and writes a trace to
/// <c>traces/</c> for <c>raft-verify show</c>. <c>coyote replay</c> does the same again.
/// </summary>
public static class CoyoteTests
{
    private const string _directory = "traces";

    /// <summary>The scenario <c>election</c>.</summary>
    [Test]
    public static Task Election() => RunAsync("election");

    /// <summary>The scenario <c>replication</c>.</summary>
    [Test]
    public static Task Replication() => RunAsync("replication");

    /// <summary>The scenario <c>partition</c>.</summary>
    [Test]
    public static Task Partition() => RunAsync("partition");

    /// <summary>The scenario <c>crash-recovery</c>.</summary>
    [Test]
    public static Task CrashRecovery() => RunAsync("crash-recovery");

    /// <summary>The scenario <c>figure-8</c>.</summary>
    [Test]
    public static Task Figure8() => RunAsync("figure-8");

    /// <summary>The scenario <c>snapshot</c>.</summary>
    [Test]
    public static Task Snapshot() => RunAsync("snapshot");

    /// <summary>The scenario <c>churn</c>.</summary>
    [Test]
    public static Task Churn() => RunAsync("churn");

    /// <summary>The scenario <c>four-servers</c>.</summary>
    [Test]
    public static Task FourServers() => RunAsync("four-servers");

    /// <summary>The scenario <c>five-servers</c>.</summary>
    [Test]
    public static Task FiveServers() => RunAsync("five-servers");

    /// <summary>The scenario <c>ends</c>.</summary>
    [Test]
    public static Task Ends() => RunAsync("ends");

    /// <summary>The scenario <c>steady</c>.</summary>
    [Test]
    public static Task Steady() => RunAsync("steady");

    /// <summary>The scenario <c>key-value</c>.</summary>
    [Test]
    public static Task KeyValue() => RunAsync("key-value");

    /// <summary>The scenario <c>lease</c>.</summary>
    [Test]
    public static Task Lease() => RunAsync("lease");

    /// <summary>The scenario <c>cores</c>.</summary>
    [Test]
    public static Task Cores() => RunAsync("cores");

    /// <summary>The scenario <c>files</c>.</summary>
    [Test]
    public static Task Files() => RunAsync("files");

    /// <summary>The scenario <c>connections</c>.</summary>
    [Test]
    public static Task Connections() => RunAsync("connections");

    /// <summary>The scenario <c>node</c>.</summary>
    [Test]
    public static Task Node() => RunAsync("node");

    /// <summary>The scenario <c>catch-up</c>.</summary>
    [Test]
    public static Task CatchUp() => RunAsync("catch-up");

    private static Task RunAsync(string name)
    {
        var scenario = ScenarioCatalogue.Find(name)!;
        return CoyoteSchedule.RunAsync(scenario, scenario.Options, new EventLog(), Report);
    }

    private static void Report(Trace trace)
    {
        foreach (var line in ViolationReport.Story(trace))
        {
            Console.WriteLine(line);
        }

        Directory.CreateDirectory(_directory);
        var file = Path.Combine(_directory, $"{trace.Scenario}-{trace.Violation.Property}-{Trace.Coyote}.trace.json");
        trace.Write(file);
        Console.WriteLine();
        Console.WriteLine($"{trace.Scenario}: {trace.Violation.Property} is violated at step {trace.Violation.Step}.");
        Console.WriteLine(trace.Violation.Message);
        Console.WriteLine(ViolationReport.Meaning(trace.Violation.Property));
        Console.WriteLine($"To draw it: {Invocation.Of("show", file)}");
    }
}
