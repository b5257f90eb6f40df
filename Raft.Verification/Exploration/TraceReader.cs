using System.Text;
using System.Text.Json;
using DeterministicSimulation;
using Raft.Verification.Scenarios;
using Raft.Verification.Specifications;

namespace Raft.Verification.Exploration;

/// <summary>
/// Reads traces for every command. What it lets through fits docs/trace.schema.json, and names no server that the cluster does not have;
/// all else is refused with the place.
/// </summary>
internal sealed class TraceReader
{
    /// <summary>The largest file that is read, in bytes.</summary>
    public const int MaxBytes = 1 << 29;

    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly Lazy<JsonSchema> _schema = new(() =>
        JsonSchema.Parse(typeof(TraceReader).Assembly.GetManifestResourceStream("trace.schema.json")!));

    private readonly string _file;
    private readonly JsonSerializerOptions _options;

    private TraceReader(string file, JsonSerializerOptions options)
    {
        _file = file;
        _options = options;
    }

    /// <summary>Reads a trace from a file.</summary>
    /// <exception cref="InvalidDataException">It is not a trace of this version; the message says what is wrong, and where.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Trace Read(string file, JsonSerializerOptions options)
    {
        if (string.IsNullOrWhiteSpace(file) || file.Contains('\0', StringComparison.Ordinal))
        {
            throw new InvalidDataException($"'{file}' is not the name of a file; name a trace.");
        }

        if (Directory.Exists(file))
        {
            throw new InvalidDataException($"{file} is a directory, not a trace.");
        }

        return Parse(ReadText(file), file, options);
    }

    /// <summary>Reads a trace from its text.</summary>
    /// <exception cref="InvalidDataException">It is not a trace of this version; the message says what is wrong, and where.</exception>
    public static Trace Parse(string text, string file, JsonSerializerOptions options) => new TraceReader(file, options).Parse(text);

    // Bit by bit: what is no file may have no end.
    private static string ReadText(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using var read = new MemoryStream();
        var part = new byte[1 << 16];
        for (int count; (count = stream.Read(part)) > 0; read.Write(part, 0, count))
        {
            if (read.Length + count > MaxBytes)
            {
                throw new InvalidDataException($"{file} is not a trace: it has more than {MaxBytes >> 20} MiB.");
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

    private Trace Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            RequireVersion(document.RootElement);
            if (_schema.Value.FaultOf(document.RootElement) is { } fault)
            {
                throw Fault(fault);
            }

            var trace = document.RootElement.Deserialize<Trace>(_options)!;
            RequireServers(trace);
            return trace;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"{_file} is not a trace: {exception.Message}", exception);
        }
    }

    // First of all: a trace of another version looks otherwise.
    private void RequireVersion(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("version", out var version)
            && version.ValueKind == JsonValueKind.Number
            && !(version.TryGetInt32(out var number) && number == Trace.CurrentVersion))
        {
            throw new InvalidDataException($"{_file} is a trace of version {version}; this program reads version {Trace.CurrentVersion}.");
        }
    }

    // What the schema cannot say.
    private void RequireServers(Trace trace)
    {
        var servers = trace.Options.Servers;
        foreach (var (i, step) in (trace.Script ?? []).Index())
        {
            var path = $"$.script[{i}]";
            RequireAll(step.Servers, $"{path}.servers", servers);
            var names = step.Servers is { Count: > 0 };
            Require(
                names == step.Action is not (ScriptAction.Heal or ScriptAction.Settle),
                $"{path} names {(names ? "servers" : "no server")}, which does not fit its action");
        }

        foreach (var (i, server) in trace.Violation.Witnesses.Servers.Index())
        {
            RequireServer(server, $"$.violation.witnesses.servers[{i}]", servers);
        }

        foreach (var (i, happened) in trace.Events.Index())
        {
            var path = $"$.events[{i}]";
            RequireServer(happened.Server, $"{path}.server", servers);
            RequireServer(happened.Message?.From, $"{path}.message.from", servers);
            RequireServer(happened.Message?.To, $"{path}.message.to", servers);
            RequireServer(happened.State?.VotedFor, $"{path}.state.votedFor", servers);
            RequireServer(happened.State?.DurableVote, $"{path}.state.durableVote", servers);
            Require(
                happened.Message is not null || !IsAboutMessage(happened.Kind),
                $"{path} is about a message, but has no 'message'");
            foreach (var (j, group) in (happened.Groups ?? []).Index())
            {
                RequireAll(group, $"{path}.groups[{j}]", servers);
            }
        }
    }

    private static bool IsAboutMessage(TraceEventKind kind) =>
        kind is TraceEventKind.Sent or TraceEventKind.Arrived or TraceEventKind.Lost
            or TraceEventKind.Duplicated or TraceEventKind.Overtook;

    private void RequireAll(IReadOnlyList<int>? numbers, string path, int servers)
    {
        for (var i = 0; i < numbers?.Count; i++)
        {
            RequireServer(numbers[i], $"{path}[{i}]", servers);
        }
    }

    private void RequireServer(int? number, string path, int servers) =>
        Require(number is null || (number >= 1 && number <= servers), $"{path} names server {number}, but the servers are 1 to {servers}");

    private void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw Fault(otherwise);
        }
    }

    private InvalidDataException Fault(string what) => new($"{_file} is not a trace: {what}.");
}
