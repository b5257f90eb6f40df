using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Raft.Verification.Mutants;

/// <summary>The result of one search for a violation.</summary>
/// <param name="Seed">The seed of the search.</param>
/// <param name="Schedules">How many schedules ran. If there is a violation, the last one shows it.</param>
/// <param name="Seconds">How long the search took.</param>
/// <param name="Property">The violated property, or null if no violation was found.</param>
/// <param name="Message">The violation message.</param>
/// <param name="Scenario">The scenario that shows it.</param>
/// <param name="Schedule">The number of the schedule in that scenario. <c>explore SCENARIO --seed SEED</c> runs it too.</param>
/// <param name="Stopped">Whether the search was ended early.</param>
internal sealed record MutantSearchResult(
    ulong Seed,
    long Schedules,
    double Seconds,
    string? Property = null,
    string? Message = null,
    string? Scenario = null,
    long? Schedule = null,
    bool Stopped = false)
{
    /// <summary>The trace of the violation as text, without events, or null if there is no violation.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Trace { get; init; }

    /// <summary>The result as text, to pass it out of a load context.</summary>
    public string ToText() => new JsonObject
    {
        // Member by member: the serializer would cache this type, and so keep the load context alive.
        [nameof(Seed)] = Seed,
        [nameof(Schedules)] = Schedules,
        [nameof(Seconds)] = Seconds,
        [nameof(Property)] = Property,
        [nameof(Message)] = Message,
        [nameof(Scenario)] = Scenario,
        [nameof(Schedule)] = Schedule,
        [nameof(Stopped)] = Stopped,
        [nameof(Trace)] = Trace,
    }.ToJsonString();

    /// <summary>Reads the result from its text.</summary>
    public static MutantSearchResult FromText(string text) => JsonSerializer.Deserialize<MutantSearchResult>(text)!;
}
