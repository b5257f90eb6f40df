using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Raft.Verification.Scenarios;
using Raft.Verification.Simulation;

namespace Raft.Verification.Exploration;

/// <summary>A schedule that violates a property, as a file: everything that is needed to run it again.</summary>
public sealed record Trace
{
    /// <summary>The version of the file's form that this code writes and reads.</summary>
    public const int CurrentVersion = 2;

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private static readonly JsonSerializerOptions _line = new(_json) { WriteIndented = false, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The version of the file's form.</summary>
    public required int Version { get; init; }

    /// <summary>The scenario's name.</summary>
    public required string Scenario { get; init; }

    /// <summary>The world that it ran in.</summary>
    public required SimulationOptions Options { get; init; }

    /// <summary>The engine.</summary>
    public required string Engine { get; init; }

    /// <summary>The strategy that chose.</summary>
    public required string Strategy { get; init; }

    /// <summary>The seed of the exploration.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The number of the schedule in the exploration.</summary>
    public required long Schedule { get; init; }

    /// <summary>What was violated, how, and at which step.</summary>
    public required Violation Violation { get; init; }

    /// <summary>The digest of the schedule, in hexadecimal.</summary>
    public required string Digest { get; init; }

    /// <summary>What was chosen, in order.</summary>
    public required IReadOnlyList<int> Choices { get; init; }

    /// <summary>What happened.</summary>
    public IReadOnlyList<TraceEvent> Events { get; init; } = [];

    /// <summary>What else there is to say, as that it does not run again as it ran; null: nothing.</summary>
    public string? Remark { get; init; }

    /// <summary>Reads a trace from a file.</summary>
    /// <exception cref="InvalidDataException">The file is not a trace, or not one of this version.</exception>
    public static Trace Read(string file)
    {
        Trace? trace;
        try
        {
            trace = JsonSerializer.Deserialize<Trace>(File.ReadAllText(file), _json);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{file} is not a trace: {exception.Message}", exception);
        }

        return trace is { Version: CurrentVersion }
            ? trace
            : throw new InvalidDataException($"{file} is a trace of version {trace?.Version}; this program reads version {CurrentVersion}.");
    }

    /// <summary>Writes the trace to a file: whole, or not at all.</summary>
    public void Write(string file)
    {
        var partial = $"{file}.partial";
        File.WriteAllText(partial, ToJson());
        File.Move(partial, file, overwrite: true);
    }

    /// <summary>Runs the schedule again, and takes note of what happens.</summary>
    /// <returns>The same trace with its events.</returns>
    /// <exception cref="ReplayDivergedException">It does not go as it went.</exception>
    public Trace Replayed()
    {
        var scenario = Scenarios.Scenario.All.FirstOrDefault(one => one.Name == Scenario)
            ?? throw new ReplayDivergedException($"There is no scenario '{Scenario}' any more.");
        return Replayed(scenario);
    }

    internal Trace Replayed(Scenario scenario)
    {
        var log = new EventLog();
        var choices = new Choices(new Replay(Choices));
        var result = Simulation.Schedule.Run(scenario, Options, choices, seed: 0, log: log);
        if (result.Violation?.Property != Violation.Property || result.Violation.Step != Violation.Step || Hex(result.Digest) != Digest)
        {
            throw new ReplayDivergedException(
                $"The schedule ended otherwise than before: with {result.Violation?.ToString() ?? "no violation"} and digest {Hex(result.Digest)}, "
                + $"not with {Violation} and digest {Digest}.");
        }

        return this with { Events = log.Events };
    }

    // Indented, but all choices in a line, and each event in one: it can be read, and compared line by line.
    private string ToJson()
    {
        var rest = JsonSerializer.Serialize(this with { Choices = [], Events = [] }, _json);
        var events = Events.Select(one => "\n    " + JsonSerializer.Serialize(one, _line));
        return rest
            .Replace("\"choices\": []", $"\"choices\": [{string.Join(',', Choices)}]", StringComparison.Ordinal)
            .Replace("\"events\": []", $"\"events\": [{string.Join(',', events)}\n  ]", StringComparison.Ordinal) + "\n";
    }

    internal static string Hex(ulong digest) => digest.ToString("x16");

    internal static Trace Of(
        Scenario scenario, SimulationOptions options, string strategy, ulong seed, long schedule, IReadOnlyList<int> choices, ScheduleResult result) => new()
        {
            Version = CurrentVersion,
            Scenario = scenario.Name,
            Options = options,
            Engine = "embedded",
            Strategy = strategy,
            Seed = seed,
            Schedule = schedule,
            Violation = result.Violation!,
            Digest = Hex(result.Digest),
            Choices = choices,
        };
}
