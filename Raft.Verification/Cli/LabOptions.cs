using Raft.Verification.Labs;

namespace Raft.Verification.Cli;

/// <summary>How to run the lab tests.</summary>
/// <param name="Version">Whose tests.</param>
/// <param name="Seed">The first seed.</param>
/// <param name="Seeds">How many seeds.</param>
/// <param name="IsRealTime">Whether on real time.</param>
/// <param name="Directory">Where traces go.</param>
/// <param name="Json">A file for the report; null: none.</param>
internal sealed record LabOptions(LabVersion Version, ulong Seed, int Seeds, bool IsRealTime, string Directory, string? Json)
{
    /// <summary>Whether the trace of a failure is shrunk.</summary>
    public bool Shrinks { get; init; } = true;

    public IEnumerable<ulong> AllSeeds => Enumerable.Range(0, Seeds).Select(number => Seed + (ulong)number);

    /// <summary>The command that runs one test again.</summary>
    public string CommandFor(LabTest test, ulong seed) =>
        Invocation.Of("lab", test.Name, "--seed", $"{seed}")
        + (Version == LabVersion.Lab2024 ? string.Empty : $" --version {(int)Version}")
        + (IsRealTime ? " --real-time" : string.Empty);
}
