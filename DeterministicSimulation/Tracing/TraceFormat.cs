using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace DeterministicSimulation;

/// <summary>
/// Writes and reads traces. A system defines its own types of options, inputs, states and subjects of violations. The engine does not
/// interpret them.
/// </summary>
public sealed class TraceFormat
{
    /// <summary>The largest file that can be read, in bytes.</summary>
    public const int MaxBytes = 1 << 29;

    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly JsonSerializerOptions _json;
    private readonly JsonSerializerOptions _line;

    /// <summary>Creates a format.</summary>
    /// <param name="options">The type of the options.</param>
    /// <param name="input">The type of a server's inputs; null to read them as JSON elements.</param>
    /// <param name="state">The type of a server's state; null to read it as a JSON element.</param>
    /// <param name="subjects">The type of the subjects of a violation; null to read them as JSON elements.</param>
    public TraceFormat(Type options, Type? input = null, Type? state = null, Type? subjects = null)
    {
        var resolver = new DefaultJsonTypeInfoResolver();
        resolver.Modifiers.Add(info =>
        {
            SetType(info, typeof(Trace), nameof(Trace.Options), options);
            SetType(info, typeof(TraceEvent), nameof(TraceEvent.Input), input);
            SetType(info, typeof(TraceEvent), nameof(TraceEvent.State), state);
            SetType(info, typeof(Violation), nameof(Violation.Subjects), subjects);
        });
        _json = new(JsonSerializerDefaults.Web)
        {
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
            NumberHandling = JsonNumberHandling.Strict,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            TypeInfoResolver = resolver,
        };
        _line = new(_json) { WriteIndented = false, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    }

    /// <summary>How the JSON is read and written.</summary>
    internal JsonSerializerOptions Json => _json;

    /// <summary>The format of a system that defines no types of its own.</summary>
    public static TraceFormat Default { get; } = new(typeof(SimulationOptions));

    /// <summary>Says in words what is wrong with the JSON of a trace, before it is read; null if it is valid.</summary>
    public Func<JsonElement, string?>? FaultOfJson { get; init; }

    /// <summary>Says in words what is wrong with a trace that was read; null if it is valid.</summary>
    public Func<Trace, string?>? FaultOf { get; init; }

    /// <summary>Reads a trace from a file.</summary>
    /// <exception cref="InvalidDataException">It is not a trace of this version; the message says what is wrong, and where.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public Trace Read(string file)
    {
        if (string.IsNullOrWhiteSpace(file) || file.Contains('\0', StringComparison.Ordinal))
        {
            throw new InvalidDataException($"'{file}' is not the name of a file; name a trace.");
        }

        return Directory.Exists(file)
            ? throw new InvalidDataException($"{file} is a directory, not a trace.")
            : Parse(ReadText(file), file);
    }

    /// <summary>Reads a trace from the text of its file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">The name of the file, for errors.</param>
    /// <exception cref="InvalidDataException">It is not a trace of this version; the message says what is wrong, and where.</exception>
    public Trace Parse(string text, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            RequireVersion(document.RootElement, file);
            if (FaultOfJson?.Invoke(document.RootElement) is { } fault)
            {
                throw NotATrace(file, fault);
            }

            var trace = document.RootElement.Deserialize<Trace>(_json)! with { Format = this };
            return ServerThatIsNotThere(trace) is { } stranger ? throw NotATrace(file, stranger)
                : FaultOf?.Invoke(trace) is { } other ? throw NotATrace(file, other)
                : trace;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"{file} is not a trace: {exception.Message}", exception);
        }
    }

    /// <summary>The JSON of an event, on one line.</summary>
    public string ToLine(TraceEvent happened) => JsonSerializer.Serialize(happened, _line);

    /// <summary>
    /// The text of a trace's file. It is indented, but all choices are on one line, and so is each event and each step of a script.
    /// </summary>
    public string ToJson(Trace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        var rest = JsonSerializer.Serialize(trace with { Choices = [], Events = [], Script = trace.Script is null ? null : [] }, _json);
        var events = trace.Events.Select(one => "\n    " + ToLine(one));
        var script = trace.Script?.Select(step => "\n    " + JsonSerializer.Serialize(step, _line)) ?? [];
        return rest
            .Replace("\"choices\": []", $"\"choices\": [{string.Join(',', trace.Choices)}]", StringComparison.Ordinal)
            .Replace("\"script\": []", $"\"script\": [{string.Join(',', script)}\n  ]", StringComparison.Ordinal)
            .Replace("\"events\": []", $"\"events\": [{string.Join(',', events)}\n  ]", StringComparison.Ordinal) + "\n";
    }

    private static void SetType(JsonTypeInfo info, Type owner, string name, Type? type)
    {
        if (info.Type != owner || type is null)
        {
            return;
        }

        var index = info.Properties.ToList().FindIndex(property => property.Name == JsonNamingPolicy.CamelCase.ConvertName(name));
        var general = info.Properties[index];
        var own = info.CreateJsonPropertyInfo(type, general.Name);
        (own.Get, own.Set, own.IsRequired, own.ShouldSerialize) = (general.Get, general.Set, general.IsRequired, general.ShouldSerialize);
        info.Properties[index] = own;
    }

    // Reads in parts, because a device may never end.
    private static string ReadText(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using var read = new MemoryStream();
        var part = new byte[1 << 16];
        for (int count; (count = stream.Read(part)) > 0; read.Write(part, 0, count))
        {
            if (read.Length + count > MaxBytes)
            {
                throw NotATrace(file, $"it has more than {MaxBytes >> 20} MiB");
            }
        }

        var bytes = read.GetBuffer().AsSpan(0, (int)read.Length);
        try
        {
            return _utf8.GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"{file} is not a trace: it is not UTF-8 text, from byte {exception.Index} on.", exception);
        }
    }

    // Checked first, because a trace of another version has other members.
    private static void RequireVersion(JsonElement root, string file)
    {
        if (root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("version", out var version)
            && version.ValueKind == JsonValueKind.Number
            && !(version.TryGetInt32(out var number) && number == Trace.CurrentVersion))
        {
            throw new InvalidDataException($"{file} is a trace of version {version}; this program reads version {Trace.CurrentVersion}.");
        }
    }

    private static string? ServerThatIsNotThere(Trace trace)
    {
        foreach (var (path, server) in Servers(trace))
        {
            if (server < 1 || server > trace.Options.Servers)
            {
                return $"{path} names server {server}, but the servers are 1 to {trace.Options.Servers}";
            }
        }

        foreach (var (i, happened) in trace.Events.Index())
        {
            if (happened.Message is null && happened.Kind.IsOfMessage())
            {
                return $"$.events[{i}] is about a message, but has no 'message'";
            }
        }

        return null;
    }

    private static IEnumerable<(string Path, int Server)> Servers(Trace trace)
    {
        foreach (var (i, step) in (trace.Script ?? []).Index())
        {
            foreach (var (j, server) in (step.Servers ?? []).Index())
            {
                yield return ($"$.script[{i}].servers[{j}]", server);
            }
        }

        foreach (var (i, happened) in trace.Events.Index())
        {
            var path = $"$.events[{i}]";
            if (happened.Server is { } at)
            {
                yield return ($"{path}.server", at);
            }

            if (happened.Message is { } message)
            {
                yield return ($"{path}.message.from", message.From);
                yield return ($"{path}.message.to", message.To);
            }

            foreach (var (j, group) in (happened.Groups ?? []).Index())
            {
                foreach (var (k, server) in group.Index())
                {
                    yield return ($"{path}.groups[{j}][{k}]", server);
                }
            }
        }
    }

    private static InvalidDataException NotATrace(string file, string fault) => new($"{file} is not a trace: {fault}.");
}
