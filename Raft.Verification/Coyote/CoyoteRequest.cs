using System.Text.Json;

namespace Raft.Verification.Coyote;

/// <summary>The schedules to run under Coyote.</summary>
/// <param name="Scenarios">The names of the scenarios. Their schedules alternate.</param>
/// <param name="Strategy">One of <see cref="CoyoteStrategies"/>.</param>
/// <param name="Seed">Coyote's seed. Equal seeds give equal schedules, except for q-learning.</param>
/// <param name="Schedules">The maximum number of schedules.</param>
/// <param name="Servers">The number of servers of each cluster; null for the number in the options of the scenario.</param>
internal sealed record CoyoteRequest(IReadOnlyList<string> Scenarios, string Strategy, uint Seed, uint Schedules, int? Servers = null)
{
    /// <summary>Whether the formal model steps beside each server.</summary>
    public bool Conformance { get; init; } = true;

    /// <summary>Writes the request as text, to pass it into a load context.</summary>
    public string ToText() => JsonSerializer.Serialize(this);

    /// <summary>Reads a request from text.</summary>
    public static CoyoteRequest FromText(string text) => JsonSerializer.Deserialize<CoyoteRequest>(text)!;
}
