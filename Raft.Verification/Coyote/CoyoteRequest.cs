using System.Text.Json;

namespace Raft.Verification.Coyote;

/// <summary>What to run under Coyote.</summary>
/// <param name="Scenarios">The names of the scenarios: a schedule of each in turn.</param>
/// <param name="Strategy">One of <see cref="CoyoteStrategies"/>.</param>
/// <param name="Seed">Coyote's seed: equal ones give equal schedules, but for q-learning.</param>
/// <param name="Schedules">How many schedules to run, at most.</param>
/// <param name="Servers">How many servers each cluster has; null: as many as the scenario says.</param>
internal sealed record CoyoteRequest(IReadOnlyList<string> Scenarios, string Strategy, uint Seed, uint Schedules, int? Servers = null)
{
    /// <summary>The request as text, to enter a load context by.</summary>
    public string ToText() => JsonSerializer.Serialize(this);

    /// <summary>The request that a text says.</summary>
    public static CoyoteRequest FromText(string text) => JsonSerializer.Deserialize<CoyoteRequest>(text)!;
}
