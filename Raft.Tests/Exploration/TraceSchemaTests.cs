using System.Runtime.CompilerServices;
using System.Text.Json;
using DeterministicSimulation;

namespace Raft.Tests.Exploration;

/// <summary>docs/trace.schema.json defines the format of traces.</summary>
public sealed class TraceSchemaTests
{
    private static readonly JsonElement _schema = JsonDocument.Parse(File.ReadAllText(SchemaFile())).RootElement;

    [Fact]
    public void A_trace_matches_the_schema()
    {
        var file = Path.GetTempFileName();
        Explorer.Explore(ExplorerTests.Fragile, new ExplorationOptions { Iterations = 5000, Seed = 3 })
            .Violation!.Replayed(ExplorerTests.Fragile)
            .Write(file);
        using var trace = JsonDocument.Parse(File.ReadAllText(file));
        File.Delete(file);

        Assert.Empty(Faults(trace.RootElement, _schema, "trace"));
        Assert.NotEmpty(Faults(JsonDocument.Parse("{ \"version\": 2 }").RootElement, _schema, "trace"));
    }

    // To write the file anew: RAFT_WRITE_SCHEMA=1 dotnet test Raft.Tests -c Release --filter FullyQualifiedName~TraceSchema
    [Fact]
    public void The_schema_is_what_the_types_and_their_documentation_say()
    {
        var schema = TraceSchema.Generate();
        if (Environment.GetEnvironmentVariable("RAFT_WRITE_SCHEMA") == "1")
        {
            File.WriteAllText(SchemaFile(), schema);
        }

        Assert.Equal(schema, File.ReadAllText(SchemaFile()));
    }

    // Supports what the schema uses for objects: required, properties, additionalProperties, items, enum and const.
    private static IEnumerable<string> Faults(JsonElement value, JsonElement schema, string where)
    {
        if (schema.TryGetProperty("enum", out var names) && !names.EnumerateArray().Any(name => name.GetString() == value.GetString()))
        {
            yield return $"{where} is {value}";
        }

        if (schema.TryGetProperty("const", out var constant) && constant.GetRawText() != value.GetRawText())
        {
            yield return $"{where} is {value}";
        }

        if (schema.TryGetProperty("required", out var required))
        {
            foreach (var name in required.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)))
            {
                yield return $"{where} has no {name}";
            }
        }

        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var fault in value.EnumerateArray().SelectMany((item, i) => Faults(item, items, $"{where}[{i}]")))
            {
                yield return fault;
            }
        }

        if (value.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var properties))
        {
            yield break;
        }

        foreach (var member in value.EnumerateObject())
        {
            if (properties.TryGetProperty(member.Name, out var known))
            {
                foreach (var fault in Faults(member.Value, known, $"{where}.{member.Name}"))
                {
                    yield return fault;
                }
            }
            else if (schema.TryGetProperty("additionalProperties", out var others) && others.ValueKind == JsonValueKind.False)
            {
                yield return $"{where} has {member.Name}";
            }
        }
    }

    private static string SchemaFile([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "trace.schema.json");
}
