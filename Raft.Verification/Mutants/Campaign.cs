using DeterministicSimulation;
using Raft.Verification.Exploration;

namespace Raft.Verification.Mutants;

/// <summary>Hunts for mutants: each with each strategy, on several seeds.</summary>
/// <param name="Strategies">The names of the strategies.</param>
/// <param name="Seeds">How many seeds: 1, 2, 3, and so on.</param>
/// <param name="Budget">How many schedules a hunt runs, of all scenarios together, at most.</param>
/// <param name="Time">How long a hunt takes, at most.</param>
/// <param name="Workers">How many hunts run side by side; each runs on one thread.</param>
internal sealed record Campaign(IReadOnlyList<string> Strategies, int Seeds, long Budget, TimeSpan Time, int Workers)
{
    /// <summary>Whether a trace of each mutant that is found is shrunk.</summary>
    public bool Shrinks { get; init; }

    /// <summary>Hunts for one mutant, in a world of its own.</summary>
    /// <param name="mutant">The mutant.</param>
    /// <param name="progress">Told how far it is, now and then, from any thread.</param>
    /// <param name="stop">Ends the hunts early; those that are done are reported.</param>
    /// <exception cref="MutantException">The mutant does not fit the sources, or does not compile.</exception>
    public IReadOnlyList<MutantReport> Run(Mutant mutant, Action<CampaignProgress>? progress = null, CancellationToken stop = default)
    {
        using var context = new MutantContext(mutant);
        return [.. Strategies.TakeWhile(_ => !stop.IsCancellationRequested).Select(strategy => Run(context, mutant, strategy, progress, stop))];
    }

    private MutantReport Run(MutantContext context, Mutant mutant, string strategy, Action<CampaignProgress>? progress, CancellationToken stop)
    {
        var results = new HuntResult?[Seeds];
        var schedules = new long[Seeds];
        var next = 0;
        Exception? failure = null;

        void HuntOn()
        {
            for (var i = Interlocked.Increment(ref next) - 1; i < Seeds && !stop.IsCancellationRequested; i = Interlocked.Increment(ref next) - 1)
            {
                try
                {
                    var mine = i;
                    results[i] = context.Hunt(strategy, (ulong)i + 1, Budget, Time, done => Volatile.Write(ref schedules[mine], done), stop);
                }
                catch (Exception exception)
                {
                    Interlocked.CompareExchange(ref failure, exception, null);
                    return;
                }
            }
        }

        Thread[] threads = [.. Enumerable.Range(0, Math.Min(Workers, Seeds)).Select(_ => new Thread(HuntOn) { IsBackground = true, Name = $"hunt {mutant.Id}" })];
        foreach (var thread in threads)
        {
            thread.Start();
        }

        foreach (var thread in threads)
        {
            while (!thread.Join(TimeSpan.FromMilliseconds(250)))
            {
                progress?.Invoke(new CampaignProgress(mutant, strategy, results.Count(result => result is not null), schedules.Sum()));
            }
        }

        return failure is null
            ? new MutantReport(mutant, strategy, [.. results.OfType<HuntResult>()])
            {
                IsStopped = Array.Exists(results, result => result is null or { Stopped: true }),
                Cut = Shrinks ? Cut(context, mutant, results, stop) : null,
            }
            : throw new InvalidOperationException($"The hunt for {mutant.Id} failed: {failure.Message}", failure);
    }

    private static CutTrace? Cut(MutantContext context, Mutant mutant, IEnumerable<HuntResult?> hunts, CancellationToken stop)
    {
        if (hunts.FirstOrDefault(hunt => hunt?.Trace is not null)?.Trace is not { } text)
        {
            return null;
        }

        var found = context.Replay(Trace.Parse(text, "The trace"));
        return new CutTrace(mutant, found, context.Shrink(found, _ => { }, stop));
    }
}

/// <summary>How far the hunts for a mutant are.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Strategy">The strategy.</param>
/// <param name="Hunts">How many hunts are done.</param>
/// <param name="Schedules">How many schedules ran.</param>
internal readonly record struct CampaignProgress(Mutant Mutant, string Strategy, int Hunts, long Schedules);
