using System.Text.Json;
using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Coyote;

/// <summary>The result of a run under Coyote.</summary>
internal sealed record CoyoteResult
{
    /// <summary>Coyote's strategy.</summary>
    public required string Strategy { get; init; }

    /// <summary>Its seed.</summary>
    public required uint Seed { get; init; }

    /// <summary>The number of schedules that ran. If there is a violation, the last schedule has it.</summary>
    public required long Schedules { get; init; }

    /// <summary>The number of operations in all schedules, counted as by the embedded engine.</summary>
    public required long Steps { get; init; }

    /// <inheritdoc cref="SystemUnderTest.ModelSteps"/>
    public long ModelSteps { get; init; }

    /// <summary>The approximate number of distinct states of the model.</summary>
    public long ModelStates { get; init; }

    /// <inheritdoc cref="SystemUnderTest.ModelCoverage"/>
    public IReadOnlyList<long> ModelCoverage { get; init; } = [];

    /// <summary>The duration in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>The maximum number of tasks that Coyote controlled in a schedule.</summary>
    public required int Tasks { get; init; }

    /// <summary>The approximate number of distinct abstract states.</summary>
    public required long States { get; init; }

    /// <summary>The number of faults of each kind, in the order of the kinds.</summary>
    public required IReadOnlyList<long> Faults { get; init; }

    /// <summary>A hash over all choices and final states.</summary>
    public required ulong Digest { get; init; }

    /// <summary>The trace of the violation, as the text of its file; null without a violation.</summary>
    public string? Trace { get; init; }

    /// <summary>Coyote's own trace of the violation; null without a violation.</summary>
    public string? CoyoteTrace { get; init; }

    /// <summary>Whether the replay of Coyote's trace had the same violation; null without a violation.</summary>
    public bool? Replayed { get; init; }

    /// <summary>Parses the trace of the violation; null without a violation.</summary>
    public Trace? Violation() => Trace is null ? null : RaftTraceFormat.Format.Parse(Trace, "Coyote's schedule");

    /// <summary>Writes the result as text, to pass it out of a load context.</summary>
    public string ToText() => JsonSerializer.Serialize(this);

    /// <summary>Reads a result from text.</summary>
    public static CoyoteResult FromText(string text) => JsonSerializer.Deserialize<CoyoteResult>(text)!;
}
