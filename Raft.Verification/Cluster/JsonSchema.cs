using System.Buffers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Raft.Verification.Cluster;

/// <summary>
/// Checks a JSON document against a JSON Schema. It supports the part of JSON Schema that docs/trace.schema.json uses. That file is the
/// only definition of the format of traces, for the code that reads them and for the documentation.
/// </summary>
internal sealed class JsonSchema
{
    private static readonly SearchValues<char> _digits = SearchValues.Create("-0123456789");
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);
    private readonly JsonElement _root;

    private JsonSchema(JsonElement root) => _root = root;

    /// <summary>Reads a schema.</summary>
    public static JsonSchema Parse(Stream text)
    {
        using var document = JsonDocument.Parse(text);
        return new JsonSchema(document.RootElement.Clone());
    }

    /// <summary>The first violation of the schema in a document, with its JSON path; null if the document is valid.</summary>
    public string? FaultOf(JsonElement document) => FaultOf(document, _root, "$");

    private string? FaultOf(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("type", out var type) && !IsOf(value, type))
        {
            return $"{path} is {Describe(value)}, where {Expected(type)} is expected";
        }

        if (schema.TryGetProperty("const", out var constant) && constant.GetRawText() != value.GetRawText())
        {
            return $"{path} is {Describe(value)}, where {constant} is expected";
        }

        if (schema.TryGetProperty("enum", out var names) && !IsAmong(value, names))
        {
            return $"{path} is {Describe(value)}, where one of {string.Join(", ", names.EnumerateArray())} is expected";
        }

        return value.ValueKind switch
        {
            JsonValueKind.Number => FaultOfNumber(value, schema, path),
            JsonValueKind.String => FaultOfString(value, schema, path),
            JsonValueKind.Array => FaultOfArray(value, schema, path),
            JsonValueKind.Object => FaultOfObject(value, schema, path),
            _ => null,
        };
    }

    private static string? FaultOfNumber(JsonElement value, JsonElement schema, string path)
    {
        var number = value.GetDouble();
        return schema.TryGetProperty("minimum", out var least) && number < least.GetDouble()
            ? $"{path} is {Describe(value)}, less than {least}"
            : schema.TryGetProperty("maximum", out var most) && IsMore(value, most) ? $"{path} is {Describe(value)}, more than {most}"
            : !double.IsFinite(number) ? $"{path} is {Describe(value)}, too large a number"
            : null;
    }

    // Compares whole numbers exactly, because large ones that differ may be equal as doubles.
    private static bool IsMore(JsonElement value, JsonElement most) =>
        value.TryGetDecimal(out var number) && most.TryGetDecimal(out var bound) ? number > bound : value.GetDouble() > most.GetDouble();

    private static string? FaultOfString(JsonElement value, JsonElement schema, string path)
    {
        if (TextOf(value) is not { } text)
        {
            return $"{path} is not well-formed text: it has half of a pair of surrogates";
        }

        return schema.TryGetProperty("pattern", out var pattern)
            && !Regex.IsMatch(text, pattern.GetString()!, RegexOptions.CultureInvariant, _patience)
            ? $"{path} is {Describe(value)}, where text like {pattern} is expected"
            : null;
    }

    private string? FaultOfArray(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("minItems", out var least) && value.GetArrayLength() < least.GetInt32())
        {
            return $"{path} has {value.GetArrayLength()} items, where at least {least} are expected";
        }

        if (schema.TryGetProperty("items", out var items))
        {
            var i = 0;
            foreach (var item in value.EnumerateArray())
            {
                // The path is made only for an item that is invalid.
                if (FaultOf(item, items, string.Empty) is { } fault)
                {
                    return $"{path}[{i}]{fault}";
                }

                i++;
            }
        }

        return null;
    }

    private string? FaultOfObject(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            foreach (var name in required.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)))
            {
                return $"{path} has no '{name}'";
            }
        }

        foreach (var member in value.EnumerateObject())
        {
            if (NameOf(member) is not { } name)
            {
                return $"{path} has a member whose name is not well-formed text";
            }

            if (schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out var known))
            {
                if (FaultOf(member.Value, known, $"{path}.{name}") is { } fault)
                {
                    return fault;
                }
            }
            else if (schema.TryGetProperty("additionalProperties", out var others))
            {
                if (others.ValueKind == JsonValueKind.False)
                {
                    return $"{path} has '{Shortened(name)}', which is not expected there";
                }

                if (FaultOf(member.Value, others, $"{path}.{Shortened(name)}") is { } fault)
                {
                    return fault;
                }
            }
        }

        return null;
    }

    private static bool IsAmong(JsonElement value, JsonElement names) =>
        value.ValueKind == JsonValueKind.String && names.EnumerateArray().Any(name => value.ValueEquals(name.GetString()));

    private static bool IsOf(JsonElement value, JsonElement type) =>
        type.ValueKind == JsonValueKind.Array
            ? type.EnumerateArray().Any(one => IsOf(value, one))
            : type.GetString() switch
            {
                "object" => value.ValueKind == JsonValueKind.Object,
                "array" => value.ValueKind == JsonValueKind.Array,
                "string" => value.ValueKind == JsonValueKind.String,
                "number" => value.ValueKind == JsonValueKind.Number,
                "integer" => value.ValueKind == JsonValueKind.Number && value.GetRawText().AsSpan().IndexOfAnyExcept(_digits) < 0,
                "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
                _ => value.ValueKind == JsonValueKind.Null,
            };

    private static string Describe(JsonElement found) => found.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => Shortened(found.GetRawText()),
    };

    private static string Expected(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array
            ? string.Join(" or ", type.EnumerateArray().Select(Expected))
            : type.GetString() switch
            {
                "object" => "an object",
                "array" => "an array",
                "string" => "text",
                "number" => "a number",
                "integer" => "a whole number",
                "boolean" => "true or false",
                _ => "null",
            };

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string Shortened(string text) => text.Length <= 40 ? text : $"{text[..40]}...";
}
