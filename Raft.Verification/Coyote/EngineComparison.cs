using DeterministicSimulation;
using Raft.Verification.Mutants;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Coyote;

/// <summary>
/// Compares the embedded engine with Coyote on the same scenarios, nodes, network, disks, faults and monitors. Each runs on one core, and
/// only one is measured at a time.
/// </summary>
/// <param name="Strategies">Coyote's strategies.</param>
/// <param name="Seeds">The number of searches for a bug, each with another seed.</param>
/// <param name="Schedules">The number of schedules that measure the speed of a strategy of Coyote.</param>
/// <param name="Time">How long the speed of the embedded engine is measured.</param>
/// <param name="Budget">The maximum number of schedules of a search, over all scenarios.</param>
internal sealed record EngineComparison(IReadOnlyList<string> Strategies, int Seeds, uint Schedules, TimeSpan Time, uint Budget)
{
    // Two of Coyote's seeds that differ by one share all schedules but one.
    private IEnumerable<uint> SearchSeeds => Enumerable.Range(0, Seeds).Select(search => 1 + ((uint)search * Budget));

    /// <summary>
    /// Measures the speed of each engine on a scenario, the embedded engine first. A run of the same length comes before the measurement,
    /// for the just-in-time compiler.
    /// </summary>
    public IEnumerable<EngineSpeed> Measure(Scenario scenario, Action<long> progress, CancellationToken stop)
    {
        var options = new ExplorationOptions { Time = Time, Workers = 1 };
        Explorer.Explore(scenario, options, now => progress(now.Schedules), stop);
        var report = Explorer.Explore(scenario, options, now => progress(now.Schedules), stop);
        var seconds = report.Time.TotalSeconds;
        yield return new EngineSpeed(
            scenario.Name, Trace.Embedded, options.Strategy, report.Schedules, report.Steps, seconds, report.Violation?.Violation.Message);

        void Report(long schedules, long steps, long states, long faults) => progress(schedules);
        using var context = new RewrittenContext(Mutant.None);
        foreach (var strategy in Strategies.TakeWhile(_ => !stop.IsCancellationRequested))
        {
            var request = new CoyoteRequest([scenario.Name], strategy, Seed: 1, Schedules);
            context.Run(request with { Seed = 1 + Schedules }, Report, stop);
            var result = context.Run(request, Report, stop);
            var message = result.Violation()?.Violation.Message;
            yield return new EngineSpeed(
                scenario.Name, Trace.Coyote, strategy, result.Schedules, result.Steps, result.Seconds, message);
        }
    }

    /// <summary>
    /// Measures how soon each engine finds a bug, the embedded engine first. A search that is stopped without a find is left out.
    /// </summary>
    public IEnumerable<EngineSearch> Search(Mutant mutant, Action<long> progress, CancellationToken stop)
    {
        using (var context = new MutantContext(mutant))
        {
            foreach (var seed in SearchSeeds)
            {
                var search = context.Search(StrategyCatalogue.Default, seed, Budget, TimeSpan.MaxValue, conformance: true, progress, stop);
                if (!search.Stopped)
                {
                    yield return new EngineSearch(
                        mutant.Id,
                        Trace.Embedded,
                        StrategyCatalogue.Default,
                        seed,
                        search.Schedules,
                        search.Seconds,
                        search.Property,
                        search.Scenario,
                        null);
                }
            }
        }

        using var rewritten = new RewrittenContext(mutant);
        var searches = Strategies.SelectMany(strategy => SearchSeeds.Select(seed => (strategy, seed)));
        foreach (var (strategy, seed) in searches.TakeWhile(_ => !stop.IsCancellationRequested))
        {
            var request = new CoyoteRequest([.. Scenario.All.Select(scenario => scenario.Name)], strategy, seed, Budget);
            var result = rewritten.Run(request, (schedules, _, _, _) => progress(schedules), stop);
            var found = result.Violation();
            if (found is not null || !stop.IsCancellationRequested)
            {
                yield return new EngineSearch(
                    mutant.Id,
                    Trace.Coyote,
                    strategy,
                    seed,
                    result.Schedules,
                    result.Seconds,
                    found?.Violation.Property,
                    found?.Scenario,
                    result.Replayed);
            }
        }
    }
}

/// <summary>The speed of an engine on a scenario.</summary>
/// <param name="Scenario">The scenario's name.</param>
/// <param name="Engine">The engine's name.</param>
/// <param name="Strategy">Its strategy.</param>
/// <param name="Schedules">The number of schedules.</param>
/// <param name="Steps">The number of operations in all schedules.</param>
/// <param name="Seconds">The duration in seconds.</param>
/// <param name="Violation">The message of a violation; null without one, as expected.</param>
internal sealed record EngineSpeed(
    string Scenario, string Engine, string Strategy, long Schedules, long Steps, double Seconds, string? Violation)
{
    /// <summary>Schedules per second.</summary>
    public double SchedulesPerSecond => Schedules / Seconds;

    /// <summary>Operations per second.</summary>
    public double StepsPerSecond => Steps / Seconds;
}
