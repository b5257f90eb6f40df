using System.Text.Json;
using DeterministicSimulation;

namespace Raft.Verification.Mutants;

/// <summary>What <c>raft-verify bench engines</c> found, as it stands in its JSON file. To read it takes nothing of Coyote's.</summary>
/// <param name="Seeds">How many hunts there were for each bug, with each strategy.</param>
/// <param name="Budget">How many schedules a hunt ran, of all scenarios together, at most.</param>
/// <param name="Strategies">Coyote's strategies.</param>
/// <param name="Hunts">The hunts.</param>
internal sealed record EngineHunts(int Seeds, long Budget, IReadOnlyList<string> Strategies, IReadOnlyList<EngineHunt> Hunts)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    /// <summary>Reads them from a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is another file.</exception>
    public static EngineHunts Read(string file)
    {
        if (string.IsNullOrWhiteSpace(file))
        {
            throw new InvalidDataException($"'{file}' is not the name of a file; name what 'bench engines --json' wrote.");
        }

        try
        {
            var hunts = JsonSerializer.Deserialize<EngineHunts>(File.ReadAllText(file), _json) ?? throw new JsonException("It is null.");
            return hunts.Strategies.Contains(null!) || hunts.Hunts.Contains(null!) ? throw new JsonException("A part of it is null.") : hunts;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{file} is not what 'bench engines --json' writes: {exception.Message}", exception);
        }
    }

    /// <summary>What the hunts for a mutant with one of Coyote's strategies showed; null: there were none.</summary>
    public MutantReport? Of(Mutant mutant, string strategy)
    {
        HuntResult[] hunts =
        [
            .. Hunts.Where(hunt => hunt.Engine == Trace.Coyote && hunt.Mutant == mutant.Id && hunt.Strategy == strategy)
                .Select(hunt => new HuntResult(hunt.Seed, hunt.Schedules, hunt.Seconds, hunt.Property)),
        ];
        return hunts.Length > 0 ? new MutantReport(mutant, strategy, hunts) : null;
    }
}
