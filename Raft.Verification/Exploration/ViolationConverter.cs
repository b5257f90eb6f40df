using System.Text.Json;
using System.Text.Json.Serialization;
using DeterministicSimulation;
using Raft.Verification.Specifications;

namespace Raft.Verification.Exploration;

/// <summary>A violation of a cluster in a trace: its subjects are witnesses.</summary>
internal sealed class ViolationConverter : JsonConverter<Violation>
{
    /// <inheritdoc/>
    public override Violation? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<Document>(ref reader, options) is { } read
            ? new Violation(read.Property, read.Message, read.Step) { Subjects = read.Witnesses }
            : null;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Violation value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, new Document(value.Property, value.Message, value.Step) { Witnesses = value.Witnesses }, options);

    private sealed record Document(string Property, string Message, long Step)
    {
        public Witnesses Witnesses { get; init; } = Witnesses.None;
    }
}
