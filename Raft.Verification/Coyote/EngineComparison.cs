using Raft.Verification.Exploration;
using Raft.Verification.Exploration.Strategies;
using Raft.Verification.Mutants;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Coyote;

/// <summary>
/// The embedded engine and Coyote side by side: the same scenarios, the same nodes, network, disks, faults and monitors. Each runs on one core, and nothing
/// else is measured at the same time.
/// </summary>
/// <param name="Strategies">The strategies of Coyote's.</param>
/// <param name="Seed">The seed of both.</param>
/// <param name="Schedules">How many schedules Coyote runs for the speed of a strategy.</param>
/// <param name="Time">How long the embedded engine runs for its speed.</param>
/// <param name="Budget">How many schedules a hunt for a bug runs, of all scenarios together, at most.</param>
internal sealed record EngineComparison(IReadOnlyList<string> Strategies, uint Seed, uint Schedules, TimeSpan Time, uint Budget)
{
    /// <summary>How fast each engine runs a scenario; the embedded one first.</summary>
    public IEnumerable<EngineSpeed> Measure(Scenario scenario, Action<long> progress, CancellationToken stop)
    {
        var options = new ExplorationOptions { Time = Time, Seed = Seed, Workers = 1 };
        var report = Explorer.Explore(scenario, options, now => progress(now.Schedules), stop);
        yield return new EngineSpeed(scenario.Name, Trace.Embedded, options.Strategy, report.Schedules, report.Steps, report.Time.TotalSeconds, report.Violation?.Violation.Message);

        using var context = new RewrittenContext(Mutant.None);
        foreach (var strategy in Strategies.TakeWhile(_ => !stop.IsCancellationRequested))
        {
            var result = context.Run([scenario.Name], strategy, Seed, Schedules, progress, stop);
            yield return new EngineSpeed(scenario.Name, Trace.Coyote, strategy, result.Schedules, result.Steps, result.Seconds, result.Message);
        }
    }

    /// <summary>How soon each engine finds a bug; the embedded one first.</summary>
    public IEnumerable<EngineHunt> Hunt(Mutant mutant, Action<long> progress, CancellationToken stop)
    {
        using (var context = new MutantContext(mutant))
        {
            var hunt = context.Hunt(StrategyCatalogue.Default, Seed, Budget, TimeSpan.MaxValue, progress, stop);
            yield return new EngineHunt(mutant.Id, Trace.Embedded, StrategyCatalogue.Default, hunt.Schedules, hunt.Seconds, hunt.Property, hunt.Scenario, null);
        }

        using var rewritten = new RewrittenContext(mutant);
        foreach (var strategy in Strategies.TakeWhile(_ => !stop.IsCancellationRequested))
        {
            var result = rewritten.Run(Scenario.All.Select(scenario => scenario.Name), strategy, Seed, Budget, progress, stop);
            yield return new EngineHunt(mutant.Id, Trace.Coyote, strategy, result.Schedules, result.Seconds, result.Property, result.Scenario, result.Replayed);
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

/// <summary>How soon an engine finds a bug.</summary>
/// <param name="Mutant">The mutant's id.</param>
/// <param name="Engine">The engine's name.</param>
/// <param name="Strategy">Its strategy.</param>
/// <param name="Schedules">How many schedules ran, one of each scenario in turn; with a violation, the last one shows it.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Property">The violated property; null: it was not found.</param>
/// <param name="Scenario">The scenario that shows it; null: it was not found.</param>
/// <param name="Replayed">Whether Coyote's trace violates the same again; null: it was not found, or by the embedded engine.</param>
internal sealed record EngineHunt(
    string Mutant, string Engine, string Strategy, long Schedules, double Seconds, string? Property, string? Scenario, bool? Replayed);
