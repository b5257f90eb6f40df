using System.Text.Json.Nodes;
using DeterministicSimulation;
using Raft.Tests.Viewer;
using Raft.Verification.Exploration;

namespace Raft.Tests.Exploration;

/// <summary>A file that is not a trace is refused with a message that says what is wrong, and where.</summary>
public sealed class TraceReaderTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("options", "null", "$.options is null, where an object is expected")]
    [InlineData("options.faults", "null", "$.options.faults is null, where an object is expected")]
    [InlineData("options.faults", "{ \"losses\": -1 }", "$.options.faults.losses is -1, less than 0")]
    [InlineData("options.faults", "{ \"loses\": 1 }", "$.options.faults has 'loses', which is not expected there")]
    [InlineData("options.servers", "8", "$.options.servers is 8, more than 7")]
    [InlineData("options.servers", "1e400", "$.options.servers is 1e400, where a whole number is expected")]
    [InlineData("options.servers", "3.0", "$.options.servers is 3.0, where a whole number is expected")]
    [InlineData("options.maxSteps", "99999999999999999999", "$.options.maxSteps is 99999999999999999999, more than 100000000")]
    [InlineData("options.time", "\"never\"", "$.options.time is \"never\", where one of either, nondeterministic, virtual is expected")]
    [InlineData("events", "null", "$.events is null, where an array is expected")]
    [InlineData("events.0.server", "9", "$.events[0].server names server 9, but the servers are 1 to 3")]
    [InlineData("events.0.groups", "[[4]]", "$.events[0].groups[0][0] names server 4, but the servers are 1 to 3")]
    [InlineData("events.0.groups", "[null]", "$.events[0].groups[0] is null, where an array is expected")]
    [InlineData("events.0.state.log", "null", "$.events[0].state.log is null, where an array is expected")]
    [InlineData("events.0.state.log", "[null]", "$.events[0].state.log[0] is null, where an object is expected")]
    [InlineData("events.0.state.role", "null", "$.events[0].state.role is null, where text is expected")]
    [InlineData("events.1", "null", "$.events[1] is null, where an object is expected")]
    [InlineData(
        "events.1", "{ \"step\": 1, \"seconds\": 0, \"kind\": \"sent\" }", "$.events[1] is about a message, but has no 'message'")]
    [InlineData("events.1.message.from", "4", "$.events[1].message.from names server 4, but the servers are 1 to 3")]
    [InlineData("events.1.message.to", "0", "$.events[1].message.to is 0, less than 1")]
    [InlineData("events.1.message.type", "null", "$.events[1].message.type is null, where text is expected")]
    [InlineData("events.1.message.fields", "{ \"x\": null }", "$.events[1].message.fields.x is null, where text is expected")]
    [InlineData("violation.property", "\"\"", "$.violation.property is \"\", where text like \\S is expected")]
    [InlineData("violation", "null", "$.violation is null, where an object is expected")]
    [InlineData("violation.message", "null", "$.violation.message is null, where text is expected")]
    [InlineData("violation", "{ \"property\": \"P\", \"step\": 1 }", "$.violation has no 'message'")]
    [InlineData(
        "violation.subjects",
        "{ \"servers\": [], \"terms\": null, \"indexes\": [] }",
        "$.violation.subjects.terms is null, where an array is expected")]
    [InlineData("choices", "null", "$.choices is null, where an array is expected")]
    [InlineData("choices", "[1, 2147483648]", "$.choices[1] is 2147483648, more than 2147483647")]
    [InlineData("seed", "18446744073709551616", "$.seed is 18446744073709551616, more than 18446744073709551615")]
    [InlineData("digest", "\"0\"", "$.digest is \"0\", where text like ^[0-9a-f]{16}$ is expected")]
    [InlineData("script", "[{ \"action\": \"propose\" }]", "$.script[0] names no server, which does not fit its action")]
    [InlineData(
        "script", "[{ \"action\": \"crash\", \"servers\": [4] }]", "$.script[0].servers[0] names server 4, but the servers are 1 to 3")]
    [InlineData("engine", "\"\\ud800\"", "$.engine is not well-formed text")]
    public void An_invalid_value_is_reported_with_its_path(string path, string value, string reported)
    {
        const string mark = "HERE";
        var root = JsonNode.Parse(Story.OfEverything().ToJson())!;
        string[] names = path.Split('.');
        var parent = names[..^1].Aggregate(root, (node, name) => int.TryParse(name, out var i) ? node[i]! : node[name]!);
        if (int.TryParse(names[^1], out var last))
        {
            parent[last] = mark;
        }
        else
        {
            parent[names[^1]] = mark;
        }

        File.WriteAllText(_file, root.ToJsonString().Replace($"\"{mark}\"", value, StringComparison.Ordinal));

        var exception = Assert.Throws<InvalidDataException>(() => Trace.Read(_file));

        Assert.StartsWith($"{_file} is not a trace: {reported}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_duplicate_member_is_refused()
    {
        File.WriteAllText(_file, Story.OfEverything().ToJson().Replace("\"seed\":", "\"seed\": 1, \"seed\":", StringComparison.Ordinal));

        Assert.Throws<InvalidDataException>(() => Trace.Read(_file));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\0b")]
    public void A_text_that_is_not_the_name_of_a_file_is_refused(string name) =>
        Assert.Contains(
            "is not the name of a file", Assert.Throws<InvalidDataException>(() => Trace.Read(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_not_text_is_refused_with_the_position()
    {
        File.WriteAllBytes(_file, [(byte)'{', 0xC3, (byte)'}']);

        var exception = Assert.Throws<InvalidDataException>(() => Trace.Read(_file));
        Assert.Contains("it is not UTF-8 text, from byte 1 on", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_a_device_that_never_ends_ends()
    {
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains("MiB", Assert.Throws<InvalidDataException>(() => Trace.Read("/dev/zero")).Message, StringComparison.Ordinal);
        }
    }
}
