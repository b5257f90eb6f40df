namespace Raft.Verification.Mutants;

/// <summary>How soon an engine finds a bug.</summary>
/// <param name="Mutant">The mutant's id.</param>
/// <param name="Engine">The engine's name.</param>
/// <param name="Strategy">Its strategy.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Schedules">How many schedules ran, one of each scenario in turn; with a violation, the last one shows it.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Property">The violated property; null: it was not found.</param>
/// <param name="Scenario">The scenario that shows it; null: it was not found.</param>
/// <param name="Replayed">Whether Coyote's trace violates the same again; null: it was not found, or by the embedded engine.</param>
internal sealed record EngineHunt(
    string Mutant, string Engine, string Strategy, ulong Seed, long Schedules, double Seconds, string? Property, string? Scenario, bool? Replayed);
