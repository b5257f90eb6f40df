using DeterministicSimulation;
using Raft.Verification.Conformance;
using Raft.Verification.Exploration;

namespace Raft.Verification.Mutants;

/// <summary>Searches for mutants: for each, with each strategy, on several seeds.</summary>
/// <param name="Strategies">The names of the strategies.</param>
/// <param name="Seeds">The number of seeds: 1, 2, 3, and so on.</param>
/// <param name="Budget">The most schedules that a search runs, over all scenarios.</param>
/// <param name="Time">The longest time that a search takes.</param>
/// <param name="Workers">How many searches run at the same time, each on one thread.</param>
internal sealed record MutationRun(IReadOnlyList<string> Strategies, int Seeds, long Budget, TimeSpan Time, int Workers)
{
    /// <summary>Whether to shrink a trace of each mutant that is found.</summary>
    public bool Shrinks { get; init; }

    /// <summary>Whether the formal model steps beside each server. If so, there are searches without it too.</summary>
    public bool Conformance { get; init; } = true;

    /// <summary>Searches for one mutant, in a load context of its own.</summary>
    /// <param name="mutant">The mutant.</param>
    /// <param name="progress">Called now and then, on any thread.</param>
    /// <param name="stop">Ends the searches early. Those that are done are reported.</param>
    /// <exception cref="MutantException">The mutant does not fit the sources, or does not compile.</exception>
    public IReadOnlyList<MutantReport> Search(
        Mutant mutant, Action<MutationRunProgress>? progress = null, CancellationToken stop = default)
    {
        using var context = new MutantContext(mutant);
        return
        [
            .. Strategies.TakeWhile(_ => !stop.IsCancellationRequested)
                .Select(strategy => Search(context, mutant, strategy, progress, stop)),
        ];
    }

    private MutantReport Search(
        MutantContext context, Mutant mutant, string strategy, Action<MutationRunProgress>? progress, CancellationToken stop)
    {
        var results = new MutantSearchResult?[Seeds];
        var without = new MutantSearchResult?[Seeds];
        var schedules = new long[Seeds];
        var next = 0;
        DeterministicSimulation.Workers.Run($"The search for {mutant.Id}", Math.Min(Workers, Seeds), SearchSeeds, Report, stop: stop);
        return new MutantReport(mutant, strategy, [.. results.OfType<MutantSearchResult>()])
        {
            IsStopped = Array.Exists(results, result => result is null or { Stopped: true }),
            WithoutModel = Conformance && mutant != Mutant.None
                ? new MutantReport(mutant, strategy, [.. without.OfType<MutantSearchResult>()])
                : null,
            Shrunk = Shrinks ? Shrink(context, mutant, results, stop) : null,
        };

        void SearchSeeds(CancellationToken end)
        {
            for (var i = Next(); i < Seeds && !end.IsCancellationRequested; i = Next())
            {
                var mine = i;
                results[i] = SearchSeed(mine, Conformance, end);
                if (Conformance && mutant != Mutant.None)
                {
                    without[i] = IsSameWithoutModel(results[i]!) ? results[i] : SearchSeed(mine, conformance: false, end);
                }
            }
        }

        MutantSearchResult SearchSeed(int seed, bool conformance, CancellationToken end) => context.Search(
            strategy, (ulong)seed + 1, Budget, Time, conformance, done => Volatile.Write(ref schedules[seed], done), end);

        // Without the model the schedules are the same. So is the end, if another property fired first.
        bool IsSameWithoutModel(MutantSearchResult result) =>
            result.Property != ConformanceMonitor.Name && !StrategyCatalogue.LearnsFromModel(strategy);

        int Next() => Interlocked.Increment(ref next) - 1;

        void Report() =>
            progress?.Invoke(new MutationRunProgress(mutant, strategy, results.Count(result => result is not null), schedules.Sum()));
    }

    private static ShrunkTrace? Shrink(
        MutantContext context, Mutant mutant, IEnumerable<MutantSearchResult?> searches, CancellationToken stop)
    {
        if (searches.FirstOrDefault(search => search?.Trace is not null)?.Trace is not { } text)
        {
            return null;
        }

        var found = context.Replay(Trace.Parse(text, "The trace"));
        return new ShrunkTrace(mutant, found, context.Shrink(found, _ => { }, stop));
    }
}

/// <summary>How far the searches for a mutant are.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Strategy">The strategy.</param>
/// <param name="Searches">How many searches are done.</param>
/// <param name="Schedules">How many schedules ran.</param>
internal readonly record struct MutationRunProgress(Mutant Mutant, string Strategy, int Searches, long Schedules);
