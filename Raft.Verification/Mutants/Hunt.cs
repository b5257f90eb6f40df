using System.Diagnostics;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;
using Raft.Verification.Simulation;

namespace Raft.Verification.Mutants;

/// <summary>
/// Looks for a violation of any property: one schedule of each scenario in turn, so that all share the budget, each as <c>explore</c> runs it. It does not
/// know what it looks for. It runs on the calling thread alone; several hunts may run side by side.
/// </summary>
internal static class Hunt
{
    /// <summary>Runs schedules until one violates a property, or the budget is spent.</summary>
    /// <param name="strategy">The name of the strategy.</param>
    /// <param name="seed">Equal seeds give equal schedules.</param>
    /// <param name="budget">How many schedules to run, of all scenarios together, at most.</param>
    /// <param name="time">How long to run them, at most.</param>
    /// <param name="progress">Told after each schedule how many have run.</param>
    /// <param name="stop">Ends the hunt early.</param>
    public static HuntResult Run(string strategy, ulong seed, long budget, TimeSpan time, Action<long> progress, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var scenarios = Scenario.All;
        Lanes[] lanes = [.. scenarios.Select(_ => new Lanes(strategy))];
        ulong[] seeds = [.. scenarios.Select(scenario => Explorer.SeedOf(scenario.Name, seed))];
        var done = 0L;
        while (done < budget && clock.Elapsed < time && !stop.IsCancellationRequested)
        {
            var turn = (int)(done % scenarios.Count);
            var number = done / scenarios.Count;
            var scenario = scenarios[turn];
            var lane = lanes[turn].OfSchedule(number);
            ScheduleResult result;
            try
            {
                result = lane.Run(scenario, scenario.Options, Explorer.SeedOf(seeds[turn], number), stop);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            progress(++done);
            if (result.Violation is { } violation)
            {
                return new HuntResult(seed, done, clock.Elapsed.TotalSeconds, violation.Property, violation.Message, scenario.Name, number)
                {
                    Trace = Exploration.Trace.Of(scenario, scenario.Options, strategy, seed, number, [.. lane.Choices.Made], result).ToJson(),
                };
            }
        }

        return new HuntResult(seed, done, clock.Elapsed.TotalSeconds, Stopped: stop.IsCancellationRequested);
    }

    /// <summary>The same, with the result as text: what a load context hands out must mean the same outside.</summary>
    public static string RunAsText(string strategy, ulong seed, long budget, TimeSpan time, Action<long> progress, CancellationToken stop) =>
        Run(strategy, seed, budget, time, progress, stop).ToText();
}
