using Raft.Impl.Core;
using Raft.Verification.Exploration;
using Raft.Verification.Labs;

namespace Raft.Verification.Cli;

/// <summary>Options of the lab tests.</summary>
/// <param name="Version">The version of the tests.</param>
/// <param name="Seed">The first seed.</param>
/// <param name="Seeds">The number of seeds.</param>
/// <param name="IsRealTime">Whether to run on real time.</param>
/// <param name="Directory">The directory for traces.</param>
/// <param name="Json">A file for the report, or null.</param>
internal sealed record LabOptions(LabVersion Version, ulong Seed, int Seeds, bool IsRealTime, string Directory, string? Json)
{
    /// <summary>The name of the extensions of Figure 2 that each server has: one of <see cref="ProtocolNames.All"/>.</summary>
    public string ProtocolName { get; init; } = ProtocolNames.Figure2;

    /// <summary>Whether to shrink the trace of a failure.</summary>
    public bool Shrinks { get; init; } = true;

    /// <summary>Whether the formal model steps beside each server, on virtual time.</summary>
    public bool Conformance { get; init; } = true;

    /// <summary>The extensions of Figure 2 that each server has.</summary>
    public ProtocolOptions Protocol => ProtocolNames.Find(ProtocolName);

    /// <summary>What the name of the protocol adds to a name or a command; empty for the default.</summary>
    public string UnlessFigure2(string addition) => ProtocolName == ProtocolNames.Figure2 ? string.Empty : addition;

    public IEnumerable<ulong> AllSeeds => Enumerable.Range(0, Seeds).Select(number => Seed + (ulong)number);

    /// <summary>The command that runs one test again.</summary>
    public string CommandFor(LabTest test, ulong seed) =>
        Invocation.Of("lab", test.Name, "--seed", $"{seed}")
        + (Version == LabVersion.Lab2024 ? string.Empty : $" --version {(int)Version}")
        + UnlessFigure2($" --protocol {ProtocolName}")
        + (IsRealTime ? " --real-time" : string.Empty);
}
