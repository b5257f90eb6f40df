using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Raft.Verification.Mutants;

/// <summary>What a hunt for a violation showed.</summary>
/// <param name="Seed">The seed of the hunt.</param>
/// <param name="Schedules">How many schedules ran; with a violation, the last one shows it.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Property">The violated property; null: none was seen to be violated.</param>
/// <param name="Message">What is wrong, in words.</param>
/// <param name="Scenario">The scenario that shows it.</param>
/// <param name="Schedule">The number of the schedule in that scenario: <c>explore SCENARIO --seed SEED</c> comes by it too.</param>
/// <param name="Stopped">Whether somebody ended the hunt early.</param>
internal sealed record HuntResult(
    ulong Seed,
    long Schedules,
    double Seconds,
    string? Property = null,
    string? Message = null,
    string? Scenario = null,
    long? Schedule = null,
    bool Stopped = false)
{
    /// <summary>The trace of the violation, as text and without events; null: there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Trace { get; init; }

    /// <summary>The result as text, to leave a load context by.</summary>
    public string ToText() => new JsonObject
    {
        // Member by member: the serializer would keep what it learns of this type, and with it the load context.
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

    /// <summary>The result that a text says.</summary>
    public static HuntResult FromText(string text) => JsonSerializer.Deserialize<HuntResult>(text)!;
}
