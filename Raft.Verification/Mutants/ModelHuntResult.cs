using System.Text.Json;
using System.Text.Json.Nodes;

namespace Raft.Verification.Mutants;

/// <summary>What the model checker showed of a mutant.</summary>
/// <param name="States">How many distinct states were found, on all rungs together; with a violation, until then.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Property">The violated invariant of the model; null: none was seen to be violated.</param>
/// <param name="Rung">The rung that shows it.</param>
/// <param name="Steps">How many protocol steps the counterexample has; there is none with fewer actions on that rung.</param>
/// <param name="Stopped">Whether the hunt ended early.</param>
internal sealed record ModelHuntResult(long States, double Seconds, string? Property = null, string? Rung = null, int? Steps = null, bool Stopped = false)
{
    /// <summary>The result as text, to leave a load context by.</summary>
    public string ToText() => new JsonObject
    {
        // Member by member: the serializer would keep what it learns of this type, and with it the load context.
        [nameof(States)] = States,
        [nameof(Seconds)] = Seconds,
        [nameof(Property)] = Property,
        [nameof(Rung)] = Rung,
        [nameof(Steps)] = Steps,
        [nameof(Stopped)] = Stopped,
    }.ToJsonString();

    /// <summary>The result that a text says.</summary>
    public static ModelHuntResult FromText(string text) => JsonSerializer.Deserialize<ModelHuntResult>(text)!;
}
