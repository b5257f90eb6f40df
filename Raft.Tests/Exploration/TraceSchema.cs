using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Tests.Exploration;

/// <summary>
/// The JSON schema of a trace, made from its types: members, what is required and what values there are. The documentation of the types
/// gives the descriptions. What the types do not say, bounds above all, stands here.
/// </summary>
internal static partial class TraceSchema
{
    private static readonly JsonSerializerOptions _indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly Dictionary<(Type, string), string> _more = new()
    {
        [(typeof(Trace), "version")] = $$"""{ "const": {{Trace.CurrentVersion}} }""",
        [(typeof(Trace), "digest")] = """{ "pattern": "^[0-9a-f]{16}$" }""",
        [(typeof(Trace), "remark")] = """{ "type": ["string", "null"] }""",
        [(typeof(Trace), "options")] = """{ "required": ["servers"] }""",
        [(typeof(Violation), "property")] = """{ "pattern": "\\S" }""",
        [(typeof(TraceEvent), "seconds")] = """{ "minimum": 0, "maximum": 1000000000 }""",
        [(typeof(SimulationOptions), "servers")] = """{ "minimum": 1, "maximum": 7 }""",
        [(typeof(SimulationOptions), "bytesPerSecond")] = """{ "maximum": 2147483647 }""",
        [(typeof(SimulationOptions), "maxSteps")] = """{ "minimum": 1, "maximum": 100000000 }""",
        [(typeof(FaultBudget), "clockDriftPercent")] = """{ "maximum": 99 }""",
        [(typeof(CoreOptions), "maxEntriesPerMessage")] = """{ "minimum": 1, "maximum": 65536 }""",
        [(typeof(CoreOptions), "maxMessageBytes")] = """{ "minimum": 1 }""",
        [(typeof(CoreOptions), "maxInflightMessages")] = """{ "minimum": 1 }""",
        [(typeof(CoreOptions), "maxInflightBytes")] = """{ "minimum": 1 }""",
        [(typeof(CoreOptions), "maxUncommittedBytes")] = """{ "minimum": 1 }""",
        [(typeof(ScriptStep), "action")] = $$"""{ "enum": {{JsonSerializer.Serialize(Actions)}} }""",
        [(typeof(TraceState), "role")] = """{ "enum": ["Follower", "PreCandidate", "Candidate", "Leader"] }""",
    };

    private static IEnumerable<string> Actions =>
        typeof(ScriptAction).GetFields().Select(action => (string)action.GetRawConstantValue()!).Append(ScriptStep.Converge);

    // The number of a server. The reader checks that there is such a server.
    private static readonly HashSet<string> _servers = ["server", "from", "to", "votedFor", "durableVote"];

    private static readonly Lazy<Dictionary<string, string>> _summaries = new(() =>
        new[] { typeof(Trace), typeof(TraceState), typeof(CoreOptions) }
            .Select(type => XDocument.Load(Path.ChangeExtension(type.Assembly.Location, "xml")))
            .SelectMany(document => document.Descendants("member"))
            .Where(member => member.Element("summary") is not null || member.Elements("param").Any())
            .SelectMany(Summaries)
            .DistinctBy(one => one.Key)
            .ToDictionary());

    /// <summary>The text of the schema.</summary>
    public static string Generate()
    {
        var schema = JsonSchemaExporter.GetJsonSchemaAsNode(
            RaftTraceFormat.Format.Json,
            typeof(Trace),
            new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform });
        var document = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "A trace of raft-verify: a schedule that violates a property",
        };
        foreach (var (name, value) in schema.AsObject().ToArray())
        {
            document[name] = value!.DeepClone();
        }

        return document.ToJsonString(_indented) + "\n";
    }

    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode node)
    {
        if (node is not JsonObject schema)
        {
            return node;
        }

        // A member without a value is not written.
        if (schema["type"] is JsonArray types)
        {
            schema["type"] = types.First(type => type!.GetValue<string>() != "null")!.DeepClone();
        }

        if (schema["enum"] is JsonArray names)
        {
            schema["enum"] = new JsonArray([.. names.Where(name => name is not null).Select(name => name!.DeepClone())]);
        }

        schema.Remove("default");
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (type == typeof(int) || type == typeof(long) || type == typeof(ulong))
        {
            schema["minimum"] = 0;
            schema["maximum"] = type == typeof(ulong) ? ulong.MaxValue : type == typeof(long) ? long.MaxValue : int.MaxValue;
        }

        if (context.PropertyInfo is not { } property)
        {
            return schema;
        }

        if (_servers.Contains(property.Name))
        {
            schema["minimum"] = 1;
        }

        if (_more.TryGetValue((property.DeclaringType, property.Name), out var more))
        {
            foreach (var (name, value) in JsonNode.Parse(more)!.AsObject())
            {
                schema[name] = value!.DeepClone();
            }
        }

        if (DescriptionOf(property.DeclaringType, property.Name) is { } description)
        {
            schema["description"] = description;
        }

        return schema;
    }

    // Options inherit members.
    private static string? DescriptionOf(Type? type, string name)
    {
        for (; type is not null; type = type.BaseType)
        {
            var property = type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .FirstOrDefault(one => JsonNamingPolicy.CamelCase.ConvertName(one.Name) == name);
            if (property is not null && _summaries.Value.TryGetValue($"P:{type.FullName}.{property.Name}", out var summary))
            {
                return summary;
            }
        }

        return null;
    }

    // A parameter of a record's constructor documents the property of its name.
    private static IEnumerable<KeyValuePair<string, string>> Summaries(XElement member)
    {
        var name = member.Attribute("name")!.Value;
        if (member.Element("summary") is { } summary)
        {
            yield return KeyValuePair.Create(name, Words(summary));
        }

        foreach (var parameter in name.StartsWith("T:", StringComparison.Ordinal) ? member.Elements("param") : [])
        {
            yield return KeyValuePair.Create($"P:{name[2..]}.{parameter.Attribute("name")!.Value}", Words(parameter));
        }
    }

    private static string Words(XElement element) => Spaces().Replace(
        string.Concat(element.Nodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement { FirstAttribute.Value: { } reference } =>
                JsonNamingPolicy.CamelCase.ConvertName(reference[(reference.LastIndexOf('.') + 1)..]),
            _ => string.Create(CultureInfo.InvariantCulture, $"{(node as XElement)?.Value}"),
        })),
        " ").Trim();

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();
}
