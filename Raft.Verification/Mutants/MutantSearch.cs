using System.Diagnostics;
using DeterministicSimulation;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Mutants;

/// <summary>
/// Searches for a violation of any property. It runs one schedule of each scenario in turn, as <c>explore</c> does, so that the scenarios
/// share the budget. It does not know which bug is present. A search runs on one thread; several may run at the same time.
/// </summary>
internal static class MutantSearch
{
    // A step takes microseconds, and on a busy machine, compiled in that moment, parts of a second.
    private static readonly TimeSpan _longestStep = TimeSpan.FromSeconds(10);

    /// <summary>Runs schedules until one violates a property or the budget is spent.</summary>
    /// <param name="strategy">The name of the strategy.</param>
    /// <param name="seed">Equal seeds give equal schedules.</param>
    /// <param name="budget">The most schedules to run, over all scenarios.</param>
    /// <param name="time">The longest time to run.</param>
    /// <param name="conformance">Whether the formal model steps beside each server.</param>
    /// <param name="progress">Called after each schedule with the number that have run.</param>
    /// <param name="stop">Ends the search early.</param>
    public static MutantSearchResult Run(
        string strategy, ulong seed, long budget, TimeSpan time, bool conformance, Action<long> progress, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var position = new Position();
        var (seen, seenAt) = (position.Read(), TimeSpan.Zero);
        MutantSearchResult? result = null;
        try
        {
            Workers.Run(
                $"The search on seed {seed}",
                1,
                end => result = RunSchedules(strategy, seed, budget, time, conformance, position, progress, end),
                Watch,
                stop: stop);
        }
        catch (EndlessScheduleException)
        {
            var scenarios = Scenario.All;
            var (done, _) = seen;
            return new MutantSearchResult(
                seed,
                done + 1,
                seenAt.TotalSeconds,
                "Termination",
                "A step of the schedule does not end.",
                scenarios[(int)(done % scenarios.Count)].Name,
                done / scenarios.Count);
        }

        return result!;

        void Watch()
        {
            var now = position.Read();
            if (now != seen)
            {
                (seen, seenAt) = (now, clock.Elapsed);
            }
            else if (clock.Elapsed - seenAt > _longestStep)
            {
                throw new EndlessScheduleException("A step of the schedule does not end.");
            }
        }
    }

    private static MutantSearchResult RunSchedules(
        string strategy,
        ulong seed,
        long budget,
        TimeSpan time,
        bool conformance,
        Position position,
        Action<long> progress,
        CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        Scenario[] scenarios = [.. Scenario.All.Select(scenario => scenario.With(conformance))];
        StrategyShards[] shards = [.. scenarios.Select(_ => new StrategyShards(strategy))];
        ulong[] seeds = [.. scenarios.Select(scenario => Explorer.SeedOf(scenario.Name, seed))];
        var done = 0L;
        while (done < budget && clock.Elapsed < time && !stop.IsCancellationRequested)
        {
            var turn = (int)(done % scenarios.Length);
            var number = done / scenarios.Length;
            var scenario = scenarios[turn];
            var shard = shards[turn].OfSchedule(number);
            ScheduleResult result;
            position.Begin(done, shard.Choices);
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
                var trace = DeterministicSimulation.Trace.Of(
                    scenario, scenario.Options, strategy, seed, number, [.. shard.Choices.Made], result);
                return new MutantSearchResult(
                    seed, done, clock.Elapsed.TotalSeconds, violation.Property, violation.Message, scenario.Name, number)
                {
                    Trace = trace.ToJson(),
                };
            }
        }

        return new MutantSearchResult(seed, done, clock.Elapsed.TotalSeconds, Stopped: stop.IsCancellationRequested);
    }

    /// <summary>The same, with the result as text, because only types that both load contexts share can cross between them.</summary>
    public static string RunAsText(
        string strategy, ulong seed, long budget, TimeSpan time, bool conformance, Action<long> progress, CancellationToken stop) =>
        Run(strategy, seed, budget, time, conformance, progress, stop).ToText();

    // How far a search is. The thread that watches it reads what the search writes, and may see an earlier value.
    private sealed class Position
    {
        private volatile Choices? _choices;
        private long _schedules;

        public void Begin(long schedules, Choices choices)
        {
            Volatile.Write(ref _schedules, schedules);
            _choices = choices;
        }

        // The schedules that are done, and the choices of the one that runs: a step makes at least one, unless nothing else can happen.
        public (long Schedules, int Choices) Read() => (Volatile.Read(ref _schedules), _choices?.Count ?? 0);
    }
}
