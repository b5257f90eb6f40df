using System.Diagnostics;
using System.Text.Json;
using Microsoft.Coyote;
using Microsoft.Coyote.Logging;
using Microsoft.Coyote.SystematicTesting;
using Raft.Verification.Scenarios;
using Trace = Raft.Verification.Exploration.Trace;

namespace Raft.Verification.Coyote;

/// <summary>
/// Runs schedules under Coyote's testing engine, in this process: one of each scenario in turn, until a property is violated. It must run in rewritten
/// assemblies: see <see cref="RewrittenContext"/>.
/// </summary>
internal static class CoyoteExplorer
{
    // The bounds of a schedule, in Coyote's scheduling decisions: several times what the longest of the scenarios takes.
    private const uint _maxDecisions = 100_000;

    /// <summary>The strategies, by the names that Coyote's command line has for them.</summary>
    public static IReadOnlyList<string> Strategies { get; } = ["random", "prioritization", "q-learning"];

    /// <summary>Runs schedules until one violates a property, or all are run; one that does is run again.</summary>
    /// <param name="scenarios">The names of the scenarios, with blanks between them.</param>
    /// <param name="strategy">One of <see cref="Strategies"/>.</param>
    /// <param name="seed">Equal seeds give equal schedules, but for q-learning.</param>
    /// <param name="schedules">How many schedules to run, at most.</param>
    /// <param name="progress">Told before each schedule how many have run.</param>
    /// <param name="stop">Ends it early.</param>
    /// <returns>A <see cref="CoyoteResult"/>, as text: what a load context hands out must mean the same outside.</returns>
    public static string Run(string scenarios, string strategy, uint seed, uint schedules, Action<long> progress, CancellationToken stop)
    {
        Scenario[] chosen = [.. scenarios.Split(' ').Select(name => Scenario.Find(name)!)];
        var clock = Stopwatch.StartNew();
        var run = 0L;
        var steps = 0L;
        Trace? violation = null;
        var engine = TestingEngine.Create(
            With(Configure(seed), strategy).WithTestingIterations(schedules),
            () => CoyoteSchedule.RunAsync(chosen[(run - 1) % chosen.Length], log: null, trace => violation = trace, done => steps += done));
        engine.SetLogger(Silence());
        engine.RegisterStartIterationCallBack(_ =>
        {
            progress(run++);
            if (stop.IsCancellationRequested)
            {
                engine.Stop();
            }
        });
        engine.Run();
        var seconds = clock.Elapsed.TotalSeconds;
        var report = engine.TestReport;
        var scenario = chosen[(run - 1) % chosen.Length];
        var result = new CoyoteResult(strategy, seed, run, steps, seconds, report.MaxControlledOperations);
        return JsonSerializer.Serialize(report.NumOfFoundBugs == 0 && report.InternalErrors.Count == 0 ? result : result with
        {
            Property = violation?.Violation.Property ?? "Coyote",
            Message = violation?.Violation.Message ?? string.Join(Environment.NewLine, report.BugReports.Concat(report.InternalErrors)),
            Scenario = scenario.Name,
            Replayed = Replay(scenario, engine.ReproducibleTrace, violation),
        });
    }

    private static bool Replay(Scenario scenario, string trace, Trace? violation)
    {
        Trace? again = null;
        var engine = TestingEngine.Create(
            Configure(0).WithReproducibleTrace(trace), () => CoyoteSchedule.RunAsync(scenario, log: null, found => again = found));
        engine.SetLogger(Silence());
        engine.Run();
        return engine.TestReport.NumOfFoundBugs == 1 && What(again) == What(violation);

        static (string?, string?, long?, string?) What(Trace? found) => (found?.Violation.Property, found?.Violation.Message, found?.Violation.Step, found?.Digest);
    }

    private static TextWriterLogger Silence() => new(TextWriter.Null, VerbosityLevel.None);

    private static Configuration Configure(uint seed) => Configuration.Create()
        .WithRandomGeneratorSeed(seed)
        .WithMaxSchedulingSteps(_maxDecisions)
        .WithPartiallyControlledConcurrencyAllowed(false)
        .WithTelemetryEnabled(false);

    private static Configuration With(Configuration configuration, string strategy) => strategy switch
    {
        "random" => configuration.WithRandomStrategy(),
        "prioritization" => configuration.WithPrioritizationStrategy(isFair: false),
        "q-learning" => configuration.WithQLearningStrategy(),
        _ => throw new ArgumentException($"There is no strategy '{strategy}'; there is {string.Join(", ", Strategies)}.", nameof(strategy)),
    };
}

/// <summary>What a run under Coyote showed.</summary>
/// <param name="Strategy">Coyote's strategy.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Schedules">How many schedules ran; with a violation, the last one shows it.</param>
/// <param name="Steps">How many operations they took together, counted as the embedded engine counts them.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Tasks">How many tasks of Coyote's a schedule took, at most.</param>
/// <param name="Property">The violated property, or <c>Coyote</c> for what Coyote itself reports; null: none.</param>
/// <param name="Message">What is wrong, in words.</param>
/// <param name="Scenario">The scenario that shows it.</param>
/// <param name="Replayed">Whether the same was violated again when Coyote ran its trace again.</param>
internal sealed record CoyoteResult(
    string Strategy,
    uint Seed,
    long Schedules,
    long Steps,
    double Seconds,
    int Tasks,
    string? Property = null,
    string? Message = null,
    string? Scenario = null,
    bool? Replayed = null);
