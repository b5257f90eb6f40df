using System.Diagnostics;
using DeterministicSimulation;
using Microsoft.Coyote;
using Microsoft.Coyote.Logging;
using Microsoft.Coyote.SystematicTesting;
using Raft.Verification.Cluster;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;
using Trace = DeterministicSimulation.Trace;

namespace Raft.Verification.Coyote;

/// <summary>
/// Runs schedules under Coyote's testing engine in this process, one of each scenario in turn, until a property is violated. It must run in
/// rewritten assemblies: see <see cref="RewrittenContext"/>.
/// </summary>
internal sealed class CoyoteExplorer
{
    /// <summary>
    /// The property of violations that Coyote itself finds: a deadlock, work that it does not control, or a monitor that ends hot.
    /// </summary>
    public const string CoyoteProperty = "Coyote";

    // The bound of a schedule, in scheduling decisions of Coyote: several times the length of the longest scenario.
    private const uint _maxDecisions = 100_000;

    // Coyote reports a potential deadlock if it sees no decision for so long. By its default of a second, a busy machine would be a bug.
    private const uint _longestStep = 60_000;

    private readonly CoyoteRequest _request;
    private readonly Scenario[] _scenarios;
    private readonly StateCoverage _states = new();
    private readonly StateCoverage _modelStates = new();
    private readonly ModelCounts _modelCoverage = new();
    private readonly FaultCounts _faults = new();
    private readonly CancellationToken _stop;
    private readonly Action<long, long, long, long> _progress;
    private long _run;
    private bool _isDone;
    private long _steps;
    private long _modelSteps;
    private ulong _digest;
    private Trace? _violation;
    private EventLog _log = new();

    private CoyoteExplorer(CoyoteRequest request, Action<long, long, long, long> progress, CancellationToken stop)
    {
        _request = request;
        _scenarios = [.. request.Scenarios.Select(name => ScenarioCatalogue.Find(name)!)];
        _progress = progress;
        _stop = stop;
    }

    private Scenario Current => _scenarios[(_run - 1) % _scenarios.Length];

    /// <summary>Runs schedules until one violates a property or all have run. A violating schedule is replayed.</summary>
    /// <param name="request">The schedules to run.</param>
    /// <param name="progress">Called before each schedule with the schedules, steps, abstract states and faults so far.</param>
    /// <param name="stop">Stops the run in the middle of a schedule, which then does not count.</param>
    public static CoyoteResult Run(CoyoteRequest request, Action<long, long, long, long> progress, CancellationToken stop) =>
        new CoyoteExplorer(request, progress, stop).RunAll();

    /// <summary>Does the same with text for its request and result, which keep their meaning across load contexts.</summary>
    public static string RunAsText(string request, Action<long, long, long, long> progress, CancellationToken stop) =>
        Run(CoyoteRequest.FromText(request), progress, stop).ToText();

    private CoyoteResult RunAll()
    {
        var clock = Stopwatch.StartNew();
        var configuration = CoyoteStrategies.With(Configure(_request.Seed), _request.Strategy).WithTestingIterations(_request.Schedules);
        using var engine = TestingEngine.Create(configuration, RunScheduleAsync);
        engine.SetLogger(Silence());
        engine.RegisterStartIterationCallBack(_ =>
        {
            _progress(_run++, _steps, _states.Estimate, _faults.Total);
            _isDone = false;
        });

        // The engine's own Stop does not wait for the end of the schedule.
        engine.RegisterEndIterationCallBack(_ =>
        {
            if (_stop.IsCancellationRequested)
            {
                configuration.WithTestingIterations(0);
            }
        });
        engine.Run();
        var seconds = clock.Elapsed.TotalSeconds;
        var report = engine.TestReport;
        var isClean = report.NumOfFoundBugs == 0 && report.InternalErrors.Count == 0;
        var isStopped = isClean && !_isDone && _stop.IsCancellationRequested;
        var result = new CoyoteResult
        {
            Strategy = _request.Strategy,
            Seed = _request.Seed,
            Schedules = isStopped ? _run - 1 : _run,
            Steps = _steps,
            ModelSteps = _modelSteps,
            ModelStates = _modelStates.Estimate,
            ModelCoverage = _modelCoverage.Counts,
            Seconds = seconds,
            Tasks = report.MaxControlledOperations,
            States = _states.Estimate,
            Faults = [.. FaultCounts.Kinds.Select(kind => _faults[kind])],
            Digest = _digest,
        };
        _progress(result.Schedules, _steps, result.States, _faults.Total);
        if (isClean)
        {
            return result;
        }

        var trace = _violation ?? OfCoyote(string.Join(Environment.NewLine, report.BugReports.Concat(report.InternalErrors)));
        var isReplayed = IsReplayed(engine.ReproducibleTrace);
        return result with
        {
            Replayed = isReplayed,
            CoyoteTrace = engine.ReproducibleTrace,
            Trace = (trace with
            {
                Strategy = _request.Strategy,
                Seed = _request.Seed,
                Schedule = (_run - 1) / _scenarios.Length,
                Remark = isReplayed ? null : "The schedule does not run again as it ran.",
            }).ToJson(),
        };
    }

    private Task RunScheduleAsync()
    {
        OneCore.Keep();

        // The log is always kept: it reads the states of servers, and these reads are scheduling points. Without them the schedule would
        // differ.
        _log = new EventLog();
        return _stop.IsCancellationRequested
            ? Task.CompletedTask
            : CoyoteSchedule.RunAsync(
                Current, OptionsOf(Current), _log, trace => _violation = trace, _states, _modelStates, Count, _stop);
    }

    private void Count(ScheduleResult result)
    {
        _isDone = true;
        _steps += result.Steps;
        _modelSteps += result.ModelSteps;
        _modelCoverage.Add(result.ModelCoverage);
        _digest += Digest.Add(result.Digest, _run - 1);
        _faults.Add(result.Faults);
    }

    // Replays the schedule from Coyote's own trace.
    private bool IsReplayed(string trace)
    {
        Trace? again = null;
        using var engine = TestingEngine.Create(
            Configure(0).WithReproducibleTrace(trace),
            () => CoyoteSchedule.RunAsync(Current, OptionsOf(Current), new EventLog(), found => again = found));
        engine.SetLogger(Silence());
        engine.Run();
        return engine.TestReport.NumOfFoundBugs == 1 && What(again) == What(_violation);

        static (string?, string?, long?, string?) What(Trace? found) =>
            (found?.Violation.Property, found?.Violation.Message, found?.Violation.Step, found?.Digest);
    }

    private Trace OfCoyote(string message)
    {
        var result = new ScheduleResult(new Violation(CoyoteProperty, message, 0), 0, 0, _faults);
        var trace = Trace.Of(Current, OptionsOf(Current), _request.Strategy, seed: 0, schedule: 0, [], result);
        return trace with { Engine = Trace.Coyote, Events = _log.Events };
    }

    private ClusterOptions OptionsOf(Scenario scenario) => scenario.Options with
    {
        Servers = _request.Servers ?? scenario.Options.Servers,
        Conformance = _request.Conformance,
    };

    private static TextWriterLogger Silence() => new(TextWriter.Null, VerbosityLevel.None);

    private static Configuration Configure(uint seed) => Configuration.Create()
        .WithRandomGeneratorSeed(seed)
        .WithMaxSchedulingSteps(_maxDecisions)
        .WithDeadlockTimeout(_longestStep)
        .WithPartiallyControlledConcurrencyAllowed(false)
        .WithTelemetryEnabled(false);
}
