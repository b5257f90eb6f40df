namespace Raft.Verification.Mutants;

/// <summary>What the hunts for one mutant with one strategy showed.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Strategy">The name of the strategy.</param>
/// <param name="Hunts">The hunts, one a seed.</param>
internal sealed record MutantReport(Mutant Mutant, string Strategy, IReadOnlyList<HuntResult> Hunts)
{
    /// <summary>The trace of the first hunt that found it; null: none did, or nobody wants it.</summary>
    public CutTrace? Cut { get; init; }

    /// <summary>Whether some of the hunts were ended early, or not begun: then nothing can be said of what they would have found.</summary>
    public bool IsStopped { get; init; }

    // Of ten seeds, one may miss.
    private const double _enough = 0.9;

    /// <summary>The hunts that were not ended early; one that had found something before counts.</summary>
    public IReadOnlyList<HuntResult> Done { get; } = [.. Hunts.Where(hunt => !hunt.Stopped)];

    /// <summary>How many hunts found it.</summary>
    public int Found => Done.Count(hunt => hunt.Property is not null);

    /// <summary>How many hunts found it by a property that tells it.</summary>
    public int FoundAsExpected => Done.Count(hunt => hunt.Property is not null && IsExpected(hunt.Property));

    /// <summary>Whether it is found on nine seeds of ten at least; the correct implementation: on none.</summary>
    public bool IsAsItShouldBe => Mutant == Mutant.None ? Found == 0 : Done.Count > 0 && Found >= _enough * Done.Count;

    /// <summary>The median of the schedules that it took; null: more than that, on every second seed or more.</summary>
    public double? MedianSchedules => Median(hunt => hunt.Schedules);

    /// <summary>The median of the seconds that it took; null: more than that, on every second seed or more.</summary>
    public double? MedianSeconds => Median(hunt => hunt.Seconds);

    /// <summary>The properties that were found to be violated, most frequent first, each with how often, and marked where it is not what tells this bug.</summary>
    public string Properties => string.Join(
        ", ",
        Done.Where(hunt => hunt.Property is not null)
            .GroupBy(hunt => hunt.Property!)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{(IsExpected(group.Key) ? string.Empty : "as ")}{group.Key} {group.Count()}"));

    private bool IsExpected(string property) => Mutant.Breaks.Contains(property);

    // A hunt that found nothing took longer than any that did.
    private double? Median(Func<HuntResult, double> measure)
    {
        var median = Done.Count == 0 ? double.PositiveInfinity : CutTrace.Median(Done.Select(hunt => hunt.Property is null ? double.PositiveInfinity : measure(hunt)));
        return double.IsFinite(median) ? median : null;
    }
}
