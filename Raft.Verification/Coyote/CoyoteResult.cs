using System.Text.Json;
using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Coyote;

/// <summary>What a run under Coyote showed.</summary>
internal sealed record CoyoteResult
{
    /// <summary>Coyote's strategy.</summary>
    public required string Strategy { get; init; }

    /// <summary>Its seed.</summary>
    public required uint Seed { get; init; }

    /// <summary>How many schedules ran; with a violation, the last one shows it.</summary>
    public required long Schedules { get; init; }

    /// <summary>How many operations they took together, counted as the embedded engine counts them.</summary>
    public required long Steps { get; init; }

    /// <summary>How long it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>How many tasks of Coyote's a schedule took, at most.</summary>
    public required int Tasks { get; init; }

    /// <summary>About how many distinct abstract states were seen.</summary>
    public required long States { get; init; }

    /// <summary>How many faults of each kind struck, in the order of the kinds.</summary>
    public required IReadOnlyList<long> Faults { get; init; }

    /// <summary>A hash over all choices and final states.</summary>
    public required ulong Digest { get; init; }

    /// <summary>The trace of the violation, as the text of its file; null without a violation.</summary>
    public string? Trace { get; init; }

    /// <summary>Coyote's own trace of it.</summary>
    public string? CoyoteTrace { get; init; }

    /// <summary>Whether the same was violated again when Coyote ran its trace again; null: nothing was violated.</summary>
    public bool? Replayed { get; init; }

    /// <summary>The trace of the violation; null without one.</summary>
    public Trace? Violation() => Trace is null ? null : RaftTraceFormat.Format.Parse(Trace, "Coyote's schedule");

    /// <summary>The result as text, to leave a load context by.</summary>
    public string ToText() => JsonSerializer.Serialize(this);

    /// <summary>The result that a text says.</summary>
    public static CoyoteResult FromText(string text) => JsonSerializer.Deserialize<CoyoteResult>(text)!;
}
