using DeterministicSimulation;
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

    /// <summary>Whether the formal model steps beside each server.</summary>
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
        var schedules = new long[Seeds];
        var next = 0;
        DeterministicSimulation.Workers.Run($"The search for {mutant.Id}", Math.Min(Workers, Seeds), SearchSeeds, Report, stop: stop);
        return new MutantReport(mutant, strategy, [.. results.OfType<MutantSearchResult>()])
        {
            IsStopped = Array.Exists(results, result => result is null or { Stopped: true }),
            Shrunk = Shrinks ? Shrink(context, mutant, results, stop) : null,
        };

        void SearchSeeds(CancellationToken end)
        {
            for (var i = Next(); i < Seeds && !end.IsCancellationRequested; i = Next())
            {
                var mine = i;
                results[i] = context.Search(
                    strategy, (ulong)i + 1, Budget, Time, Conformance, done => Volatile.Write(ref schedules[mine], done), end);
            }
        }

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
