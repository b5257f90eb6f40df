namespace Raft.Verification.Mutants;

/// <summary>The results of <c>raft-verify mutants --strategy all</c>, as in its JSON file.</summary>
/// <param name="Seeds">How many searches there were for each bug, with each strategy.</param>
/// <param name="Budget">The most schedules that a search ran, over all scenarios.</param>
/// <param name="Strategies">The strategies.</param>
/// <param name="Mutants">The searches for each bug, with each strategy.</param>
internal sealed record StrategySearches(
    int Seeds, long Budget, IReadOnlyList<string> Strategies, IReadOnlyList<StrategySearch> Mutants)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file has another format.</exception>
    public static StrategySearches Read(string file) => SearchFile.Read<StrategySearches>(
        file, "mutants --json", read => read.Strategies.Contains(null!) || read.Mutants.Contains(null!));

    /// <summary>The searches for bugs with a strategy, without those in the correct implementation.</summary>
    public IEnumerable<StrategySearch> Of(string strategy) =>
        Mutants.Where(search => search.Strategy == strategy && search.Id != Mutant.None.Id);
}

/// <summary>The searches for a bug with a strategy.</summary>
/// <param name="Id">The bug.</param>
/// <param name="Strategy">The strategy.</param>
/// <param name="MedianSchedules">The median number of schedules; null if half of the seeds or more did not find it.</param>
/// <param name="WithoutModel">The same without the formal model; null if it was not searched for.</param>
internal sealed record StrategySearch(string Id, string Strategy, double? MedianSchedules, StrategySearchWithoutModel? WithoutModel);

/// <summary>The searches for a bug without the formal model.</summary>
/// <param name="MedianSchedules">The median number of schedules; null if half of the seeds or more did not find it.</param>
internal sealed record StrategySearchWithoutModel(double? MedianSchedules);
