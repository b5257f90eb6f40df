using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace ModelChecking.Linearizability;

/// <summary>
/// Reads histories: logs of Jepsen with reads, writes and compare-and-set of one register; logs of a key-value store with get, put and
/// append, a map in each line; and this project's own JSON.
/// </summary>
public static partial class HistoryFile
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads the history in a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It holds no history; the message names the file and the line.</exception>
    public static History Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a history from the text of a file. Its first line shows the format.</summary>
    /// <exception cref="InvalidDataException">The text is no history; the message names the line.</exception>
    public static History Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var start = text.AsSpan().TrimStart();
        return start.StartsWith("{:") ? OfLog(text, KeyValueLine, hasKeys: true, initial: string.Empty)
            : start.StartsWith("{") ? OfJson(text)
            : start.StartsWith("INFO") ? OfLog(text, JepsenLine, hasKeys: false, initial: null)
            : throw new InvalidDataException(
                "the first line is neither one of a Jepsen log ('INFO jepsen.util - 0 :invoke :read nil'), nor of a key-value log "
                + "('{:process 0, :type :invoke, :f :get, :key \"0\", :value nil}'), nor the beginning of a JSON object");
    }

    /// <summary>A history as JSON, which <see cref="Parse"/> reads.</summary>
    public static string ToJson(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        return JsonSerializer.Serialize(
            new Document(
                1,
                history.HasKeys ? "key-value" : "register",
                [
                    .. history.Operations.Select(one => new Line(one.Client, one.Call, one.Action.Kind)
                    {
                        Return = one.Return,
                        Key = history.HasKeys ? one.Action.Key : null,
                        Value = one.Action.Value,
                        Expected = one.Action.Expected.Text,
                        Read = one.Action.Read?.Text,
                        Wrote = one.Action.Wrote,
                    }),
                ])
            {
                Initial = history.Initial,
            },
            _json);
    }

    private static History OfJson(string text)
    {
        Document? document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(text, _json);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"line {exception.LineNumber + 1}: {exception.Message}", exception);
        }

        if (document?.Operations is null)
        {
            throw new InvalidDataException("the list of operations is missing");
        }

        if (document.Version != 1)
        {
            throw new InvalidDataException($"version is {document.Version}; this program reads version 1");
        }

        if (document.Model is not ("register" or "key-value"))
        {
            throw new InvalidDataException($"model is '{document.Model}'; there is register and key-value");
        }

        var hasKeys = document.Model == "key-value";
        var operations = new List<Operation<RegisterAction>>();
        foreach (var (line, number) in document.Operations.Select((line, i) => (line, i + 1)))
        {
            if (line is null || hasKeys != line.Key is not null)
            {
                throw new InvalidDataException($"operation {number}: {(hasKeys ? "a key is missing" : "a register has no keys")}");
            }

            if (line.Return < line.Call)
            {
                throw new InvalidDataException($"operation {number} returns at {line.Return}, before its call at {line.Call}");
            }

            if (line is { Kind: RegisterKind.CompareAndSet, Return: not null, Wrote: null })
            {
                throw new InvalidDataException($"operation {number}, a compare-and-set, returned, but whether it 'wrote' is missing");
            }

            operations.Add(new(line.Client, line.Call, line.Return, new(line.Kind, line.Key ?? string.Empty, line.Value)
            {
                Expected = RegisterValue.Of(line.Expected),
                Read = line is { Kind: RegisterKind.Read, Return: not null } ? RegisterValue.Of(line.Read) : null,
                Wrote = line.Return is null ? null : line.Wrote,
            }));
        }

        return new([.. operations.OrderBy(one => one.Call)], hasKeys, document.Initial);
    }

    // The time of an event is its line.
    private static History OfLog(string text, Func<string, long, Event?> parse, bool hasKeys, string? initial)
    {
        var operations = new List<Operation<RegisterAction>?>();
        var open = new Dictionary<int, int>();
        var number = 0L;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (line.IsWhiteSpace() || parse(line.ToString(), number) is not { } one)
            {
                continue;
            }

            if (one.Type == "invoke")
            {
                if (open.ContainsKey(one.Process))
                {
                    throw new InvalidDataException($"line {number}: process {one.Process} calls an operation, but its last one is open");
                }

                open.Add(one.Process, operations.Count);
                operations.Add(new(one.Process, number, null, ActionOf(one, number)));
                continue;
            }

            if (!open.Remove(one.Process, out var at) || operations[at]!.Action.Kind != KindOf(one, number))
            {
                throw new InvalidDataException($"line {number}: process {one.Process} has no open {one.Function}");
            }

            operations[at] = Ended(operations[at]!, one, number);
        }

        return new([.. operations.OfType<Operation<RegisterAction>>()], hasKeys, initial);
    }

    // Null: the operation has certainly not happened, or it is a read without a value.
    private static Operation<RegisterAction>? Ended(Operation<RegisterAction> called, Event end, long line) => end.Type switch
    {
        "ok" => called with
        {
            Return = line,
            Action = called.Action with
            {
                Read = called.Action.Kind == RegisterKind.Read ? RegisterValue.Of(ValueOf(end.Value, line)) : null,
                Wrote = called.Action.Kind == RegisterKind.CompareAndSet ? true : null,
            },
        },
        "fail" when called.Action.Kind == RegisterKind.CompareAndSet => called with
        {
            Return = line,
            Action = called.Action with { Wrote = false },
        },
        "fail" => null,
        "info" => called,
        _ => throw new InvalidDataException($"line {line}: ':{end.Type}' is neither :invoke, :ok, :fail nor :info"),
    };

    private static RegisterAction ActionOf(Event called, long line)
    {
        var kind = KindOf(called, line);
        if (kind == RegisterKind.Read)
        {
            return new(kind, called.Key);
        }

        if (kind != RegisterKind.CompareAndSet)
        {
            return new(kind, called.Key, ValueOf(called.Value, line));
        }

        return called.Value.Trim('[', ']').Split([' ', ','], StringSplitOptions.RemoveEmptyEntries) is [var expected, var value]
            ? new(kind, called.Key, ValueOf(value, line)) { Expected = RegisterValue.Of(ValueOf(expected, line)) }
            : throw new InvalidDataException($"line {line}: a compare-and-set takes '[expected value]', not '{called.Value}'");
    }

    private static RegisterKind KindOf(Event one, long line) => one.Function switch
    {
        "read" or "get" => RegisterKind.Read,
        "write" or "put" => RegisterKind.Write,
        "append" => RegisterKind.Append,
        "cas" => RegisterKind.CompareAndSet,
        _ => throw new InvalidDataException(
            $"line {line}: ':{one.Function}' is neither :read, :write, :cas, :get, :put nor :append"),
    };

    private static string? ValueOf(string text, long line) =>
        text == "nil" ? null
        : text is ['"', .. var inside, '"'] ? Unescaped(inside, line)
        : text.Length > 0 ? text
        : throw new InvalidDataException($"line {line}: a value is missing");

    // The text of a string of EDN.
    private static string Unescaped(string text, long line)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var (next, width) = text[i] != '\\' ? (text[i], 1) : text.AsSpan(i + 1) switch
            {
                ['n', ..] => ('\n', 2),
                ['r', ..] => ('\r', 2),
                ['t', ..] => ('\t', 2),
                [('"' or '\\') and var one, ..] => (one, 2),
                ['u', _, _, _, _, ..] when ushort.TryParse(
                    text.AsSpan(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) => ((char)code, 6),
                _ => throw new InvalidDataException($"line {line}: '{text}' has a backslash that escapes nothing"),
            };
            plain.Append(next);
            i += width - 1;
        }

        return plain.ToString();
    }

    // What the nemesis does is no operation.
    private static Event? JepsenLine(string line, long number) =>
        JepsenPattern().Match(line) is { Success: true, Groups: var parts }
            ? new(int.Parse(parts["process"].ValueSpan, CultureInfo.InvariantCulture), parts["type"].Value, parts["f"].Value, string.Empty,
                parts["value"].Value)
        : line.Contains(":nemesis", StringComparison.Ordinal) ? null
        : throw new InvalidDataException($"line {number}: '{line}' is not one of a Jepsen log");

    private static Event? KeyValueLine(string line, long number) =>
        KeyValuePattern().Match(line) is { Success: true, Groups: var parts }
            ? new(int.Parse(parts["process"].ValueSpan, CultureInfo.InvariantCulture), parts["type"].Value, parts["f"].Value,
                Unescaped(parts["key"].Value, number), parts["value"].Value)
            : throw new InvalidDataException($"line {number}: '{line}' is not one of a key-value log");

    [GeneratedRegex(
        """^INFO\s+jepsen\.util - (?<process>\d{1,9})\s+:(?<type>\w+)\s+:(?<f>\w+)\s+(?<value>.*?)\s*$""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex JepsenPattern();

    [GeneratedRegex(
        """
        ^\{:process (?<process>\d{1,9}), :type :(?<type>\w+), :f :(?<f>\w+), :key "(?<key>[^"]*)", :value (?<value>.*)\}\s*$
        """,
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KeyValuePattern();

    private sealed record Event(int Process, string Type, string Function, string Key, string Value);

    private sealed record Document(int Version, string Model, IReadOnlyList<Line?>? Operations)
    {
        public string? Initial { get; init; }
    }

    private sealed record Line(int Client, long Call, RegisterKind Kind)
    {
        public long? Return { get; init; }

        public string? Key { get; init; }

        public string? Value { get; init; }

        public string? Expected { get; init; }

        public string? Read { get; init; }

        public bool? Wrote { get; init; }
    }
}
