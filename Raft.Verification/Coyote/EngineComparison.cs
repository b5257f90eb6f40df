using DeterministicSimulation;
using Raft.Verification.Mutants;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Coyote;

/// <summary>
/// The embedded engine and Coyote side by side: the same scenarios, the same nodes, network, disks, faults and monitors. Each runs on one core, and nothing
/// else is measured at the same time.
/// </summary>
/// <param name="Strategies">The strategies of Coyote's.</param>
/// <param name="Seeds">How many hunts there are for a bug, each with another seed.</param>
/// <param name="Schedules">How many schedules Coyote runs for the speed of a strategy.</param>
/// <param name="Time">How long the embedded engine is measured for its speed.</param>
/// <param name="Budget">How many schedules a hunt for a bug runs, of all scenarios together, at most.</param>
internal sealed record EngineComparison(IReadOnlyList<string> Strategies, int Seeds, uint Schedules, TimeSpan Time, uint Budget)
{
    // Seeds of Coyote's that are one apart share all schedules but one.
    private IEnumerable<uint> SearchSeeds => Enumerable.Range(0, Seeds).Select(hunt => 1 + ((uint)hunt * Budget));

    /// <summary>How fast each engine runs a scenario; the embedded one first. Before it is measured each runs as much, while the runtime compiles it.</summary>
    public IEnumerable<EngineSpeed> Measure(Scenario scenario, Action<long> progress, CancellationToken stop)
    {
        var options = new ExplorationOptions { Time = Time, Workers = 1 };
        Explorer.Explore(scenario, options, now => progress(now.Schedules), stop);
        var report = Explorer.Explore(scenario, options, now => progress(now.Schedules), stop);
        yield return new EngineSpeed(scenario.Name, Trace.Embedded, options.Strategy, report.Schedules, report.Steps, report.Time.TotalSeconds, report.Violation?.Violation.Message);

        void Tell(long schedules, long steps, long states, long faults) => progress(schedules);
        using var context = new RewrittenContext(Mutant.None);
        foreach (var strategy in Strategies.TakeWhile(_ => !stop.IsCancellationRequested))
        {
            var request = new CoyoteRequest([scenario.Name], strategy, Seed: 1, Schedules);
            context.Run(request with { Seed = 1 + Schedules }, Tell, stop);
            var result = context.Run(request, Tell, stop);
            yield return new EngineSpeed(
                scenario.Name, Trace.Coyote, strategy, result.Schedules, result.Steps, result.Seconds, result.Violation()?.Violation.Message);
        }
    }

    /// <summary>How soon each engine finds a bug; the embedded one first. A hunt that is ended early without a find is none.</summary>
    public IEnumerable<EngineSearch> Search(Mutant mutant, Action<long> progress, CancellationToken stop)
    {
        using (var context = new MutantContext(mutant))
        {
            foreach (var seed in SearchSeeds)
            {
                var hunt = context.Search(StrategyCatalogue.Default, seed, Budget, TimeSpan.MaxValue, progress, stop);
                if (!hunt.Stopped)
                {
                    yield return new EngineSearch(mutant.Id, Trace.Embedded, StrategyCatalogue.Default, seed, hunt.Schedules, hunt.Seconds, hunt.Property, hunt.Scenario, null);
                }
            }
        }

        using var rewritten = new RewrittenContext(mutant);
        foreach (var (strategy, seed) in Strategies.SelectMany(strategy => SearchSeeds.Select(seed => (strategy, seed))).TakeWhile(_ => !stop.IsCancellationRequested))
        {
            var request = new CoyoteRequest([.. Scenario.All.Select(scenario => scenario.Name)], strategy, seed, Budget);
            var result = rewritten.Run(request, (schedules, _, _, _) => progress(schedules), stop);
            var found = result.Violation();
            if (found is not null || !stop.IsCancellationRequested)
            {
                yield return new EngineSearch(
                    mutant.Id, Trace.Coyote, strategy, seed, result.Schedules, result.Seconds, found?.Violation.Property, found?.Scenario, result.Replayed);
            }
        }
    }
}

/// <summary>How fast an engine runs a scenario.</summary>
/// <param name="Scenario">The scenario's name.</param>
/// <param name="Engine">The engine's name.</param>
/// <param name="Strategy">Its strategy.</param>
/// <param name="Schedules">How many schedules ran.</param>
/// <param name="Steps">How many operations they took together.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Violation">What was violated; null: nothing, as it should be.</param>
internal sealed record EngineSpeed(string Scenario, string Engine, string Strategy, long Schedules, long Steps, double Seconds, string? Violation)
{
    /// <summary>Schedules a second.</summary>
    public double SchedulesPerSecond => Schedules / Seconds;

    /// <summary>Operations a second.</summary>
    public double StepsPerSecond => Steps / Seconds;
}
