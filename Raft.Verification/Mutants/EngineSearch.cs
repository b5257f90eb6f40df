namespace Raft.Verification.Mutants;

/// <summary>How soon an engine finds a bug.</summary>
/// <param name="Mutant">The mutant's id.</param>
/// <param name="Engine">The engine's name.</param>
/// <param name="Strategy">Its strategy.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Schedules">How many schedules ran, one of each scenario in turn. If the bug was found, the last one shows it.</param>
/// <param name="Seconds">How long the search took.</param>
/// <param name="Property">The violated property, or null if the bug was not found.</param>
/// <param name="Scenario">The scenario that shows it, or null if the bug was not found.</param>
/// <param name="Replayed">
/// Whether Coyote's trace shows the same violation again. Null if the bug was not found, or the embedded engine found it.
/// </param>
internal sealed record EngineSearch(
    string Mutant,
    string Engine,
    string Strategy,
    ulong Seed,
    long Schedules,
    double Seconds,
    string? Property,
    string? Scenario,
    bool? Replayed);
