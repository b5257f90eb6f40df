using System.Diagnostics;
using System.Runtime.ExceptionServices;
using DeterministicSimulation;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Mutants;

/// <summary>
/// Looks for a violation of any property: one schedule of each scenario in turn, so that all share the budget, each as <c>explore</c> runs it. It does not
/// know what it looks for. Its schedules run on one thread; several hunts may run side by side.
/// </summary>
internal static class Hunt
{
    // A schedule of the most steps takes about a second.
    private static readonly TimeSpan _longestSchedule = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(250);

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
        var (done, doneAt) = (0L, TimeSpan.Zero);
        HuntResult? result = null;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Volatile.Write(ref result, RunSchedules(strategy, seed, budget, time, Count, stop));
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        })
        { IsBackground = true, Name = $"hunt {seed}" };
        thread.Start();
        for (var counted = 0L; !thread.Join(_interval);)
        {
            if (Volatile.Read(ref done) != counted)
            {
                (counted, doneAt) = (done, clock.Elapsed);
            }
            else if (clock.Elapsed - doneAt > _longestSchedule)
            {
                // A thread cannot be ended from outside: this one runs until the process ends.
                break;
            }
        }

        failure?.Throw();
        if (Volatile.Read(ref result) is { } ended)
        {
            return ended;
        }

        var scenarios = Scenario.All;
        var scenario = scenarios[(int)(done % scenarios.Count)];
        return new HuntResult(
            seed, done + 1, doneAt.TotalSeconds, "Termination", "A step of the schedule does not end.", scenario.Name, done / scenarios.Count);

        void Count(long schedules)
        {
            Volatile.Write(ref done, schedules);
            progress(schedules);
        }
    }

    private static HuntResult RunSchedules(string strategy, ulong seed, long budget, TimeSpan time, Action<long> progress, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var scenarios = Scenario.All;
        StrategyShards[] shards = [.. scenarios.Select(_ => new StrategyShards(strategy))];
        ulong[] seeds = [.. scenarios.Select(scenario => Explorer.SeedOf(scenario.Name, seed))];
        var done = 0L;
        while (done < budget && clock.Elapsed < time && !stop.IsCancellationRequested)
        {
            var turn = (int)(done % scenarios.Count);
            var number = done / scenarios.Count;
            var scenario = scenarios[turn];
            var shard = shards[turn].OfSchedule(number);
            ScheduleResult result;
            try
            {
                result = shard.Run(scenario, scenario.Options, Explorer.SeedOf(seeds[turn], number), stop);
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
                    Trace = DeterministicSimulation.Trace.Of(scenario, scenario.Options, strategy, seed, number, [.. shard.Choices.Made], result).ToJson(),
                };
            }
        }

        return new HuntResult(seed, done, clock.Elapsed.TotalSeconds, Stopped: stop.IsCancellationRequested);
    }

    /// <summary>The same, with the result as text: what a load context hands out must mean the same outside.</summary>
    public static string RunAsText(string strategy, ulong seed, long budget, TimeSpan time, Action<long> progress, CancellationToken stop) =>
        Run(strategy, seed, budget, time, progress, stop).ToText();
}
