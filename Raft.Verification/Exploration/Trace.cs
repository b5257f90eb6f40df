using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;
using Raft.Verification.Writing;

namespace Raft.Verification.Exploration;

/// <summary>A schedule that violates a property, as a file: everything that is needed to run it again.</summary>
public sealed record Trace
{
    /// <summary>The version of the file's form that this code writes and reads.</summary>
    public const int CurrentVersion = 3;

    /// <summary>The engine whose schedules can be run again.</summary>
    public const string Embedded = "embedded";

    /// <summary>Microsoft Coyote, whose schedules only it runs again.</summary>
    public const string Coyote = "coyote";

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
    public required ClusterOptions Options { get; init; }

    /// <summary>What stands in place of the scenario, where it was shrunk: a list of what it did; null: the scenario itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ScriptStep>? Script { get; init; }

    /// <summary>The engine.</summary>
    public required string Engine { get; init; }

    /// <summary>The strategy that chose.</summary>
    public required string Strategy { get; init; }

    /// <summary>The seed of the exploration.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The number of the schedule in the exploration.</summary>
    public required long Schedule { get; init; }

    /// <summary>What was violated, how, and at which step.</summary>
    [JsonConverter(typeof(ViolationConverter))]
    public required Violation Violation { get; init; }

    /// <summary>The digest of the schedule, in hexadecimal.</summary>
    public required string Digest { get; init; }

    /// <summary>What was chosen, in order.</summary>
    public required IReadOnlyList<int> Choices { get; init; }

    /// <summary>What happened; where that is much, the last of it.</summary>
    public IReadOnlyList<TraceEvent> Events { get; init; } = [];

    /// <summary>How many events came before these, and are left out.</summary>
    public long EventsBefore { get; init; }

    /// <summary>What else there is to say, as that it does not run again as it ran; null: nothing.</summary>
    public string? Remark { get; init; }

    /// <summary>
    /// How many steps of the protocol are among the events: inputs of servers, but for news from their own disks and services, crashes, starts after them,
    /// and messages that the network lost or duplicated.
    /// </summary>
    [JsonIgnore]
    public int ProtocolSteps => Events.Count(one => one.IsOfProtocol);

    /// <summary>Reads a trace from a file.</summary>
    /// <exception cref="InvalidDataException">The file is not a trace, or not one of this version.</exception>
    public static Trace Read(string file) => TraceReader.Read(file, _json);

    /// <summary>Reads a trace from its text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">What to call it in errors.</param>
    internal static Trace Parse(string text, string file) => TraceReader.Parse(text, file, _json);

    /// <summary>Writes the trace to a file: whole, or not at all.</summary>
    public void Write(string file) => OutputFile.Write(file, ToJson());

    /// <summary>Runs the schedule again, and takes note of what happens.</summary>
    /// <returns>The same trace with its events.</returns>
    /// <exception cref="ReplayDivergedException">It does not go as it went; the message tells the first step that differs.</exception>
    public Trace Replayed() => Replayed(FindScenario());

    /// <summary>
    /// Runs the schedule as far as it fits the code as it is now, and goes on by default where it does not: oldest first, no fault. For regression tests: the
    /// schedule that once violated a property must not any more.
    /// </summary>
    /// <returns>What is violated now; null: nothing.</returns>
    public Violation? Rerun() => ClusterSchedule.Run(FindScenario().Following(Script), Options, new Choices(new Replay(Choices, lenient: true)), seed: 0).Violation;

    internal Trace Replayed(Scenario scenario) => Replayed(new TraceReplay(this, scenario));

    internal Trace Replayed(TraceReplay replay) => this with { Events = replay.Run(), EventsBefore = replay.EventsBefore };

    /// <summary>Whether its scenario is still there.</summary>
    internal bool HasScenario => ScenarioCatalogue.Find(Scenario) is not null;

    internal Scenario FindScenario() => ScenarioCatalogue.Find(Scenario)
        ?? throw new ReplayDivergedException($"There is no scenario '{Scenario}' any more.");

    internal static string ToLine(TraceEvent happened) => JsonSerializer.Serialize(happened, _line);

    // Indented, but all choices in a line, and each event and each step of a script in one: it can be read, and compared line by line.
    internal string ToJson()
    {
        var rest = JsonSerializer.Serialize(this with { Choices = [], Events = [], Script = Script is null ? null : [] }, _json);
        var events = Events.Select(one => "\n    " + ToLine(one));
        var script = Script?.Select(step => "\n    " + JsonSerializer.Serialize(step, _line)) ?? [];
        return rest
            .Replace("\"choices\": []", $"\"choices\": [{string.Join(',', Choices)}]", StringComparison.Ordinal)
            .Replace("\"script\": []", $"\"script\": [{string.Join(',', script)}\n  ]", StringComparison.Ordinal)
            .Replace("\"events\": []", $"\"events\": [{string.Join(',', events)}\n  ]", StringComparison.Ordinal) + "\n";
    }

    internal static string Hex(ulong digest) => digest.ToString("x16");

    internal static Trace Of(
        Scenario scenario, ClusterOptions options, string strategy, ulong seed, long schedule, IReadOnlyList<int> choices, ScheduleResult result) => new()
        {
            Version = CurrentVersion,
            Scenario = scenario.Name,
            Options = options,
            Engine = Embedded,
            Strategy = strategy,
            Seed = seed,
            Schedule = schedule,
            Violation = result.Violation!,
            Digest = Hex(result.Digest),
            Choices = choices,
        };
}
