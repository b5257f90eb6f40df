using System.Text.Json.Serialization;

namespace DeterministicSimulation;

/// <summary>A schedule that violates a property, in the form of a file: everything that is needed to run it again.</summary>
public sealed record Trace
{
    /// <summary>The version of the file format that this code writes and reads.</summary>
    public const int CurrentVersion = 4;

    /// <summary>The name of the embedded engine, whose schedules can be replayed.</summary>
    public const string Embedded = "embedded";

    /// <summary>The name of Microsoft Coyote, whose schedules only Coyote can replay.</summary>
    public const string Coyote = "coyote";

    /// <summary>The version of the file format.</summary>
    public required int Version { get; init; }

    /// <summary>The name of the workload.</summary>
    public required string Scenario { get; init; }

    /// <summary>The world that it ran in.</summary>
    public required SimulationOptions Options { get; init; }

    /// <summary>The script that replaces the workload in a shrunk trace; null if the workload itself runs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ScriptStep>? Script { get; init; }

    /// <summary>The name of the engine.</summary>
    public required string Engine { get; init; }

    /// <summary>The name of the strategy.</summary>
    public required string Strategy { get; init; }

    /// <summary>The seed of the exploration.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The number of the schedule in the exploration.</summary>
    public required long Schedule { get; init; }

    /// <summary>The violation.</summary>
    public required Violation Violation { get; init; }

    /// <summary>The digest of the schedule, in hexadecimal.</summary>
    public required string Digest { get; init; }

    /// <summary>The choices, in order.</summary>
    public required IReadOnlyList<int> Choices { get; init; }

    /// <summary>The events; of a long schedule only the last ones.</summary>
    public IReadOnlyList<TraceEvent> Events { get; init; } = [];

    /// <summary>The number of earlier events that are left out.</summary>
    public long EventsBefore { get; init; }

    /// <summary>A remark for the reader, for example that the replay differs from the trace.</summary>
    public string? Remark { get; init; }

    /// <summary>How the trace is written.</summary>
    [JsonIgnore]
    public TraceFormat Format { get; init; } = TraceFormat.Default;

    /// <summary>The trace of a schedule that violates a property, without its events.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="options">The world that it ran in.</param>
    /// <param name="strategy">The name of the strategy.</param>
    /// <param name="seed">The seed of the exploration.</param>
    /// <param name="schedule">The number of the schedule in the exploration.</param>
    /// <param name="choices">The choices, in order.</param>
    /// <param name="result">The result of the schedule, with its violation.</param>
    public static Trace Of(
        IWorkload workload,
        SimulationOptions options,
        string strategy,
        ulong seed,
        long schedule,
        IReadOnlyList<int> choices,
        ScheduleResult result)
    {
        ArgumentNullException.ThrowIfNull(workload);
        ArgumentNullException.ThrowIfNull(result);
        return new Trace
        {
            Version = CurrentVersion,
            Scenario = workload.Name,
            Options = options,
            Engine = Embedded,
            Strategy = strategy,
            Seed = seed,
            Schedule = schedule,
            Violation = result.Violation ?? throw new ArgumentException("The schedule violates nothing.", nameof(result)),
            Digest = Hex(result.Digest),
            Choices = choices,
            Format = workload.Format,
        };
    }

    /// <summary>A digest in the form that traces use.</summary>
    public static string Hex(ulong digest) => digest.ToString("x16");

    /// <summary>Writes the trace to a file, which is replaced whole or not at all.</summary>
    /// <exception cref="IOException">The file cannot be written, and is unchanged.</exception>
    public void Write(string file) => OutputFile.Write(file, ToJson());

    /// <summary>The text of the trace's file.</summary>
    public string ToJson() => Format.ToJson(this);

    /// <summary>Runs the schedule again, bit for bit, and records its events.</summary>
    /// <returns>The same trace with its events.</returns>
    /// <exception cref="ReplayDivergedException">
    /// The replay differs from the trace; the message names the first step that differs.
    /// </exception>
    public Trace Replayed(IWorkload workload) => Replayed(new TraceReplay(this, workload));

    /// <inheritdoc cref="Replayed(IWorkload)"/>
    public Trace Replayed(TraceReplay replay)
    {
        ArgumentNullException.ThrowIfNull(replay);
        return this with { Events = replay.Run(), EventsBefore = replay.EventsBefore };
    }

    /// <summary>
    /// Runs the schedule as far as its choices fit the current code, and continues with the default choices. This is for regression tests:
    /// a schedule that once violated a property must not violate it any more.
    /// </summary>
    /// <returns>The violation; null if no property is violated any more.</returns>
    public Violation? Rerun(IWorkload workload)
    {
        var choices = new Choices(new Replay(Choices, lenient: true));
        return DeterministicSimulation.Schedule.Run(workload.Following(Script), Options, choices, seed: 0).Violation;
    }
}
