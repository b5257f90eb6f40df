using System.Diagnostics;
using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Labs;

namespace Raft.Verification.Exploration;

/// <summary>What the runs of one lab test showed together.</summary>
/// <param name="Test">The test.</param>
/// <param name="Runs">How many there were, one a seed.</param>
/// <param name="Mean">What a run that ended by itself took, on average.</param>
/// <param name="Longest">The longest run, in its own time.</param>
/// <param name="Steps">How many operations ran in all; zero on real time.</param>
/// <param name="ModelSteps">How many steps of servers were compared with the formal model.</param>
/// <param name="FailedSeeds">The seeds of those that failed, lowest first.</param>
/// <param name="FirstFailure">The run of the lowest of them; null: all passed.</param>
public sealed record LabTestReport(
    LabTest Test,
    int Runs,
    LabFigures Mean,
    TimeSpan Longest,
    long Steps,
    long ModelSteps,
    IReadOnlyList<ulong> FailedSeeds,
    LabResult? FirstFailure)
{
    /// <summary>Puts the runs of a test together.</summary>
    public static LabTestReport Of(LabTest test, IReadOnlyList<LabResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        LabFigures[] figures = [.. results.Select(result => result.Figures).Where(one => one.Peers > 0)];
        var mean = figures.Length == 0
            ? default
            : new LabFigures(
                TimeSpan.FromTicks((long)figures.Average(one => one.Time.Ticks)),
                figures[0].Peers,
                (long)figures.Average(one => one.Calls),
                (long)figures.Average(one => one.Bytes),
                (long)figures.Average(one => one.Commits));
        LabResult[] failed = [.. results.Where(result => result.Trace is not null).OrderBy(result => result.Seed)];
        return new LabTestReport(
            test,
            results.Count,
            mean,
            figures.Length == 0 ? TimeSpan.Zero : figures.Max(one => one.Time),
            results.Sum(result => result.Steps),
            results.Sum(result => result.ModelSteps),
            [.. failed.Select(result => result.Seed)],
            failed.FirstOrDefault());
    }
}

/// <summary>Runs lab tests over many seeds on virtual time, on several threads. The reports do not depend on how many.</summary>
public sealed class LabSuite
{
    private readonly IReadOnlyList<LabTest> _tests;
    private readonly LabVersion _version;
    private readonly ulong _firstSeed;
    private readonly int _seeds;
    private readonly ProtocolOptions? _protocol;
    private readonly bool _conformance;
    private readonly CancellationToken _stop;
    private readonly List<LabResult>[] _results;
    private long _next = -1;
    private long _done;

    private LabSuite(
        IReadOnlyList<LabTest> tests,
        LabVersion version,
        ulong firstSeed,
        int seeds,
        ProtocolOptions? protocol,
        bool conformance,
        CancellationToken stop)
    {
        _tests = tests;
        _version = version;
        _firstSeed = firstSeed;
        _seeds = seeds;
        _protocol = protocol;
        _conformance = conformance;
        _stop = stop;
        _results = [.. tests.Select(_ => new List<LabResult>())];
    }

    /// <summary>Runs tests.</summary>
    /// <param name="tests">Which, in this order.</param>
    /// <param name="version">Whose tests.</param>
    /// <param name="firstSeed">The seed of the first run of each test; those that follow have the numbers after it.</param>
    /// <param name="seeds">How many runs of each test.</param>
    /// <param name="workers">How many threads.</param>
    /// <param name="finished">Told of each test, in their order, once all its runs are done.</param>
    /// <param name="protocol">The extensions of Figure 2 that each server has; null for none.</param>
    /// <param name="conformance">Whether the formal model steps beside each server.</param>
    /// <param name="progress">Told now and then how many runs are done, and in how much real time.</param>
    /// <param name="stop">Ends it early; of the tests that are not finished, only those are reported that have failed.</param>
    public static void Run(
        IReadOnlyList<LabTest> tests,
        LabVersion version,
        ulong firstSeed,
        int seeds,
        int workers,
        Action<LabTestReport> finished,
        ProtocolOptions? protocol = null,
        bool conformance = true,
        Action<long, TimeSpan>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(tests);
        ArgumentNullException.ThrowIfNull(finished);
        new LabSuite(tests, version, firstSeed, seeds, protocol, conformance, stop).Run(workers, finished, progress);
    }

    private void Run(int workers, Action<LabTestReport> finished, Action<long, TimeSpan>? progress)
    {
        var clock = Stopwatch.StartNew();
        var reported = 0;
        Workers.Run(
            "The lab suite",
            workers,
            RunJobs,
            () =>
            {
                reported = Report(reported, finished);
                progress?.Invoke(Interlocked.Read(ref _done), clock.Elapsed);
            },
            stop: _stop);
        ReportFailures(Report(reported, finished), finished);
    }

    // A failure that was seen before the end came is not lost, though other runs of its test are not done.
    private void ReportFailures(int reported, Action<LabTestReport> finished)
    {
        for (; reported < _tests.Count; reported++)
        {
            if (_results[reported].Exists(result => result.Trace is not null))
            {
                finished(LabTestReport.Of(_tests[reported], _results[reported]));
            }
        }
    }

    private int Report(int reported, Action<LabTestReport> finished)
    {
        while (reported < _tests.Count)
        {
            LabResult[] results;
            lock (_results)
            {
                if (_results[reported].Count < _seeds)
                {
                    break;
                }

                results = [.. _results[reported]];
                _results[reported].Clear();
            }

            finished(LabTestReport.Of(_tests[reported], results));
            reported++;
        }

        return reported;
    }

    private void RunJobs(CancellationToken stop)
    {
        var choices = new Choices(new RandomWalk());
        while (!stop.IsCancellationRequested)
        {
            var job = Interlocked.Increment(ref _next);
            var test = (int)(job / _seeds);
            if (test >= _tests.Count)
            {
                return;
            }

            var seed = _firstSeed + (ulong)(job % _seeds);
            var result = LabRun.OnVirtualTime(_tests[test], _version, seed, _protocol, _conformance, choices, stop);
            lock (_results)
            {
                Add(_results[test], result);
            }

            Interlocked.Increment(ref _done);
        }
    }

    // A trace is large: only that of the lowest seed is kept whole.
    private static void Add(List<LabResult> results, LabResult result)
    {
        if (result.Trace is not null)
        {
            var other = results.FindIndex(one => one.Trace is { Choices.Count: > 0 });
            if (other >= 0 && results[other].Seed > result.Seed)
            {
                results[other] = Shortened(results[other]);
            }
            else if (other >= 0)
            {
                result = Shortened(result);
            }
        }

        results.Add(result);
    }

    private static LabResult Shortened(LabResult result) => result with { Trace = result.Trace! with { Choices = [] } };
}
