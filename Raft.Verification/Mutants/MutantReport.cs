using Raft.Verification.Conformance;

namespace Raft.Verification.Mutants;

/// <summary>The results of the searches for one mutant with one strategy.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Strategy">The name of the strategy.</param>
/// <param name="Searches">The searches, one for each seed.</param>
internal sealed record MutantReport(Mutant Mutant, string Strategy, IReadOnlyList<MutantSearchResult> Searches)
{
    /// <summary>The trace of the first search that found it, or null if no search did or shrinking is off.</summary>
    public ShrunkTrace? Shrunk { get; init; }

    /// <summary>The same searches without the formal model; null if they did not run.</summary>
    public MutantReport? WithoutModel { get; init; }

    /// <summary>Whether some searches were ended early or did not begin. Then what they would have found is unknown.</summary>
    public bool IsStopped { get; init; }

    // Of ten seeds, one may miss.
    private const double _enough = 0.9;

    /// <summary>The searches that ran to their end, or to a violation.</summary>
    public IReadOnlyList<MutantSearchResult> Done { get; } = [.. Searches.Where(search => !search.Stopped)];

    /// <summary>How many searches found a violation.</summary>
    public int Found => Done.Count(search => search.Property is not null);

    /// <summary>How many searches found a violation of a property in <see cref="Mutant.Breaks"/>, or of Conformance.</summary>
    public int FoundAsExpected => Done.Count(search => search.Property is not null && IsExpected(search.Property));

    /// <summary>Whether the mutant was found on at least nine seeds of ten; for the correct implementation, on no seed.</summary>
    public bool IsAsItShouldBe => Mutant == Mutant.None ? Found == 0 : Done.Count > 0 && Found >= _enough * Done.Count;

    /// <summary>The median number of schedules to detection, or null if half of the seeds or more did not find it.</summary>
    public double? MedianSchedules => Median(search => search.Schedules);

    /// <summary>The median time to detection in seconds, or null if half of the seeds or more did not find it.</summary>
    public double? MedianSeconds => Median(search => search.Seconds);

    /// <summary>
    /// The violated properties with their counts, most frequent first. "as" marks a property that is not in <see cref="Mutant.Breaks"/>.
    /// </summary>
    public string Properties => string.Join(
        ", ",
        Done.Where(search => search.Property is not null)
            .GroupBy(search => search.Property!)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{(IsExpected(group.Key) ? string.Empty : "as ")}{group.Key} {group.Count()}"));

    /// <summary>How many searches were ended by a difference from the model.</summary>
    public int FirstByModel => Done.Count(search => search.Property == ConformanceMonitor.Name);

    // A bug is a difference from the model at its cause, whichever it is.
    private bool IsExpected(string property) => property == ConformanceMonitor.Name || Mutant.Breaks.Contains(property);

    // A search that found nothing counts as longer than any that did.
    private double? Median(Func<MutantSearchResult, double> measure)
    {
        var median = Done.Count == 0
            ? double.PositiveInfinity
            : ShrunkTrace.Median(Done.Select(search => search.Property is null ? double.PositiveInfinity : measure(search)));
        return double.IsFinite(median) ? median : null;
    }
}
