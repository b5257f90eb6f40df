using System.Text.Json;
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
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file has another format.</exception>
    public static EngineSearches Read(string file)
    {
        if (string.IsNullOrWhiteSpace(file))
        {
            throw new InvalidDataException($"'{file}' is not the name of a file; name what 'bench engines --json' wrote.");
        }

        try
        {
            var read = JsonSerializer.Deserialize<EngineSearches>(File.ReadAllText(file), _json)
                ?? throw new JsonException("It is null.");
            return read.Strategies.Contains(null!) || read.Searches.Contains(null!)
                ? throw new JsonException("A part of it is null.")
                : read;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{file} is not what 'bench engines --json' writes: {exception.Message}", exception);
        }
    }

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
