using System.Diagnostics;
using DeterministicSimulation;
using Raft.Verification.Scenarios;
using Trace = DeterministicSimulation.Trace;

namespace Raft.Verification.Coyote;

/// <summary>Explores scenarios under Coyote, as <see cref="Explorer"/> does with the embedded engine: one schedule at a time.</summary>
/// <param name="context">The rewritten assemblies.</param>
internal sealed class CoyoteExploration(RewrittenContext context)
{
    // The time of a scenario can be less than a second.
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(50);

    // A schedule ends within one of its steps. One that takes none for so long never ends.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    /// <summary>Explores a scenario.</summary>
    /// <inheritdoc cref="Explorer.Explore"/>
    public ExplorationReport Explore(
        Scenario scenario, ExplorationOptions options, Action<ExplorationProgress> progress, CancellationToken stop)
    {
        // Coyote's seeds that are one apart share all schedules but one, and so it gets others.
        var seed = (uint)Explorer.SeedOf(scenario.Name, options.Seed);
        var schedules = (uint)Math.Min(options.Iterations ?? uint.MaxValue, uint.MaxValue);
        var request = new CoyoteRequest([scenario.Name], options.Strategy, seed, schedules, options.Servers)
        {
            Conformance = scenario.Options.Conformance,
        };
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var clock = Stopwatch.StartNew();
        var now = new ExplorationProgress(scenario.Name, 0, 0, TimeSpan.Zero, 0, 0);
        var gate = new object();
        CoyoteResult? result = null;
        TimeSpan? over = null;
        Workers.Run(
            $"The exploration of {scenario.Name} under Coyote",
            1,
            _ => result = context.Run(request, Note, end.Token),
            Watch,
            _interval,
            stop);
        Report();
        return ReportOf(scenario, options, result!, clock.Elapsed);

        void Watch()
        {
            Report();
            if (IsOver())
            {
                end.Cancel();
            }

            over ??= end.IsCancellationRequested ? clock.Elapsed : null;
            if (clock.Elapsed - over >= _patience)
            {
                throw new EndlessScheduleException(
                    $"A schedule of {scenario.Name} under Coyote does not end: it runs on without a step. The exploration has no result.");
            }
        }

        // At least one schedule is run, which takes longest: the runtime compiles the rewritten code meanwhile.
        bool IsOver()
        {
            lock (gate)
            {
                return clock.Elapsed >= (now.Schedules > 0 ? options.Time : options.Time + _patience);
            }
        }

        void Note(long schedules, long steps, long states, long faults)
        {
            lock (gate)
            {
                now = now with { Schedules = schedules, Steps = steps, AbstractStates = states, Faults = faults };
            }
        }

        void Report()
        {
            lock (gate)
            {
                progress(now with { Elapsed = clock.Elapsed });
            }
        }
    }

    private static ExplorationReport ReportOf(Scenario scenario, ExplorationOptions options, CoyoteResult result, TimeSpan time)
    {
        var faults = new FaultCounts();
        foreach (var kind in FaultCounts.Kinds)
        {
            faults[kind] = result.Faults[(int)kind];
        }

        var violation = result.Violation() is { } trace ? trace with { Seed = options.Seed } : null;
        return new ExplorationReport(scenario.Name, result.Schedules, result.Steps, time, result.States, faults, result.Digest, violation)
        {
            Engine = Trace.Coyote,
            EngineTrace = result.CoyoteTrace,
            ModelSteps = result.ModelSteps,
            ModelStates = result.ModelStates,
            ModelCoverage = result.ModelCoverage,
        };
    }
}
