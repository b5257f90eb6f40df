using System.Text.Json.Serialization;
using DeterministicSimulation;

namespace Raft.Verification.Mutants;

/// <summary>The results of <c>raft-verify bench engines</c>, as in its JSON file. Reading them needs no Coyote assembly.</summary>
/// <param name="Seeds">How many searches there were for each bug, with each strategy.</param>
/// <param name="Budget">The most schedules that a search ran, over all scenarios.</param>
/// <param name="Strategies">Coyote's strategies.</param>
/// <param name="Searches">The searches.</param>
internal sealed record EngineSearches(
    int Seeds, long Budget, IReadOnlyList<string> Strategies, [property: JsonPropertyName("hunts")] IReadOnlyList<EngineSearch> Searches)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file has another format.</exception>
    public static EngineSearches Read(string file) => SearchFile.Read<EngineSearches>(
        file, "bench engines --json", read => read.Strategies.Contains(null!) || read.Searches.Contains(null!));

    /// <summary>The searches for a mutant with one of Coyote's strategies, or null if there were none.</summary>
    public MutantReport? Of(Mutant mutant, string strategy)
    {
        MutantSearchResult[] results =
        [
            .. Searches.Where(search => search.Engine == Trace.Coyote && search.Mutant == mutant.Id && search.Strategy == strategy)
                .Select(search => new MutantSearchResult(search.Seed, search.Schedules, search.Seconds, search.Property)),
        ];
        return results.Length > 0 ? new MutantReport(mutant, strategy, results) : null;
    }
}
