using System.Text.Json;
using System.Text.Json.Nodes;

namespace Raft.Verification.Mutants;

/// <summary>The result of the model checker for a mutant.</summary>
/// <param name="States">How many distinct states were found, over all presets, up to the violation if there is one.</param>
/// <param name="Seconds">How long the search took.</param>
/// <param name="Property">The violated invariant of the model, or null if no violation was found.</param>
/// <param name="Preset">The preset that shows the violation.</param>
/// <param name="Steps">The number of protocol steps of the counterexample, which is a shortest one of that preset.</param>
/// <param name="Stopped">Whether the search was ended early.</param>
/// <param name="Reason">Of a step of the code that is not one of the model: the difference.</param>
internal sealed record ModelSearchResult(
    long States,
    double Seconds,
    string? Property = null,
    string? Preset = null,
    int? Steps = null,
    bool Stopped = false,
    string? Reason = null)
{
    /// <summary>The result as text, to pass it out of a load context.</summary>
    public string ToText() => new JsonObject
    {
        // Member by member: the serializer would cache this type, and so keep the load context alive.
        [nameof(States)] = States,
        [nameof(Seconds)] = Seconds,
        [nameof(Property)] = Property,
        [nameof(Preset)] = Preset,
        [nameof(Steps)] = Steps,
        [nameof(Stopped)] = Stopped,
        [nameof(Reason)] = Reason,
    }.ToJsonString();

    /// <summary>Reads the result from its text.</summary>
    public static ModelSearchResult FromText(string text) => JsonSerializer.Deserialize<ModelSearchResult>(text)!;
}
